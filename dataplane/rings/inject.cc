#include "dataplane/rings/inject.h"

#include <rte_byteorder.h>
#include <rte_mbuf.h>

#include <cstring>
#include <optional>

#include "common/group_mac.h"
#include "dataplane/frames/copy.h"
#include "dataplane/frames/ip_header.h"
#include "dataplane/interfaces/egress.h"

namespace mgmd::dataplane {
namespace {

template <class Address>
std::optional<uint64_t> MacOf(const Address& destination) {
  return destination.is_multicast() ? std::optional(GroupMac(destination)) : std::nullopt;
}

// GroupMac() of the group that the packet is for; nothing: it is not of the interface's family, or for no group.
std::optional<uint64_t> FindGroupMac(const InterfaceLine& line, std::span<const uint8_t> packet) {
  const bool ipv6 = line.source_and_type.load(std::memory_order_relaxed) >> 48 == RTE_BE16(kIpv6EtherType);
  if (packet.size() < (ipv6 ? kIpv6Header : kIpv4Header) || packet[0] >> 4 != (ipv6 ? 6 : 4)) return std::nullopt;
  return ipv6 ? MacOf(Ipv6Address::FromNetwork(packet.data() + 24))
              : MacOf(Ipv4Address::FromNetwork(Load4(packet.data() + 16)));
}

// Puts the interface's tag between the addresses and the type of a frame.
void InsertTag(rte_mbuf* mbuf, uint16_t tci) {
  const uint8_t* const addresses = rte_pktmbuf_mtod(mbuf, const uint8_t*);
  auto* const frame = reinterpret_cast<uint8_t*>(rte_pktmbuf_prepend(mbuf, kVlanTag));
  std::memmove(frame, addresses, 2 * sizeof(MacAddress));
  const rte_be16_t tag[] = {RTE_BE16(0x8100), rte_cpu_to_be_16(tci)};
  std::memcpy(frame + 2 * sizeof(MacAddress), tag, sizeof(tag));
}

}  // namespace

bool IsInjectable(rte_mempool* pool, const InterfaceLine& line, InjectForm form, std::span<const uint8_t> octets) {
  if (line.port.load(std::memory_order_relaxed) == kNoPort) return false;
  const size_t ethernet = form == InjectForm::kFrame ? kEthernetHeader : 0;
  if (octets.size() < ethernet || octets.size() - ethernet > line.load_gate().mtu()) return false;
  if (octets.size() - ethernet + kEthernetHeader > RoomOf(pool)) return false;
  if (form == InjectForm::kFrame) return true;
  return FindGroupMac(line, octets).has_value();
}

rte_mbuf* MakeInjected(rte_mempool* pool, const InterfaceLine& line, InjectForm form, std::span<const uint8_t> octets) {
  rte_mbuf* const mbuf = rte_pktmbuf_alloc(pool);
  if (mbuf == nullptr) return nullptr;
  const uint16_t header = form == InjectForm::kFrame ? 0 : kEthernetHeader;
  auto* const frame =
      reinterpret_cast<uint8_t*>(rte_pktmbuf_append(mbuf, static_cast<uint16_t>(header + octets.size())));
  std::memcpy(frame + header, octets.data(), octets.size());
  const Egress egress(line);
  if (form == InjectForm::kPacket) {
    WriteDestination(frame, *FindGroupMac(line, octets));
    Store8(frame + sizeof(MacAddress), egress.words.source_and_type);
    egress.Prepend(mbuf, 0);
  } else if (egress.tagged) {
    InsertTag(mbuf, TciOf(egress.words.tagged_source_low_and_tag));
  }
  const Encapsulation* const encapsulation = line.encapsulation.load(std::memory_order_relaxed);
  if (encapsulation != nullptr) Encapsulate(mbuf, *encapsulation, 0);
  return mbuf;
}

}  // namespace mgmd::dataplane
