#ifndef MGMD_COMMON_TURN_TIMES_H_
#define MGMD_COMMON_TURN_TIMES_H_

// How long the turns of a loop take: the longest so far, and how many took more than kLongTurn. It tells of a loop that
// stood still for a moment; one that stands still for long is seen by its watchers.
//
// The loop's thread calls it; its two counters are read by any thread. Cost: one subtraction and one comparison a turn,
// as long as no turn is long or the longest.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace mgmd {

class TurnTimes {
 public:
  static constexpr std::chrono::microseconds kLongTurn{100};

  // `longest`, in ticks, and `long_turns` are written by it alone and outlive it.
  TurnTimes(uint64_t ticks_per_second, std::atomic<uint64_t>& longest, std::atomic<uint64_t>& long_turns)
      : long_turn_(ticks_per_second * kLongTurn.count() / 1'000'000), longest_(longest), long_turns_(long_turns) {}

  void Took(uint64_t ticks) {
    if (ticks > unusual_) [[unlikely]] {
      Note(ticks);
    }
  }

 private:
  [[gnu::noinline, gnu::cold]] void Note(uint64_t ticks) {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    if (ticks > longest_.load(kRelaxed)) longest_.store(ticks, kRelaxed);
    if (ticks > long_turn_) long_turns_.store(long_turns_.load(kRelaxed) + 1, kRelaxed);
    unusual_ = std::min(longest_.load(kRelaxed), long_turn_);
  }

  const uint64_t long_turn_;
  uint64_t unusual_ = 0;  // what takes longer is long or the longest
  std::atomic<uint64_t>& longest_;
  std::atomic<uint64_t>& long_turns_;
};

// A counter of counter_table.def as it is told: durations are counted in ticks and told in microseconds.
inline uint64_t Told(std::string_view unit, uint64_t count, uint64_t ticks_per_second) {
  if (unit != "microseconds") return count;
  // In two parts: a long time in ticks times a million does not fit.
  return count / ticks_per_second * 1'000'000 + count % ticks_per_second * 1'000'000 / ticks_per_second;
}

}  // namespace mgmd

#endif  // MGMD_COMMON_TURN_TIMES_H_
