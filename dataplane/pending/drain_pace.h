#ifndef MGMD_DATAPLANE_PENDING_DRAIN_PACE_H_
#define MGMD_DATAPLANE_PENDING_DRAIN_PACE_H_

// How many held packets a worker may send in a turn (drain.cc says why not all). A worker's own.

#include <algorithm>
#include <cstdint>

namespace mgmd::dataplane {

inline constexpr uint64_t kDrainPerSecond = 1'000'000;

class DrainPace {
 public:
  explicit DrainPace(uint64_t ticks_per_second)
      : ticks_per_packet_(std::max<uint64_t>(ticks_per_second / kDrainPerSecond, 1)) {}

  // Packets that may be sent now, when `received` have been received in the turn before. A pause
  // gives no more than a batch.
  uint64_t Allowed(uint64_t now, uint64_t received);
  // Says how many of the allowed packets have been sent.
  void Sent(uint64_t packets);

 private:
  const uint64_t ticks_per_packet_;
  uint64_t last_ = 0;
  uint64_t credit_ = 0;  // ticks
  uint64_t for_received_ = 0;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_PENDING_DRAIN_PACE_H_
