// mgmd's dataplane, with every check and counter on, between virtual or real ports. Prints one JSON
// object.
//
//   forward_bench --entries 1000 --fanout 4 --oifs random
//       throughput, against the floor on the same ports
//   forward_bench --measure families --fanout 4
//       IPv6 beside IPv4, and bursts of both
//   forward_bench --measure forward --devices "..."
//       throughput with packets of somebody else's
//   forward_bench --measure writer --entries 1000000 --rate 1e6
//       what changes of the FIB cost the worker
//   forward_bench --measure release --mfes 1000000
//       an interface is released while streams flow
//   forward_bench --measure streams --mfes 1000000 --rate 0 --seconds 4
//       streams begin, and are decided by their first packets
//   forward_bench --measure latency --fanout 4
//       unloaded, and at 90 % load
//   forward_bench --measure memory --entries 1000000 --fanout 4
//
// With --family ipv6 throughput, release, streams and memory are those of IPv6. modes.h says what each figure means.
// docs/benchmarks.md is the manual.

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <map>
#include <string>

#include "tests/bench/modes.h"

namespace mgmd::bench {
namespace {

struct Options {
  std::string measure = "throughput";
  RigOptions rig;
  Length length;
  double rate = 1e6;
  uint32_t mfes = 1000000;
  ReleasedAs released_as = ReleasedAs::kIif;
  std::string events;
};

bool OfIpv6(const Options& options) { return options.rig.traffic == Traffic::kIpv6; }

const std::map<std::string, std::function<Json(const Options&)>>& Measures() {
  static const std::map<std::string, std::function<Json(const Options&)>> measures = {
      {"throughput", [](const Options& options) { return MeasureThroughput(options.rig, options.length); }},
      {"families", [](const Options& options) { return MeasureFamilies(options.rig, options.length); }},
      {"forward", [](const Options& options) { return MeasureForward(options.rig, options.length); }},
      {"writer", [](const Options& options) { return MeasureWriter(options.rig, options.length, options.rate); }},
      {"release",
       [](const Options& options) {
         const auto measure = OfIpv6(options) ? MeasureRelease<Ipv6> : MeasureRelease<Ipv4>;
         return measure(options.rig, options.mfes, options.released_as, options.events);
       }},
      {"streams",
       [](const Options& options) {
         const auto measure = OfIpv6(options) ? MeasureNewStreams<Ipv6> : MeasureNewStreams<Ipv4>;
         return measure(options.rig, options.length, options.mfes, options.rate);
       }},
      {"latency", [](const Options& options) { return MeasureLatency(options.rig, options.length); }},
      {"memory",
       [](const Options& options) {
         return OfIpv6(options) ? MeasureMemory<Ipv6>(options.rig) : MeasureMemory<Ipv4>(options.rig);
       }},
  };
  return measures;
}

std::map<std::string, InstructionSet> Supported() {
  std::map<std::string, InstructionSet> sets;
  for (const InstructionSet set : kInstructionSets) {
    if (mgmd::Supported(set)) sets.emplace(Name(set), set);
  }
  return sets;
}

const std::map<std::string, CopyMode> kModes = {
    {"copy", CopyMode::kCopy}, {"share", CopyMode::kShare}, {"auto", CopyMode::kAuto}};

const std::map<std::string, Traffic> kFamilies = {{"ipv4", Traffic::kIpv4}, {"ipv6", Traffic::kIpv6}};

int Main(int argc, char** argv) {
  Options options;
  RigOptions& rig = options.rig;
  std::string mode = "copy", oifs = "same";
  CLI::App app("mgmd's dataplane, measured");
  app.add_option("--measure", options.measure, "what to measure")
      ->check(
          CLI::IsMember({"throughput", "families", "forward", "writer", "release", "streams", "latency", "memory"}));
  app.add_option("--family", rig.traffic, "throughput, release, streams, memory: of entries and packets")
      ->transform(CLI::CheckedTransformer(kFamilies));
  app.add_option("--entries", rig.entries, "FIB entries, hit at random")->check(CLI::Range(1, 1 << 23));
  app.add_option("--fanout", rig.fanout, "outgoing interfaces of an entry")->check(CLI::Range(1, 1024));
  app.add_option("--size", rig.octets, "octets of a frame, without its check sequence")
      ->check(CLI::Range(60, static_cast<int>(kSourceMaxFrame)));
  app.add_option("--oifs", oifs, "the same for all entries, or drawn at random")
      ->check(CLI::IsMember({"same", "random"}));
  app.add_option("--mode", mode, "how copies are made: copy, share or auto")
      ->check(CLI::IsMember({"copy", "share", "auto"}));
  app.add_option("--workers", rig.workers, "lcores that forward, from 1 on")->check(CLI::Range(1, 31));
  app.add_option("--instructions", rig.instructions, "instruction set of the hot loops; otherwise the best one")
      ->transform(CLI::CheckedTransformer(Supported()));
  app.add_option("--devices", rig.devices,
                 "PCI addresses or virtual devices: an input for each worker, then the outputs");
  app.add_option("--seconds", options.length.seconds, "of a slice");
  app.add_option("--rounds", options.length.rounds)->check(CLI::Range(1, 1000));
  app.add_option("--rate", options.rate, "writer: changes, streams: new ones a second; 0: as many as possible");
  app.add_option("--released-as", options.released_as, "release: what the interface is to the MFEs")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, ReleasedAs>{{"iif", ReleasedAs::kIif}, {"oif", ReleasedAs::kOif}}));
  app.add_option("--events", options.events, "release: a file for mgmd's events of it");
  app.add_option("--mfes", options.mfes, "release: MFEs that have the interface; streams: new ones at most")
      ->check(CLI::Range(1, 1 << 23));
  CLI11_PARSE(app, argc, argv);
  const std::string& measure = options.measure;
  if (OfIpv6(options) && measure != "throughput" && measure != "release" && measure != "streams" &&
      measure != "memory") {
    std::fprintf(stderr, "bench: %s is not measured by family\n", measure.c_str());
    return 1;
  }
  rig.mode = kModes.at(mode);
  rig.capture = rig.devices.empty();
  rig.random_oifs = oifs == "random";

  Json json{{"measure", options.measure},
            {"entries", rig.entries},
            {"family", std::string(OfIpv6(options) ? Ipv6::kWord : Ipv4::kWord)},
            {"fanout", rig.fanout},
            {"oifs", oifs},
            {"octets", rig.octets},
            {"mode", mode},
            {"workers", rig.workers},
            {"instructions", Name(rig.instructions)}};
  json.update(Measures().at(options.measure)(options));
  std::puts(json.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace mgmd::bench

int main(int argc, char** argv) {
  // Standard output is the result's.
  spdlog::set_default_logger(spdlog::stderr_logger_st("forward_bench"));
  return mgmd::bench::Main(argc, argv);
}
