#include "dataplane/stages/arrival.h"

#include <algorithm>
#include <span>

#include "dataplane/frames/segments.h"

namespace mgmd::dataplane {

uint16_t Decapsulate(const InterfaceTable& interfaces, uint16_t slot, rte_mbuf* mbuf) {
  // The device has taken off a VLAN's tag already.
  if (mbuf->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) return Value(kNoSlot);
  const uint32_t looked_at = std::min<uint32_t>(mbuf->pkt_len, Encapsulation::kMostFront);
  if (mbuf->data_len < looked_at && !PullUp(mbuf, looked_at)) return Value(kNoSlot);
  const std::span<const uint8_t> begin(rte_pktmbuf_mtod(mbuf, const uint8_t*), looked_at);
  const Encapsulation* asked = nullptr;
  for (; slot != Value(kNoSlot); slot = interfaces.line(slot).next_encapsulated.load(std::memory_order_relaxed)) {
    // The slots of an interface stand beside each other.
    if (interfaces.line(slot).encapsulation.load(std::memory_order_relaxed) == asked) continue;
    asked = interfaces.line(slot).encapsulation.load(std::memory_order_relaxed);
    const uint16_t front = asked->Match(begin);
    if (front == 0) continue;
    mbuf->data_off = static_cast<uint16_t>(mbuf->data_off + front);
    mbuf->data_len = static_cast<uint16_t>(mbuf->data_len - front);
    mbuf->pkt_len -= front;
    // What the device has said is about another header.
    mbuf->ol_flags &= ~RTE_MBUF_F_RX_IP_CKSUM_MASK;
    return slot;
  }
  return Value(kNoSlot);
}

void FindEncapsulated(const InterfaceTable& interfaces, uint16_t encapsulated, uint32_t vlan, Arrival& arrival) {
  arrival.ipv4.slot = arrival.ipv6.slot = Value(kNoSlot);
  const Encapsulation* const encapsulation =
      interfaces.line(encapsulated).encapsulation.load(std::memory_order_relaxed);
  for (uint16_t slot = encapsulated; slot != Value(kNoSlot);) {
    const InterfaceLine& line = interfaces.line(slot);
    if (line.encapsulation.load(std::memory_order_relaxed) == encapsulation &&
        line.vlan.load(std::memory_order_relaxed) == vlan) {
      (IsIpv6(slot) ? arrival.ipv6 : arrival.ipv4).slot = slot;
    }
    slot = line.next_encapsulated.load(std::memory_order_relaxed);
  }
}

}  // namespace mgmd::dataplane
