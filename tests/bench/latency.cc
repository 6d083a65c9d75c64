#include <rte_cycles.h>

#include "tests/bench/modes.h"
#include "tests/bench/paced_source.h"
#include "tests/bench/samples.h"

namespace mgmd::bench {
namespace {

struct Quantile {
  const char* name;
  double share;
};
constexpr Quantile kQuantiles[] = {{"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}};

double Microseconds(uint64_t cycles) {
  return static_cast<double>(cycles) / static_cast<double>(rte_get_tsc_hz()) * 1e6;
}

// Latencies of all outputs at one load, medians over the rounds.
Json AtLoad(Rig& rig, PacedSource& source, OutputClocks& clocks, double rate, Length length) {
  std::array<Samples, std::size(kQuantiles)> handed_over, due;
  uint64_t lost = 0, copies = 0;
  for (int round = 0; round < length.rounds; ++round) {
    clocks.Clear();
    source.Start(rate);
    rig.Run(Forwarding::kMgmd, length.seconds);
    lost += source.lost();
    // One output's clock speaks for all: the last, whose copies wait longest.
    const OutputClock& clock = clocks[clocks.size() - 1];
    copies += clock.copies;
    for (size_t i = 0; i < std::size(kQuantiles); ++i) {
      handed_over[i].Add(Microseconds(clock.since_handed_over.Quantile(kQuantiles[i].share)));
      due[i].Add(Microseconds(clock.since_due.Quantile(kQuantiles[i].share)));
    }
  }
  Json json{{"rate_pps", rate}, {"lost_at_source", lost}, {"copies_seen", copies}};
  for (size_t i = 0; i < std::size(kQuantiles); ++i) {
    json["us_from_rx"][kQuantiles[i].name] = handed_over[i].Json();
    json["us_from_arrival"][kQuantiles[i].name] = due[i].Json();
  }
  return json;
}

}  // namespace

Json MeasureLatency(const RigOptions& options, Length length) {
  RigOptions paced = options;
  paced.capture = false;
  paced.workers = 1;
  Rig rig(paced);
  OutputClocks clocks(rig);
  PacedSource source(rig, options.entries);
  source.Start(0);
  rig.Run(Forwarding::kMgmd, length.seconds / 4);
  Samples capacity;
  for (int round = 0; round < length.rounds; ++round) {
    source.Start(0);
    capacity.Add(rig.Run(Forwarding::kMgmd, length.seconds / 2).packet_rate());
  }
  return {{"capacity_pps", capacity.Json()},
          {"unloaded", AtLoad(rig, source, clocks, 10000, length)},
          {"load_90_percent", AtLoad(rig, source, clocks, 0.9 * capacity.median(), length)}};
}

}  // namespace mgmd::bench
