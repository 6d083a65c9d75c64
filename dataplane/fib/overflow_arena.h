#ifndef MGMD_DATAPLANE_FIB_OVERFLOW_ARENA_H_
#define MGMD_DATAPLANE_FIB_OVERFLOW_ARENA_H_

// Blocks of oif stamps for entries with more than kInlineOifs. A block is 1, 2, 4 ... 4,096 cache lines; blocks of one
// size are reused for that size only, so that a block never needs to be merged or moved. Control thread; workers read
// the blocks of the entries they hold.

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/interface.h"
#include "dataplane/fib/reserved_memory.h"

namespace mgmd::dataplane {

class OverflowArena {
 public:
  // At most 2^28 lines.
  explicit OverflowArena(uint32_t max_lines);

  bool valid() const { return stamps_.valid(); }
  Stamp* stamps() const { return stamps_.data(); }
  size_t bytes() const { return next_line_ * kLineStamps * sizeof(Stamp); }

  static constexpr uint32_t kNoBlock = UINT32_MAX;
  // The first stamp of a block for `oifs` stamps, at least one; kNoBlock if there is none.
  uint32_t Take(uint16_t oifs);
  // `oifs` as it was taken for. The block's insides are the arena's from now on.
  void GiveBack(uint32_t block, uint16_t oifs);

 private:
  static constexpr size_t kLineStamps = 16;
  static constexpr size_t kSizes = 13;
  static size_t SizeClass(uint16_t oifs);

  ReservedArray<Stamp> stamps_;
  size_t max_lines_;
  size_t next_line_ = 0;
  std::array<uint32_t, kSizes> free_;  // head of each size's list; a free block begins with the next one's number
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_OVERFLOW_ARENA_H_
