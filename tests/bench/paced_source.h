#ifndef MGMD_TESTS_BENCH_PACED_SOURCE_H_
#define MGMD_TESTS_BENCH_PACED_SOURCE_H_

// A source with a rate, and a clock on the way out: for latency and for throughput at a load that
// is set.
//
// The source is an rx callback on a port that receives nothing by itself: whenever the worker
// polls, it hands over as many packets as have become due since, each with the moment it was due
// and the moment it was handed over in its payload. What is due and not fetched waits in a queue of
// kQueue packets, as in a device; what finds it full is lost.
//
// The clock is a tx callback: it reads the two moments of every copy it is given. Both run on the
// worker's core.

#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "tests/bench/rig.h"

namespace mgmd::bench {

// Durations in TSC cycles, in classes 1/32 wide.
class Histogram {
 public:
  void Add(uint64_t cycles, uint64_t n = 1) {
    counts_[Class(cycles)] += n;
    total_ += n;
    sum_ += cycles * n;
    low_ = std::min(low_, cycles);
    high_ = std::max(high_, cycles);
  }
  uint64_t total() const { return total_; }
  // The upper bound of the class in which the given share of all lies; 0 of nothing.
  uint64_t Quantile(double share) const;
  uint64_t low() const { return total_ == 0 ? 0 : low_; }
  uint64_t high() const { return high_; }
  double mean() const { return total_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(total_); }

 private:
  static constexpr uint32_t kSub = 32;
  static size_t Class(uint64_t cycles) {
    if (cycles < kSub) return cycles;
    const auto exponent = static_cast<uint32_t>(63 - __builtin_clzll(cycles));
    return (exponent - 4) * kSub + (cycles >> (exponent - 5)) - kSub;
  }
  std::array<uint64_t, 61 * kSub> counts_{};
  uint64_t total_ = 0;
  uint64_t sum_ = 0;
  uint64_t low_ = UINT64_MAX;
  uint64_t high_ = 0;
};

class PacedSource {
 public:
  static constexpr uint32_t kQueue = 1024;

  // Keys at random among `groups`. Installs itself on the rig's input of worker 0.
  PacedSource(Rig& rig, uint32_t groups);

  // Begins anew with `rate` packets/s, 0: as many as the worker takes, and at most `limit` packets.
  // While nobody forwards.
  void Start(double rate, uint64_t limit = UINT64_MAX);
  void SetGroups(uint32_t groups) { source_.entries = groups; }
  // From the next Start() on all keys come in turn.
  void SendInTurn() { in_turn_ = true; }

  // While nobody forwards.
  uint64_t lost() const { return lost_; }  // the queue was full
  // Any time.
  uint64_t sent() const { return sent_.load(std::memory_order_relaxed); }

 private:
  static uint16_t Give(uint16_t, uint16_t, rte_mbuf** packets, uint16_t, uint16_t limit, void* self);
  uint32_t Due(uint64_t now, uint32_t limit);

  Rig& rig_;
  std::vector<uint8_t> frame_;
  PacketSource source_;
  bool in_turn_ = false;
  uint32_t next_key_ = 0;
  double interval_ = 0;  // cycles
  double next_due_ = 0;
  uint64_t limit_ = 0;
  std::atomic<uint64_t> sent_{0};
  uint64_t lost_ = 0;
};

// Where the moments stand in a frame of at least 60 octets.
inline constexpr uint32_t kDueAt = 36;
inline constexpr uint32_t kHandedOverAt = 44;

// The clock of one output port. Any thread may read when copies passed, the rest while nobody
// forwards.
struct OutputClock {
  Histogram since_handed_over;
  Histogram since_due;
  std::atomic<uint64_t> copies{0};
  std::atomic<uint64_t> first{0};  // when the first and the last copy passed; 0: none has
  std::atomic<uint64_t> last{0};

  void Clear();
};

// A clock on each output of the rig.
class OutputClocks {
 public:
  explicit OutputClocks(Rig& rig);
  OutputClock& operator[](size_t output) { return clocks_[output]; }
  size_t size() const { return clocks_.size(); }
  void Clear();

 private:
  std::vector<OutputClock> clocks_;
};

}  // namespace mgmd::bench

#endif  // MGMD_TESTS_BENCH_PACED_SOURCE_H_
