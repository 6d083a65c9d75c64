#include "dataplane/inject.h"

#include <rte_mbuf.h>

#include "dataplane/checksum.h"
#include "dataplane/copy.h"
#include "dataplane/egress.h"

namespace mgmd::dataplane {

Injected MakeInjected(rte_mempool* pool, InterfaceSlot out, std::span<const uint8_t> packet) {
  Injected injected;
  injected.slot = Value(out);
  if (packet.size() < 20 || kEthernetHeader + packet.size() > RoomOf(pool)) return injected;
  uint32_t destination;
  std::memcpy(&destination, packet.data() + 16, sizeof(destination));
  const Ipv4Address group = Ipv4Address::FromNetwork(destination);
  if (!group.is_multicast()) return injected;
  rte_mbuf* const mbuf = rte_pktmbuf_alloc(pool);
  if (mbuf == nullptr) return injected;
  uint8_t* const frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
  WriteDestination(frame, GroupMac(group));
  const rte_be16_t type = RTE_BE16(0x0800);
  std::memcpy(frame + 12, &type, sizeof(type));
  std::memcpy(frame + kEthernetHeader, packet.data(), packet.size());
  mbuf->data_len = static_cast<uint16_t>(kEthernetHeader + packet.size());
  mbuf->pkt_len = mbuf->data_len;
  injected.frame = mbuf;
  return injected;
}

}  // namespace mgmd::dataplane
