#include <rte_cycles.h>
#include <rte_pause.h>

#include <algorithm>

#include "tests/bench/modes.h"
#include "tests/bench/samples.h"

namespace mgmd::bench {
namespace {

// Keys that the writer has: it makes and deletes them in turn, so that about half of them are
// there.
constexpr uint32_t kOwnKeys = 1 << 18;
constexpr uint32_t kBatchChanges = 512;

// Makes changes at a rate, on the control thread.
class Writer {
 public:
  Writer(Rig& rig, double rate) : rig_(rig), rate_(rate) {}

  void Begin() {
    begin_ = rte_rdtsc();
    done_ = 0;
  }

  // As many changes as are due.
  void Turn() {
    const double elapsed = static_cast<double>(rte_rdtsc() - begin_) / static_cast<double>(rte_get_tsc_hz());
    const auto due = rate_ == 0 ? done_ + kBatchChanges : static_cast<uint64_t>(elapsed * rate_);
    // Small batches at small rates, so that changes come evenly.
    if (due < done_ + std::min<uint64_t>(kBatchChanges, static_cast<uint64_t>(rate_ / 10000) + 1)) {
      rig_.forwarder().Poll();
      rte_pause();
      return;
    }
    batch_.Clear();
    const auto count = static_cast<uint32_t>(std::min<uint64_t>(due - done_, kBatchChanges));
    for (uint32_t n = 0; n < count; ++n, ++next_) {
      // The k-th upsert is followed by the delete of what was made half a round of the keys before.
      const uint32_t turn = next_ / 2;
      const uint32_t first = rig_.options().entries;
      if (next_ % 2 == 0) {
        rig_.AddEntry(batch_, first + turn % kOwnKeys);
      } else {
        batch_.Delete(Rig::Key(first + (turn + kOwnKeys / 2) % kOwnKeys));
      }
    }
    const ApplyResult result = rig_.forwarder().Apply(batch_);
    refused_ += result.refused.size();
    rig_.forwarder().Poll();
    done_ += count;
  }

  uint64_t done() const { return done_; }
  uint64_t refused() const { return refused_; }

 private:
  Rig& rig_;
  const double rate_;
  FibBatch<Ipv4> batch_;
  uint64_t begin_ = 0;
  uint64_t done_ = 0;
  uint64_t refused_ = 0;
  uint32_t next_ = 0;
};

}  // namespace

Json MeasureWriter(const RigOptions& options, Length length, double rate) {
  RigOptions with_room = options;
  with_room.max_entries = options.entries + kOwnKeys + 1024;
  Rig rig(with_room);
  Writer writer(rig, rate);
  const auto off = [&] { return rig.Run(Forwarding::kMgmd, length.seconds).packet_rate(); };
  // Warms the FIB's memory: every key of the writer once.
  writer.Begin();
  for (int i = 0; i < 2; ++i) rig.Run(Forwarding::kMgmd, length.seconds, [&] { writer.Turn(); });

  Samples idle, busy, on, cost_to_idle, cost_to_busy, changes, noise;
  double before = off();
  for (int round = 0; round < length.rounds; ++round) {
    writer.Begin();
    const Slice written = rig.Run(Forwarding::kMgmd, length.seconds, [&] { writer.Turn(); });
    changes.Add(static_cast<double>(writer.done()) / written.seconds);
    rig.KeepHouse();
    const double spinning = rig.Run(Forwarding::kMgmd, length.seconds, [] { rte_pause(); }).packet_rate();
    const double after = off();
    on.Add(written.packet_rate() / 1e6);
    idle.Add(after / 1e6);
    busy.Add(spinning / 1e6);
    cost_to_idle.Add(1 - written.packet_rate() / ((before + after) / 2));
    cost_to_busy.Add(1 - written.packet_rate() / spinning);
    noise.Add(after / before - 1);
    before = after;
  }
  return {{"rate_asked", rate},
          {"changes_per_second", changes.Json()},
          {"refused", writer.refused()},
          {"input_mpps_idle", idle.Json()},
          {"input_mpps_busy_control", busy.Json()},
          {"input_mpps_writing", on.Json()},
          {"cost", cost_to_idle.Json()},
          {"cost_to_busy_control", cost_to_busy.Json()},
          {"noise", noise.Json()}};
}

}  // namespace mgmd::bench
