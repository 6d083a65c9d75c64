#ifndef MGMD_DATAPLANE_IDLE_PACE_H_
#define MGMD_DATAPLANE_IDLE_PACE_H_

// When a worker that may sleep does so, and for how long, so that routers can share cores: [dataplane] idle = "sleep".
//
// After kTurnsAwake turns in a row that found nothing to do it sleeps, for 1 us at first, then twice as long after each
// further turn that finds nothing, up to kLongestSleepUs. So the gaps of a busy stream pass in turns, and whatever
// comes waits about as long as nothing has come before, and never longer than 100 us.
//
// A worker's own. Cost: a comparison a turn.

#include <algorithm>
#include <cstdint>
#include <utility>

namespace mgmd::dataplane {

class IdlePace {
 public:
  static constexpr uint32_t kTurnsAwake = 256;
  // What the kernel takes to wake a thread comes on top, some microseconds.
  static constexpr uint32_t kLongestSleepUs = 90;

  // A turn has ended that found nothing to do, or something. Returns for how many microseconds the worker is to sleep;
  // 0: it goes on turning.
  uint32_t SleepAfter(bool idle_turn) {
    if (!idle_turn) {
      *this = IdlePace();
      return 0;
    }
    if (idle_turns_ < kTurnsAwake) {
      ++idle_turns_;
      return 0;
    }
    return std::exchange(next_us_, std::min(2 * next_us_, kLongestSleepUs));
  }

 private:
  uint32_t idle_turns_ = 0;  // in a row, at most kTurnsAwake
  uint32_t next_us_ = 1;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_IDLE_PACE_H_
