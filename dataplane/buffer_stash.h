#ifndef MGMD_DATAPLANE_BUFFER_STASH_H_
#define MGMD_DATAPLANE_BUFFER_STASH_H_

// A few buffers of a pool in a worker's hand, for copies that are made one at a time: taking one is
// a load and a decrement, and the pool is asked for a fixed number at once. Buffers are raw: as the
// pool keeps them, with reference and segment count 1 and no successor.

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <cstdint>

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
  explicit BufferStash(rte_mempool* pool) : pool_(pool) {}
  ~BufferStash() {
    if (count_ > 0) rte_mempool_put_bulk(pool_, reinterpret_cast<void**>(mbufs_), count_);
  }
  BufferStash(const BufferStash&) = delete;
  BufferStash& operator=(const BufferStash&) = delete;

  // nullptr: the pool is empty.
  rte_mbuf* Take() {
    if (count_ == 0 && !Refill()) [[unlikely]]
      return nullptr;
    return mbufs_[--count_];
  }

 private:
  // A call, so that the loop around Take() keeps its registers.
  [[gnu::noinline]] bool Refill() {
    count_ = AllocateRaw(pool_, mbufs_, kRefill);
    return count_ > 0;
  }

  static constexpr uint32_t kRefill = 32;
  rte_mempool* const pool_;
  uint32_t count_ = 0;
  rte_mbuf* mbufs_[kRefill];
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_BUFFER_STASH_H_
