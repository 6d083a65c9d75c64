#ifndef MGMD_DATAPLANE_FIB_INDEX_POOL_H_
#define MGMD_DATAPLANE_FIB_INDEX_POOL_H_

// The entry indices that are free: those given back, last first, then those never used. Control thread.

#include <cstddef>
#include <cstdint>

#include "dataplane/fib/reserved_memory.h"

namespace mgmd::dataplane {

class IndexPool {
 public:
  // Indices 1 to `count`.
  explicit IndexPool(uint32_t count) : free_(count), end_(count + 1) {}

  bool valid() const { return free_.valid(); }
  // Above every index.
  uint32_t end() const { return end_; }
  // Indices below were handed out at least once.
  uint32_t ever_used() const { return next_unused_; }

  // At least one must be free.
  uint32_t Take() { return free_count_ > 0 ? free_[--free_count_] : next_unused_++; }
  void GiveBack(uint32_t index) {
    free_[free_count_++] = index;
    if (free_count_ > most_free_) most_free_ = free_count_;
  }

  // What Take() will return after `takes` further calls, as things stand; may be end() or above.
  uint32_t Upcoming(uint32_t takes) const {
    return takes < free_count_ ? free_[free_count_ - 1 - takes] : next_unused_ + (takes - free_count_);
  }

  size_t bytes() const { return most_free_ * sizeof(uint32_t); }

 private:
  ReservedArray<uint32_t> free_;
  uint32_t free_count_ = 0;
  uint32_t most_free_ = 0;
  uint32_t next_unused_ = 1;
  uint32_t end_;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_INDEX_POOL_H_
