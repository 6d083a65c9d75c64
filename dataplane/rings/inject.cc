#include "dataplane/rings/inject.h"

#include <rte_byteorder.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "dataplane/frames/copy.h"
#include "dataplane/frames/ip_header.h"
#include "dataplane/interfaces/egress.h"

namespace mgmd::dataplane {
namespace {

Ipv4Address Ipv4DestinationOf(std::span<const uint8_t> packet) {
  return Ipv4Address::FromNetwork(Load4(packet.data() + 16));
}
Ipv6Address Ipv6DestinationOf(std::span<const uint8_t> packet) {
  std::array<uint8_t, 16> destination;
  std::copy_n(packet.begin() + 24, destination.size(), destination.begin());
  return Ipv6Address(destination);
}

// The EtherType of the interface's family.
uint16_t TypeOf(const InterfaceLine& line) {
  return __builtin_bswap16(static_cast<uint16_t>(line.source_and_type.load(std::memory_order_relaxed) >> 48));
}

bool IsToAGroup(uint16_t type, std::span<const uint8_t> packet) {
  if (type == kIpv6EtherType)
    return packet.size() >= kIpv6Header && packet[0] >> 4 == 6 && Ipv6DestinationOf(packet).is_multicast();
  return packet.size() >= kIpv4Header && packet[0] >> 4 == 4 && Ipv4DestinationOf(packet).is_multicast();
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
  return IsToAGroup(TypeOf(line), octets);
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
    const uint16_t type = TypeOf(line);
    WriteDestination(
        frame, type == kIpv6EtherType ? GroupMac(Ipv6DestinationOf(octets)) : GroupMac(Ipv4DestinationOf(octets)));
    const rte_be16_t written = rte_cpu_to_be_16(type);
    std::memcpy(frame + 2 * sizeof(MacAddress), &written, sizeof(written));
    egress.Prepend(mbuf, 0);
  } else if (egress.tagged) {
    InsertTag(mbuf, TciOf(egress.words.tagged_source_low_and_tag));
  }
  const Encapsulation* const encapsulation = line.encapsulation.load(std::memory_order_relaxed);
  if (encapsulation != nullptr) Encapsulate(mbuf, *encapsulation, 0);
  return mbuf;
}

}  // namespace mgmd::dataplane
