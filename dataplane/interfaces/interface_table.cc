#include "dataplane/interfaces/interface_table.h"

#include <cstring>

#include "dataplane/interfaces/egress.h"

namespace mgmd::dataplane {

InterfaceTable::InterfaceTable() : lines_(kMaxSlots + 1), arrivals_(size_t{kMaxPorts} * kVlans * 2) {
  if (!valid()) return;
  for (size_t slot = 0; slot <= kMaxSlots; ++slot) {
    lines_[slot].port.store(kNoPort, std::memory_order_relaxed);
    StoreGate(lines_[slot], Gate(Word(Stamp{static_cast<uint16_t>(slot), 0})));
  }
}

void InterfaceTable::StoreGate(InterfaceLine& line, Gate gate) {
  const bool sendable = gate.Has(Gate::kUp) && line.port.load(std::memory_order_relaxed) != kNoPort;
  line.gate.store(gate.WithFlag(Gate::kUnsendable, !sendable).bits(), std::memory_order_release);
}

void InterfaceTable::Configure(InterfaceSlot slot, const InterfaceSettings& settings) {
  InterfaceLine& line = lines_[Value(slot)];
  LeaveArrivals(slot);
  line.boundary.store(settings.boundary, std::memory_order_relaxed);
  StoreHeader(slot, settings.mac, static_cast<uint16_t>(settings.vlan | settings.pcp.value_or(0) << 13));
  line.kept_priority.store(settings.pcp ? 0 : PriorityWord(kPriorityBits), std::memory_order_relaxed);
  line.vlan.store(settings.vlan, std::memory_order_relaxed);
  line.encapsulation.store(settings.encapsulation, std::memory_order_relaxed);
  line.port.store(settings.port, std::memory_order_relaxed);
  // The gate last: its flags make the interface sendable.
  const uint8_t threshold = settings.ttl_threshold == 0 ? 255 : settings.ttl_threshold;
  StoreGate(line, line.load_gate()
                      .WithLimits(settings.mtu, threshold)
                      .WithFlag(Gate::kCompleteChecksums, settings.complete_checksums)
                      .WithFlag(Gate::kEncapsulated, settings.encapsulation != nullptr));
  if (settings.port != kNoPort) TakeArrivals(slot, settings);
}

void InterfaceTable::TakeArrivals(InterfaceSlot slot, const InterfaceSettings& settings) {
  if (settings.encapsulation == nullptr) {
    arrivals_[PlaceOf(settings.port, settings.vlan, Value(slot))].store(static_cast<uint16_t>(~Value(slot)),
                                                                        std::memory_order_relaxed);
    return;
  }
  std::atomic<uint16_t>& first = ports_[settings.port].encapsulated;
  lines_[Value(slot)].next_encapsulated.store(first.load(std::memory_order_relaxed), std::memory_order_relaxed);
  first.store(Value(slot), std::memory_order_release);
}

void InterfaceTable::LeaveArrivals(InterfaceSlot slot) {
  const InterfaceLine& line = lines_[Value(slot)];
  const uint16_t port = line.port.load(std::memory_order_relaxed);
  if (port == kNoPort) return;
  if (line.encapsulation.load(std::memory_order_relaxed) == nullptr) {
    arrivals_[PlaceOf(port, line.vlan.load(std::memory_order_relaxed), Value(slot))].store(0,
                                                                                           std::memory_order_relaxed);
    return;
  }
  std::atomic<uint16_t>* link = &ports_[port].encapsulated;
  while (link->load(std::memory_order_relaxed) != Value(slot)) {
    link = &lines_[link->load(std::memory_order_relaxed)].next_encapsulated;
  }
  link->store(line.next_encapsulated.load(std::memory_order_relaxed), std::memory_order_release);
}

void InterfaceTable::SetFlag(InterfaceSlot slot, Gate::Flag flag, bool on) {
  InterfaceLine& line = lines_[Value(slot)];
  StoreGate(line, line.load_gate().WithFlag(flag, on));
}

void InterfaceTable::AddStation(InterfaceSlot slot, const MacAddress& mac) {
  uint64_t station = 0;
  std::memcpy(&station, mac.data(), mac.size());
  const std::pair added(Value(slot), station);
  stations_.insert(std::upper_bound(stations_.begin(), stations_.end(), added), added);
}

void InterfaceTable::SetUp(InterfaceSlot slot, bool up) { SetFlag(slot, Gate::kUp, up); }

void InterfaceTable::StoreHeader(InterfaceSlot slot, const MacAddress& mac, uint16_t tci) {
  InterfaceLine& line = lines_[Value(slot)];
  const EgressWords words = MakeEgressWords(mac, tci, EtherTypeOf(Value(slot)));
  line.source_and_type.store(words.source_and_type, std::memory_order_relaxed);
  line.tagged_source_high.store(words.tagged_source_high, std::memory_order_relaxed);
  line.tagged_source_low_and_tag.store(words.tagged_source_low_and_tag, std::memory_order_relaxed);
}

void InterfaceTable::SetSource(InterfaceSlot slot, const MacAddress& mac) {
  StoreHeader(slot, mac, TciOf(lines_[Value(slot)].tagged_source_low_and_tag.load(std::memory_order_relaxed)));
}

void InterfaceTable::SetMtu(InterfaceSlot slot, uint16_t mtu) {
  InterfaceLine& line = lines_[Value(slot)];
  const Gate gate = line.load_gate();
  StoreGate(line, gate.WithLimits(mtu, gate.ttl_threshold()));
}

void InterfaceTable::DropOwnFrames(uint16_t port, const MacAddress& mac) {
  uint8_t header[kEthernetHeader] = {};
  std::memcpy(header + 6, mac.data(), mac.size());
  ports_[port].own_source.store(SourceWord(header), std::memory_order_relaxed);
}

void InterfaceTable::SetEnabled(InterfaceSlot slot, bool enabled) { SetFlag(slot, Gate::kEnabled, enabled); }

void InterfaceTable::SetWrongInterfaceAlert(InterfaceSlot slot, bool enabled) {
  StoreWanted(slot, InterfaceLine::kWrongInterfaceAlert, enabled ? InterfaceLine::kWrongInterfaceAlert : 0);
}

void InterfaceTable::StoreWanted(InterfaceSlot slot, uint16_t mask, uint16_t bits) {
  std::atomic<uint16_t>& wanted = lines_[Value(slot)].wanted;
  wanted.store(static_cast<uint16_t>((wanted.load(std::memory_order_relaxed) & ~mask) | bits),
               std::memory_order_relaxed);
}

void InterfaceTable::SetStamp(Stamp stamp) {
  InterfaceLine& line = lines_[stamp.slot];
  StoreGate(line, line.load_gate().WithStamp(Word(stamp)));
}

}  // namespace mgmd::dataplane
