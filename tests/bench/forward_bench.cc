// mgmd's dataplane against the floor: the throughput of real workers with every check and counter on, in slices that
// alternate with slices of the floor (floor.h) on the same ports. Prints one JSON object.
//
//   forward_bench --entries 1000 --fanout 4 --oifs same --size 60
//
// `ratio` is mgmd's copies/s over those of the floor's better mode in the same round.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/bench/rig.h"
#include "tests/bench/samples.h"

namespace mgmd::bench {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  RigOptions rig;
  double seconds = 0.5;
  int rounds = 5;
};

void AddStages(Json& json, const Slice& slice) {
  Json stages;
  for (size_t stage = 0; stage < dataplane::kStages; ++stage) {
    if (slice.stages[stage] == 0) continue;
    const auto cycles = static_cast<double>(slice.stages[stage]);
    stages[dataplane::kStageNames[stage]] = {{"per_packet", cycles / static_cast<double>(slice.packets)},
                                             {"per_copy", cycles / static_cast<double>(slice.copies)}};
  }
  json["stage_cycles"] = stages;
}

Json Throughput(const Options& options) {
  Rig rig(options.rig);
  Samples input, copies, cycles, ratio, floor_copy, floor_share, floor_input;
  Slice total;
  for (const Forwarding what : {Forwarding::kMgmd, Forwarding::kFloorCopy, Forwarding::kFloorShare}) {
    rig.Run(what, options.seconds / 4);
  }
  for (int round = 0; round < options.rounds; ++round) {
    const Slice mgmd = rig.Run(Forwarding::kMgmd, options.seconds);
    const Slice copy = rig.Run(Forwarding::kFloorCopy, options.seconds);
    const Slice share = rig.Run(Forwarding::kFloorShare, options.seconds);
    input.Add(mgmd.packet_rate() / 1e6);
    copies.Add(mgmd.copy_rate() / 1e6);
    cycles.Add(static_cast<double>(mgmd.cycles) * options.rig.workers / static_cast<double>(mgmd.copies));
    floor_copy.Add(copy.copy_rate() / 1e6);
    floor_share.Add(share.copy_rate() / 1e6);
    floor_input.Add(copy.packet_rate() / 1e6);
    ratio.Add(mgmd.copy_rate() / std::max(copy.copy_rate(), share.copy_rate()));
    total.packets += mgmd.packets;
    total.copies += mgmd.copies;
    total.drops += mgmd.drops;
    total.bursts += mgmd.bursts;
    for (size_t stage = 0; stage < total.stages.size(); ++stage) total.stages[stage] += mgmd.stages[stage];
  }
  Json json;
  json["ratio"] = ratio.Json();
  json["input_mpps"] = input.Json();
  json["copies_mps"] = copies.Json();
  json["cycles_per_copy"] = cycles.Json();
  json["floor_copy_mps"] = floor_copy.Json();
  json["floor_share_mps"] = floor_share.Json();
  json["floor_input_mpps"] = floor_input.Json();
  json["packets_per_burst"] = static_cast<double>(total.packets) / static_cast<double>(total.bursts);
  json["lost_copies"] = total.packets * options.rig.fanout - total.copies;
  json["drops"] = total.drops;
  AddStages(json, total);
  return json;
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("mgmd's dataplane against the floor");
  app.add_option("--entries", options.rig.entries, "FIB entries, hit at random")->check(CLI::Range(1, 1 << 23));
  app.add_option("--fanout", options.rig.fanout, "outgoing interfaces of an entry")->check(CLI::Range(1, 1024));
  app.add_option("--size", options.rig.octets, "octets of a frame, without its check sequence")
      ->check(CLI::Range(60, static_cast<int>(kSourceMaxFrame)));
  app.add_option("--oifs", options.rig.random_oifs, "the same for all entries, or drawn at random")
      ->transform(CLI::CheckedTransformer(std::map<std::string, bool>{{"same", false}, {"random", true}}));
  app.add_option("--mode", options.rig.mode, "how copies are made")
      ->transform(CLI::CheckedTransformer(std::map<std::string, CopyMode>{
          {"copy", CopyMode::kCopy}, {"share", CopyMode::kShare}, {"auto", CopyMode::kAuto}}));
  app.add_option("--workers", options.rig.workers, "lcores that forward, from 1 on");
  app.add_option("--ports", options.rig.ports, "PCI addresses, one input for each worker first, then the outputs");
  app.add_option("--seconds", options.seconds, "of a slice");
  app.add_option("--rounds", options.rounds)->check(CLI::Range(1, 1000));
  CLI11_PARSE(app, argc, argv);

  Json json{{"benchmark", "throughput"},
            {"entries", options.rig.entries},
            {"fanout", options.rig.fanout},
            {"oifs", options.rig.random_oifs ? "random" : "same"},
            {"octets", options.rig.octets},
            {"mode", options.rig.mode == CopyMode::kCopy ? "copy" : options.rig.mode == CopyMode::kShare ? "share" : "auto"},
            {"workers", options.rig.workers}};
  json.update(Throughput(options));
  std::puts(json.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace mgmd::bench

int main(int argc, char** argv) { return mgmd::bench::Main(argc, argv); }
