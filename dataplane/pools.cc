#include "dataplane/pools.h"

#include <rte_mbuf.h>

#include "dataplane/copy.h"
#include "dataplane/pending.h"

namespace mgmd::dataplane {
namespace {

rte_mempool* Make(const char* name, uint32_t count, uint16_t private_size, uint16_t frame,
                  int socket) {
  // A cache may hold half as much again as its size; a small pool must not end up in caches.
  const uint32_t cache = count >= 4 * kPoolCache ? kPoolCache : 0;
  const uint32_t room = (LinesOf(frame) + 1) * kLine + RTE_PKTMBUF_HEADROOM;
  if (room > UINT16_MAX) return nullptr;
  return rte_pktmbuf_pool_create(name, count, cache, private_size, static_cast<uint16_t>(room),
                                 socket);
}

}  // namespace

rte_mempool* MakePool(const char* name, uint32_t count, uint16_t frame, int socket) {
  return Make(name, count, 0, frame, socket);
}

rte_mempool* MakePendingPool(const char* name, uint32_t count, uint16_t frame, int socket) {
  return Make(name, count, RTE_ALIGN_CEIL(sizeof(HeldPacket), RTE_MBUF_PRIV_ALIGN), frame, socket);
}

}  // namespace mgmd::dataplane
