#include "dataplane/fib/overflow_arena.h"

#include <bit>

namespace mgmd::dataplane {

OverflowArena::OverflowArena(uint32_t max_lines) : stamps_(size_t{max_lines} * kLineStamps), max_lines_(max_lines) {
  free_.fill(kNoBlock);
}

size_t OverflowArena::SizeClass(uint16_t oifs) {
  const size_t lines = (size_t{oifs} + kLineStamps - 1) / kLineStamps;
  return static_cast<size_t>(std::bit_width(lines - 1));
}

uint32_t OverflowArena::Take(uint16_t oifs) {
  const size_t size = SizeClass(oifs);
  if (const uint32_t block = free_[size]; block != kNoBlock) {
    free_[size] = std::bit_cast<uint32_t>(stamps_[block]);
    return block;
  }
  const size_t lines = size_t{1} << size;
  if (next_line_ + lines > max_lines_) return kNoBlock;
  const size_t block = next_line_ * kLineStamps;
  next_line_ += lines;
  return static_cast<uint32_t>(block);
}

void OverflowArena::GiveBack(uint32_t block, uint16_t oifs) {
  uint32_t& head = free_[SizeClass(oifs)];
  stamps_[block] = std::bit_cast<Stamp>(head);
  head = block;
}

}  // namespace mgmd::dataplane
