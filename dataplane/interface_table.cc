#include "dataplane/interface_table.h"

#include <cstring>

#include "dataplane/egress.h"

namespace mgmd::dataplane {

InterfaceTable::InterfaceTable() : lines_(kMaxSlots + 1), arrivals_(size_t{kMaxPorts} * kVlans) {
  if (!valid()) return;
  for (size_t slot = 0; slot <= kMaxSlots; ++slot) {
    lines_[slot].stamp.store(Word(Stamp{static_cast<uint16_t>(slot), 0}),
                             std::memory_order_relaxed);
    lines_[slot].port.store(kNoPort, std::memory_order_relaxed);
  }
}

void InterfaceTable::StoreLimits(InterfaceSlot slot, InterfaceLine::Limits limits) {
  InterfaceLine& line = lines_[Value(slot)];
  const bool sendable =
      (limits.flags & InterfaceLine::kUp) && line.port.load(std::memory_order_relaxed) != kNoPort;
  limits.flags = static_cast<uint8_t>((limits.flags & ~InterfaceLine::kSendable) |
                                      (sendable ? InterfaceLine::kSendable : 0));
  line.limits.store(limits, std::memory_order_release);
}

void InterfaceTable::Configure(InterfaceSlot slot, const InterfaceSettings& settings) {
  InterfaceLine& line = lines_[Value(slot)];
  const uint16_t old_port = line.port.load(std::memory_order_relaxed);
  if (old_port != kNoPort) {
    const uint16_t old_vlan = line.vlan.load(std::memory_order_relaxed);
    arrivals_[size_t{old_port} * kVlans + old_vlan].store(0, std::memory_order_relaxed);
  }
  const EgressWords words = MakeEgressWords(settings.mac, settings.vlan);
  line.boundary.store(settings.boundary, std::memory_order_relaxed);
  line.source_and_type.store(words.source_and_type, std::memory_order_relaxed);
  line.tagged_source_high.store(words.tagged_source_high, std::memory_order_relaxed);
  line.tagged_source_low_and_tag.store(words.tagged_source_low_and_tag, std::memory_order_relaxed);
  line.vlan.store(settings.vlan, std::memory_order_relaxed);
  line.port.store(settings.port, std::memory_order_relaxed);
  // The limits last: their flags make the interface sendable.
  InterfaceLine::Limits limits = line.load_limits();
  limits.ttl_threshold = settings.ttl_threshold == 0 ? 255 : settings.ttl_threshold;
  limits.mtu = settings.mtu;
  StoreLimits(slot, limits);
  if (settings.port != kNoPort) {
    arrivals_[size_t{settings.port} * kVlans + settings.vlan].store(
        static_cast<uint16_t>(~Value(slot)), std::memory_order_relaxed);
  }
}

void InterfaceTable::SetFlag(InterfaceSlot slot, InterfaceLine::Flag flag, bool on) {
  InterfaceLine::Limits limits = lines_[Value(slot)].load_limits();
  limits.flags = static_cast<uint8_t>(on ? limits.flags | flag : limits.flags & ~flag);
  StoreLimits(slot, limits);
}

void InterfaceTable::SetUp(InterfaceSlot slot, bool up) { SetFlag(slot, InterfaceLine::kUp, up); }

void InterfaceTable::SetEnabled(InterfaceSlot slot, bool enabled) {
  SetFlag(slot, InterfaceLine::kEnabled, enabled);
}

void InterfaceTable::SetWrongInterfaceAlert(InterfaceSlot slot, bool enabled) {
  SetFlag(slot, InterfaceLine::kWrongInterfaceAlert, enabled);
}

void InterfaceTable::SetStamp(Stamp stamp) {
  lines_[stamp.slot].stamp.store(Word(stamp), std::memory_order_release);
}

}  // namespace mgmd::dataplane
