#ifndef MGMD_DATAPLANE_TX_BUFFER_STASH_H_
#define MGMD_DATAPLANE_TX_BUFFER_STASH_H_

// Buffers of a pool in a worker's hand, for copies that are made one at a time: taking one is a
// load and a decrement, and the pool is asked for a fixed number at once. Buffers are raw: as the
// pool keeps them, with reference and segment count 1 and no successor.
//
// A stash may also keep spare buffers besides the pool's per-lcore cache. That cache holds half as
// much again as its size and then throws everything it has, what is still warm included, into the
// common ring, to be given cold ones from the ring's other end soon after. A worker that hands over
// the buffers of many ports at the end of a turn gets more back at once than a cache holds.

#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>

namespace mgmd::dataplane {

// Takes `count` raw buffers from the pool, as many as there are. Returns how many.
inline uint32_t AllocateRaw(rte_mempool* pool, rte_mbuf** mbufs, uint32_t count) {
  auto** const objects = reinterpret_cast<void**>(mbufs);
  if (rte_mempool_get_bulk(pool, objects, count) == 0) [[likely]]
    return count;
  uint32_t taken = 0;
  while (taken < count && rte_mempool_get(pool, objects + taken) == 0) ++taken;
  return taken;
}

class BufferStash {
 public:
  // `pool` may be nullptr, if nothing is ever taken. `spare`: how many buffers it keeps, at most.
  BufferStash(rte_mempool* pool, uint32_t spare)
      : pool_(pool), spare_(spare), mbufs_(new (std::nothrow) rte_mbuf*[spare + 2 * kMost]) {}
  ~BufferStash() {
    if (count_ > 0) rte_mempool_put_bulk(pool_, reinterpret_cast<void**>(mbufs_.get()), count_);
  }
  BufferStash(const BufferStash&) = delete;
  BufferStash& operator=(const BufferStash&) = delete;
  bool valid() const { return mbufs_ != nullptr; }

  // nullptr: there are none.
  rte_mbuf* Take() { return Ready(1) == 1 ? mbufs_[--count_] : nullptr; }

  // Many at once, right from the pool, where the last freed lie on top. Returns how many.
  uint32_t TakeMany(rte_mbuf** mbufs, uint32_t count) {
    uint32_t taken = AllocateRaw(pool_, mbufs, count);
    while (taken < count && count_ > 0) [[unlikely]] mbufs[taken++] = mbufs_[--count_];
    return taken;
  }

  // A loop's way to take several: at most min(`wanted`, kMost) buffers lie below top(), the next
  // one right below it. Returns how many; SetTop() takes away what was used, before any other call.
  uint32_t Ready(uint32_t wanted) {
    wanted = std::min(wanted, kMost);
    if (count_ < wanted) [[unlikely]]
      Refill();
    return std::min(wanted, count_);
  }
  rte_mbuf** top() { return mbufs_.get() + count_; }
  void SetTop(rte_mbuf** top) { count_ = static_cast<uint32_t>(top - mbufs_.get()); }

  // Buffers have come back to the pool, a burst of a port at most since the last call: keeps its
  // cache from running over.
  void Spare() {
    if (spare_ == 0) return;
    const rte_mempool_cache* const cache = rte_mempool_default_cache(pool_, rte_lcore_id());
    if (cache == nullptr || cache->len <= cache->size - cache->size / 4) return;
    const uint32_t more = cache->size / 2;
    if (count_ + more <= spare_) count_ += AllocateRaw(pool_, top(), more);
  }

  static constexpr uint32_t kMost = 32;

 private:
  // A call, so that the loop around Ready() keeps its registers.
  void Refill();

  rte_mempool* const pool_;
  const uint32_t spare_;
  uint32_t count_ = 0;
  const std::unique_ptr<rte_mbuf*[]> mbufs_;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_TX_BUFFER_STASH_H_
