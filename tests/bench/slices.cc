#include <rte_cycles.h>
#include <rte_lcore.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "tests/bench/rig.h"

namespace mgmd::bench {
namespace {

using dataplane::Worker;

Slice Difference(const dataplane::WorkerStats& stats, const Slice& before) {
  Slice slice;
  const auto since = [](const dataplane::Counter& counter, uint64_t then) { return dataplane::Get(counter) - then; };
  slice.packets = since(stats.packets, before.packets);
  slice.copies = since(stats.copies, before.copies);
  slice.bursts = since(stats.bursts, before.bursts);
  slice.turns = since(stats.turns, before.turns);
  slice.idle_turns = since(stats.idle_turns, before.idle_turns);
  slice.idle_cycles = since(stats.idle_cycles, before.idle_cycles);
  for (const auto& drop : stats.drops) slice.drops += dataplane::Get(drop);
  slice.drops -= before.drops;
  for (size_t stage = 0; stage < slice.stages.size(); ++stage) {
    slice.stages[stage] = since(stats.cycles[stage], before.stages[stage]);
  }
  return slice;
}

// What one worker's lcore is given, and what it gives back.
struct Lane {
  Forwarding what;
  Worker* worker;
  dataplane::Epoch* epoch;
  dataplane::ReaderId reader;
  uint64_t cycles;
  Floor floor;
  FloorResult result;
  uint64_t mark_every;  // 0: no marks
  std::vector<Mark> marks;
  const dataplane::InterfaceLine* watched;  // nullptr: none is watched
  uint64_t stopped;                         // 0: the stamp has not changed
};

int RunLane(void* argument) {
  Lane& lane = *static_cast<Lane*>(argument);
  if (lane.what != Forwarding::kMgmd) {
    lane.result = RunFloor(&lane.floor, lane.cycles);
    return 0;
  }
  lane.epoch->Online(lane.reader);
  const uint64_t begin = rte_rdtsc();
  uint64_t next_mark = lane.mark_every;
  const uint32_t stamp = lane.watched != nullptr ? lane.watched->load_gate().stamp() : 0;
  do {
    lane.worker->Turn();
    // Turns that begin from here on know the new stamp.
    if (lane.watched != nullptr && lane.stopped == 0 && lane.watched->load_gate().stamp() != stamp)
      lane.stopped = rte_rdtsc();
    lane.result.cycles = rte_rdtsc() - begin;
    if (lane.mark_every != 0 && lane.result.cycles >= next_mark) {
      lane.marks.push_back({begin + lane.result.cycles, dataplane::Get(lane.worker->stats().packets)});
      next_mark = lane.result.cycles + lane.mark_every;
    }
  } while (lane.result.cycles < lane.cycles);
  lane.epoch->Offline(lane.reader);
  return 0;
}

}  // namespace

Slice& Slice::operator+=(const Slice& other) {
  seconds += other.seconds;
  packets += other.packets;
  copies += other.copies;
  drops += other.drops;
  cycles += other.cycles;
  bursts += other.bursts;
  turns += other.turns;
  idle_turns += other.idle_turns;
  idle_cycles += other.idle_cycles;
  for (size_t stage = 0; stage < stages.size(); ++stage) stages[stage] += other.stages[stage];
  return *this;
}

Slice Rig::Run(Forwarding what, double seconds, const std::function<void()>& control, bool marks,
               InterfaceSlot watched) {
  const auto hz = static_cast<double>(rte_get_tsc_hz());
  std::vector<Lane> lanes;
  std::vector<Slice> before;
  for (uint16_t i = 0; i < options_.workers; ++i) {
    Lane lane{.what = what,
              .worker = workers_[i].get(),
              .epoch = epoch_.get(),
              .reader = dataplane::ReaderId{i},
              .cycles = static_cast<uint64_t>(seconds * hz),
              .floor = {},
              .result = {},
              .mark_every = marks ? static_cast<uint64_t>(hz / 1000) : 0,
              .marks = {},
              .watched = watched == kNoSlot ? nullptr : &interfaces_.line(Value(watched)),
              .stopped = 0};
    if (marks) lane.marks.reserve(static_cast<size_t>(seconds * 1000) + 2);
    lane.floor.input = inputs_[i].id;
    lane.floor.queue = i;
    lane.floor.fanout = static_cast<uint16_t>(
        std::min<size_t>({options_.fanout, outputs_.size(), static_cast<size_t>(kFloorMaxOutputs)}));
    lane.floor.share = what == Forwarding::kFloorShare;
    lane.floor.ipv6 = options_.traffic == Traffic::kIpv6;
    lane.floor.pool = what == Forwarding::kFloorShare ? header_pool_ : copy_pool_;
    for (size_t n = 0; n < lane.floor.fanout; ++n) {
      lane.floor.outputs[n] = outputs_[n].id;
      std::memcpy(lane.floor.addresses[n].addr_bytes, outputs_[n].mac.data(), RTE_ETHER_ADDR_LEN);
    }
    lanes.push_back(std::move(lane));
    before.push_back(Difference(workers_[i]->stats(), {}));
  }
  for (size_t i = 0; i < lanes.size(); ++i) rte_eal_remote_launch(RunLane, &lanes[i], lcores_[i]);
  const auto running = [this] {
    return std::any_of(lcores_.begin(), lcores_.end(),
                       [](unsigned lcore) { return rte_eal_get_lcore_state(lcore) == RUNNING; });
  };
  while (running()) {
    if (control) {
      control();
    } else {
      // An idle control core, as in a router whose routes stand still: a spinning one costs the workers something.
      usleep(200);
    }
  }
  rte_eal_mp_wait_lcore();

  Slice sum;
  for (size_t i = 0; i < lanes.size(); ++i) {
    Slice slice = Difference(workers_[i]->stats(), before[i]);
    if (what != Forwarding::kMgmd) {
      slice.packets = lanes[i].result.packets;
      slice.copies = lanes[i].result.copies;
    }
    // 0 if any of them never saw it.
    sum.stopped = i > 0 && std::min(sum.stopped, lanes[i].stopped) == 0 ? 0 : std::max(sum.stopped, lanes[i].stopped);
    slice.cycles = lanes[i].result.cycles / lanes.size();
    sum += slice;
  }
  sum.marks = std::move(lanes[0].marks);
  sum.seconds = static_cast<double>(sum.cycles) / hz;
  return sum;
}

}  // namespace mgmd::bench
