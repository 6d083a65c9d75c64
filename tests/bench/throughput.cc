#include <algorithm>

#include "tests/bench/modes.h"
#include "tests/bench/samples.h"

namespace mgmd::bench {

Json StageCycles(const Slice& slice) {
  Json stages;
  for (size_t stage = 0; stage < dataplane::kStages; ++stage) {
    if (slice.stages[stage] == 0) continue;
    const auto cycles = static_cast<double>(slice.stages[stage]);
    stages[dataplane::kStageNames[stage]] = {{"per_packet", cycles / static_cast<double>(slice.packets)},
                                             {"per_copy", cycles / static_cast<double>(slice.copies)}};
  }
  return stages;
}

Json MeasureThroughput(const RigOptions& options, Length length) {
  Rig rig(options);
  Samples input, copies, cycles, ratio, floor_copy, floor_share, floor_cycles;
  Slice total;
  for (const Forwarding what : {Forwarding::kMgmd, Forwarding::kFloorCopy, Forwarding::kFloorShare}) {
    rig.Run(what, length.seconds / 4);
  }
  for (int round = 0; round < length.rounds; ++round) {
    const Slice mgmd = rig.Run(Forwarding::kMgmd, length.seconds);
    const Slice copy = rig.Run(Forwarding::kFloorCopy, length.seconds);
    const Slice share = rig.Run(Forwarding::kFloorShare, length.seconds);
    const auto cycles_of = [&](const Slice& slice) {
      return static_cast<double>(slice.cycles) * options.workers / static_cast<double>(slice.copies);
    };
    input.Add(mgmd.packet_rate() / 1e6);
    copies.Add(mgmd.copy_rate() / 1e6);
    cycles.Add(cycles_of(mgmd));
    floor_copy.Add(copy.copy_rate() / 1e6);
    floor_share.Add(share.copy_rate() / 1e6);
    floor_cycles.Add(std::min(cycles_of(copy), cycles_of(share)));
    // With one copy both modes are the same.
    const double floor = options.fanout == 1 ? (copy.copy_rate() + share.copy_rate()) / 2
                                             : std::max(copy.copy_rate(), share.copy_rate());
    ratio.Add(mgmd.copy_rate() / floor);
    total += mgmd;
  }
  return {{"ratio", ratio.Json()},
          {"input_mpps", input.Json()},
          {"copies_mps", copies.Json()},
          {"cycles_per_copy", cycles.Json()},
          {"floor_copy_mps", floor_copy.Json()},
          {"floor_share_mps", floor_share.Json()},
          {"floor_cycles_per_copy", floor_cycles.Json()},
          {"packets_per_burst", static_cast<double>(total.packets) / static_cast<double>(total.bursts)},
          {"lost_copies", total.packets * options.fanout - total.copies},
          {"drops", total.drops},
          {"stage_cycles", StageCycles(total)}};
}

Json MeasureForward(const RigOptions& options, Length length) {
  Rig rig(options);
  Samples input, copies;
  uint64_t drops = 0;
  for (int round = 0; round < length.rounds; ++round) {
    const Slice slice = rig.Run(Forwarding::kMgmd, length.seconds);
    input.Add(slice.packet_rate() / 1e6);
    copies.Add(slice.copy_rate() / 1e6);
    drops += slice.drops;
  }
  return {{"input_mpps", input.Json()}, {"copies_mps", copies.Json()}, {"drops", drops}};
}

template <class Family>
Json MeasureMemory(const RigOptions& options) {
  Rig rig(options);
  const auto memory = rig.fib<Family>().memory();
  const auto entries = static_cast<double>(options.entries);
  const double counters = sizeof(dataplane::CounterLine);
  return {{"octets_per_mfe", static_cast<double>(memory.total()) / entries + counters},
          {"entry_lines", static_cast<double>(memory.entries) / entries},
          {"tables", static_cast<double>(memory.tables) / entries},
          {"overflow", static_cast<double>(memory.overflow) / entries},
          {"writer", static_cast<double>(memory.writer) / entries},
          {"counters_per_worker", counters},
          {"exception_table_octets", uint64_t{rig.worker(0).exceptions<Family>().capacity()} * 16}};
}

template Json MeasureMemory<Ipv4>(const RigOptions& options);
template Json MeasureMemory<Ipv6>(const RigOptions& options);

}  // namespace mgmd::bench
