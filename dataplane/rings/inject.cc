#include "dataplane/rings/inject.h"

#include <rte_byteorder.h>
#include <rte_mbuf.h>

#include <cstring>

#include "dataplane/frames/copy.h"
#include "dataplane/interfaces/egress.h"

namespace mgmd::dataplane {
namespace {

constexpr size_t kIpv4Header = 20;

Ipv4Address DestinationOf(std::span<const uint8_t> packet) {
  uint32_t destination;
  std::memcpy(&destination, packet.data() + 16, sizeof(destination));
  return Ipv4Address::FromNetwork(destination);
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
  return octets.size() >= kIpv4Header && octets[0] >> 4 == 4 && DestinationOf(octets).is_multicast();
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
    WriteDestination(frame, GroupMac(DestinationOf(octets)));
    const rte_be16_t type = RTE_BE16(0x0800);
    std::memcpy(frame + 2 * sizeof(MacAddress), &type, sizeof(type));
    egress.Prepend(mbuf, 0);
  } else if (egress.tagged) {
    InsertTag(mbuf, TciOf(egress.words.tagged_source_low_and_tag));
  }
  const Encapsulation* const encapsulation = line.encapsulation.load(std::memory_order_relaxed);
  if (encapsulation != nullptr) Encapsulate(mbuf, *encapsulation, 0);
  return mbuf;
}

}  // namespace mgmd::dataplane
