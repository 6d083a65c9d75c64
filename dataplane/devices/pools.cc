#include "dataplane/devices/pools.h"

#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_memzone.h>
#include <rte_ring.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "dataplane/frames/copy.h"
#include "dataplane/pending/pending.h"

namespace mgmd::dataplane {
namespace {

// A cache may hold half as much again as its size; a small pool must not end up in caches.
uint32_t CacheOf(uint32_t count) { return count >= 4 * kPoolCache ? kPoolCache : 0; }

uint32_t DataRoom(uint16_t frame) { return (LinesOf(frame) + 1) * kLine + RTE_PKTMBUF_HEADROOM; }

// Of a held packet.
constexpr uint16_t kPrivate = RTE_ALIGN_CEIL(sizeof(HeldPacket), RTE_MBUF_PRIV_ALIGN);

// Besides the buffers: the pool itself, its caches, its ring.
size_t FrameworkBytes(uint32_t count) {
  const size_t caches = CacheOf(count) == 0 ? 0 : sizeof(rte_mempool_cache) * RTE_MAX_LCORE;
  return sizeof(rte_mempool) + sizeof(rte_pktmbuf_pool_private) + caches +
         static_cast<size_t>(rte_ring_get_memsize(rte_align32pow2(count + 1)));
}

size_t BytesOf(uint32_t count, uint16_t private_size, uint16_t frame, uint32_t page_shift) {
  rte_mempool_objsz octets{};
  rte_mempool_calc_obj_size(static_cast<uint32_t>(sizeof(rte_mbuf)) + private_size + DataRoom(frame), 0, &octets);
  rte_mempool shape{};
  shape.header_size = octets.header_size;
  shape.elt_size = octets.elt_size;
  shape.trailer_size = octets.trailer_size;
  size_t chunk = 0;
  size_t alignment = 0;
  const ssize_t buffers = rte_mempool_op_calc_mem_size_default(&shape, count, page_shift, &chunk, &alignment);
  return static_cast<size_t>(std::max<ssize_t>(buffers, 0)) + FrameworkBytes(count);
}

rte_mempool* Make(const char* name, uint32_t count, uint16_t private_size, uint16_t frame, int socket) {
  const uint32_t room = DataRoom(frame);
  if (room > UINT16_MAX) return nullptr;
  return rte_pktmbuf_pool_create(name, count, CacheOf(count), private_size, static_cast<uint16_t>(room), socket);
}

// What stands in a page beside the mbuf's data.
constexpr uint32_t kPageOverhead = RTE_ALIGN_CEIL(sizeof(rte_mempool_objhdr), RTE_CACHE_LINE_SIZE) + sizeof(rte_mbuf);

size_t PageSize() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

void FreePages(rte_mempool_memhdr*, void* memzone) { rte_memzone_free(static_cast<const rte_memzone*>(memzone)); }

// Fills the pool with buffers of a page each.
bool Populate(rte_mempool* pool, uint32_t count, size_t page, int socket) {
  char name[RTE_MEMZONE_NAMESIZE];
  std::snprintf(name, sizeof(name), "%s_pages", pool->name);
  const rte_memzone* const memory =
      rte_memzone_reserve_aligned(name, count * page, socket, 0, static_cast<unsigned>(page));
  if (memory == nullptr) return false;
  const int made = rte_mempool_populate_iova(pool, static_cast<char*>(memory->addr), memory->iova, memory->len,
                                             FreePages, const_cast<rte_memzone*>(memory));
  if (made != static_cast<int>(count)) {
    rte_errno = made < 0 ? -made : ENOMEM;
    if (made <= 0) rte_memzone_free(memory);
    return false;
  }
  rte_mempool_obj_iter(pool, rte_pktmbuf_init, nullptr);
  return true;
}

}  // namespace

uint16_t PageRoom() { return static_cast<uint16_t>(PageSize() - kPageOverhead - RTE_PKTMBUF_HEADROOM); }

uint16_t PageFrame() { return static_cast<uint16_t>(PageRoom() - kLine); }

rte_mempool* MakePagePool(const char* name, uint32_t count, uint16_t frame, int socket) {
  if (frame > PageFrame()) {
    rte_errno = EINVAL;
    return nullptr;
  }
  const size_t page = PageSize();
  const auto element = static_cast<unsigned>(page - kPageOverhead + sizeof(rte_mbuf));
  // No padding between the buffers to spread them over memory channels: it would take them out of
  // their pages.
  rte_mempool* const pool = rte_mempool_create_empty(name, count, element, CacheOf(count),
                                                     sizeof(rte_pktmbuf_pool_private), socket, RTE_MEMPOOL_F_NO_SPREAD);
  if (pool == nullptr) return nullptr;
  rte_pktmbuf_pool_private pool_private{};
  pool_private.mbuf_data_room_size = static_cast<uint16_t>(page - kPageOverhead);
  if (rte_mempool_set_ops_byname(pool, rte_mbuf_best_mempool_ops(), nullptr) == 0) {
    rte_pktmbuf_pool_init(pool, &pool_private);
    if (Populate(pool, count, page, socket)) return pool;
  }
  const int error = rte_errno;
  rte_mempool_free(pool);
  rte_errno = error;
  return nullptr;
}

rte_mempool* MakePool(const char* name, uint32_t count, uint16_t frame, int socket) {
  return Make(name, count, 0, frame, socket);
}

rte_mempool* MakePendingPool(const char* name, uint32_t count, uint16_t frame, int socket) {
  return Make(name, count, kPrivate, frame, socket);
}

size_t PoolBytes(uint32_t count, uint16_t frame, uint32_t page_shift) { return BytesOf(count, 0, frame, page_shift); }

size_t PagePoolBytes(uint32_t count) { return (count + 1) * PageSize() + FrameworkBytes(count); }

size_t PendingPoolBytes(uint32_t count, uint16_t frame, uint32_t page_shift) {
  return BytesOf(count, kPrivate, frame, page_shift);
}

}  // namespace mgmd::dataplane
