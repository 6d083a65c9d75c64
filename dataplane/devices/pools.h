#ifndef MGMD_DATAPLANE_DEVICES_POOLS_H_
#define MGMD_DATAPLANE_DEVICES_POOLS_H_

// The packet buffer pools of a worker, each for one purpose, so that one purpose running dry leaves
// the others alone:
//
//   rx       a port's received packets; given to the port
//   copy     copies and fragments
//   header   L2 and L3 headers in front of a shared payload
//   pending  packets that wait for a decision: rx buffers never do
//
// Control makes them before workers run. A pool serves all workers of a socket through per-lcore
// caches, except the pending pool, which is a worker's own.

#include <rte_mempool.h>

#include <cstddef>
#include <cstdint>

namespace mgmd::dataplane {

// Each lcore that allocates or frees may keep this many buffers for itself.
inline constexpr uint32_t kPoolCache = 512;

// Room for the L2 and L3 headers of a shared copy.
inline constexpr uint16_t kHeaderRoom = 128;

// A pool of `count` buffers, each with room for `frame` octets after RTE_PKTMBUF_HEADROOM, rounded
// up to whole lines with one to spare, so that copying in whole lines stays inside. `name` is
// unique in the process. nullptr: no memory; rte_errno tells.
rte_mempool* MakePool(const char* name, uint32_t count, uint16_t frame, int socket);

// As MakePool(), with each buffer in a page of its own, the pages in a row: net_af_xdp lays a region
// of as many octets as all buffers have together over the pool, in which any gap between buffers
// puts the last ones out of the kernel's reach, and the kernel takes no frame that crosses a page.
// nullptr with EINVAL: `frame` is above PageFrame().
rte_mempool* MakePagePool(const char* name, uint32_t count, uint16_t frame, int socket);

// Octets after RTE_PKTMBUF_HEADROOM in a buffer of MakePagePool(), and those of a frame, a line less.
uint16_t PageRoom();
uint16_t PageFrame();

// As MakePool(), with the room each held packet's bookkeeping needs.
rte_mempool* MakePendingPool(const char* name, uint32_t count, uint16_t frame, int socket);

// Octets of DPDK's memory that such pools take where its pages have 2^`page_shift` octets: a buffer
// stands in one page, if it fits, and what is left of the page is lost. Before EAL starts, too.
size_t PoolBytes(uint32_t count, uint16_t frame, uint32_t page_shift);
size_t PagePoolBytes(uint32_t count);
size_t PendingPoolBytes(uint32_t count, uint16_t frame, uint32_t page_shift);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_DEVICES_POOLS_H_
