// The tests of RFC 3918 that one machine can carry: source, forwarder and clocks are on the
// worker's core, devices are virtual. Prints one JSON object.
//
//   rfc3918_bench --size 60 --outputs 4
//
// What is loss here: a packet that found the source's queue of 1,024 full, or a copy that did not
// pass its output's clock. Joins and leaves go through the Group Manager, as a routing protocol's
// would.

#include <rte_cycles.h>
#include <rte_pause.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "control/mgm/group_manager.h"
#include "control/mgm/system_clock.h"
#include "control/rib/static_rib.h"
#include "tests/bench/paced_source.h"
#include "tests/bench/samples.h"

namespace mgmd::bench {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  RigOptions rig;
  double trial = 1;           // seconds
  uint32_t groups = 1000000;  // the group capacity that is tried
  int joins = 20;             // repetitions of each delay
};

double Microseconds(uint64_t cycles) {
  return static_cast<double>(cycles) / static_cast<double>(rte_get_tsc_hz()) * 1e6;
}

class Tests {
 public:
  explicit Tests(const Options& options)
      : options_(options), rig_(options.rig), source_(rig_, options.rig.entries), clocks_(rig_) {}

  // 4.3. (N, t): t is what the source sends. Also the rate that the later tests are run at.
  Json AggregatedThroughput() {
    Trial(0);  // warm
    double low = 0, high = 1.1 * Trial(0).rate;
    for (int step = 0; step < kSteps; ++step) {
      const double rate = (low + high) / 2;
      (Trial(rate).lossless ? low : high) = rate;
    }
    throughput_ = low;
    return {
        {"N", outputs()}, {"t_fps", low}, {"copies_per_second", low * outputs()}, {"search", "bisection, 8 trials"}};
  }

  // 5.1 and 5.2. The set M has a latency for each egress; here each is the median of all copies of
  // the trial.
  Json Latency() {
    const Result trial = Trial(0.9 * throughput_);
    Json latencies = Json::array();
    std::vector<double> medians;
    for (size_t output = 0; output < clocks_.size(); ++output) {
      const Histogram& histogram = clocks_[output].since_due;
      medians.push_back(Microseconds(histogram.Quantile(0.5)));
      latencies.push_back({{"p50_us", medians.back()},
                           {"p99_us", Microseconds(histogram.Quantile(0.99))},
                           {"max_us", Microseconds(histogram.high())}});
    }
    const auto [low, high] = std::minmax_element(medians.begin(), medians.end());
    return {{"load", "90 % of t"},
            {"lossless", trial.lossless},
            {"per_egress", latencies},
            {"max_minus_min_us", *high - *low}};
  }

  // 4.2. Forwarding rate by number of groups, in steps of ten times.
  Json ScaledGroupForwarding() {
    Json matrix = Json::array();
    uint32_t made = options_.rig.entries;
    for (uint32_t groups = 10; groups <= options_.groups; groups *= 10) {
      AddGroups(made, groups);
      made = std::max(made, groups);
      source_.SetGroups(groups);
      const Result trial = Trial(0);
      matrix.push_back({{"groups", groups}, {"tx", trial.sent}, {"rx", trial.copies}, {"rate_fps", trial.rate}});
    }
    return matrix;
  }

  // 7.1. Every group once, in turn; a group counts if a copy of its packet passed every egress.
  // After ScaledGroupForwarding(), which made the groups.
  Json GroupCapacity() {
    std::vector<uint64_t> before(options_.groups);
    for (uint32_t index = 0; index < options_.groups; ++index) before[index] = Forwarded(index);
    source_.SetGroups(options_.groups);
    source_.SendInTurn();
    clocks_.Clear();
    source_.Start(throughput_ / 2, options_.groups);
    rig_.Run(Forwarding::kMgmd, 2 * options_.groups / throughput_ + 0.2);
    uint64_t rx = 0, passed = 0;
    for (size_t output = 0; output < clocks_.size(); ++output) rx += clocks_[output].copies;
    for (uint32_t index = 0; index < options_.groups; ++index) passed += Forwarded(index) == before[index] + 1;
    return {{"groups_tried", options_.groups}, {"groups_passed", passed}, {"tx", source_.sent()}, {"rx", rx}};
  }

 private:
  static constexpr int kSteps = 8;

  struct Result {
    bool lossless;
    double rate;  // packets/s that were forwarded
    uint64_t sent;
    uint64_t copies;
  };

  size_t outputs() const { return rig_.outputs().size(); }

  Result Trial(double rate) {
    clocks_.Clear();
    source_.Start(rate);
    const Slice slice = rig_.Run(Forwarding::kMgmd, options_.trial);
    uint64_t copies = 0;
    for (size_t output = 0; output < clocks_.size(); ++output) copies += clocks_[output].copies;
    return {.lossless = source_.lost() == 0 && slice.drops == 0 && copies == source_.sent() * outputs(),
            .rate = slice.packet_rate(),
            .sent = source_.sent(),
            .copies = copies};
  }

  void AddGroups(uint32_t from, uint32_t to) {
    FibBatch<Ipv4> batch;
    for (uint32_t index = from; index < to; ++index) {
      rig_.AddEntry(batch, index);
      if (batch.changes.size() < 65536 && index + 1 < to) continue;
      rig_.Apply(batch);
      batch.Clear();
      rig_.KeepHouse();
    }
  }

  // Packets of the group that went out on every egress.
  uint64_t Forwarded(uint32_t index) {
    const uint32_t counter = rig_.fib().Find(Rig::Key(index));
    const dataplane::CounterLine& line = rig_.worker(0).counters<Ipv4>().line(counter);
    return dataplane::Get(line.exceptions) == 0 ? dataplane::Get(line.packets) : 0;
  }

  const Options& options_;
  Rig rig_;
  PacedSource source_;
  OutputClocks clocks_;
  double throughput_ = 0;
};

// 6.1 and 6.2, with packets of one group arriving all the time. Method A: nobody has joined the
// group. Method B: it is forwarded to another egress already. Delays are from the call of the Group
// Manager to the first (the last) copy at the egress; with traffic at 1/interval, a join's delay
// includes half an interval on average.
class Delays {
 public:
  explicit Delays(const Options& options)
      : options_(options),
        rig_(options.rig),
        source_(rig_, 1),
        clocks_(rig_),
        manager_(rig_.forwarder(), Rib(rib_), clock_, {}) {
    const auto client = manager_.Register({.protocol = 1, .component = 1}, std::make_unique<mgm::ClientCallbacks>());
    Require(client.status());
    client_ = *client;
    Require(manager_.TakeInterface(client_, Rig::ArrivalId()));
    for (uint32_t n = 0; n < rig_.oif_count(); ++n) Require(manager_.TakeInterface(client_, Rig::OifId(n)));
    FibBatch<Ipv4> batch;  // the rig's own entry
    batch.Delete(Rig::Key(0));
    rig_.Apply(batch);
  }

  Json Measure(double rate, bool method_b) {
    Samples join, leave;
    for (int repetition = 0; repetition < options_.joins; ++repetition) {
      source_.Start(rate);
      clocks_.Clear();
      enum { kStarting, kJoining, kForwarding, kLeaving, kDone } phase = kStarting;
      uint64_t joined = 0, left = 0, since = 0;
      if (method_b) Require(manager_.AddMembership(client_, Rig::Key(0), Rig::OifId(1), kJoin));
      rig_.Run(Forwarding::kMgmd, 0.05, [&] {
        Control();
        const uint64_t now = rte_rdtsc();
        const uint64_t ms = rte_get_tsc_hz() / 1000;
        if (since == 0) since = now;
        if (phase == kStarting && now - since > 10 * ms) {
          joined = rte_rdtsc();
          Require(manager_.AddMembership(client_, Rig::Key(0), Rig::OifId(0), kJoin));
          phase = kJoining;
        } else if (phase == kJoining && clocks_[0].first != 0) {
          phase = kForwarding;
          since = now;
        } else if (phase == kForwarding && now - since > 10 * ms) {
          left = rte_rdtsc();
          Require(manager_.DeleteMembership(client_, Rig::Key(0), Rig::OifId(0), kJoin));
          phase = kLeaving;
        }
      });
      if (phase == kLeaving) {
        join.Add(Microseconds(clocks_[0].first - joined));
        leave.Add(clocks_[0].last > left ? Microseconds(clocks_[0].last - left) : 0);
      } else if (left == 0) {
        Require(manager_.DeleteMembership(client_, Rig::Key(0), Rig::OifId(0), kJoin));
      }
      if (method_b) Require(manager_.DeleteMembership(client_, Rig::Key(0), Rig::OifId(1), kJoin));
      rig_.KeepHouse();
    }
    if (join.empty()) return {{"failed", "no copy came out"}};
    return {{"offered_fps", rate}, {"join_us", join.Json()}, {"leave_us", leave.Json()}};
  }

 private:
  static constexpr mgm::MembershipFlags kJoin{.join = true, .forward = false, .proactive = false};

  static const StaticRib<Ipv4>& Rib(StaticRib<Ipv4>& rib) {
    rib.Add({.prefix = Ipv4Prefix(Ipv4Address(10, 0, 0, 0), 8),
             .interface = Rig::ArrivalId(),
             .upstream_neighbour = {},
             .protocol = 3});
    return rib;
  }

  // One turn of control.
  void Control() {
    Punt<Ipv4> punts[64];
    const size_t count = rig_.forwarder().ReceivePunts(punts);
    if (count > 0) manager_.HandlePunts({punts, count});
    manager_.Poll();
    rig_.forwarder().Poll();
  }

  const Options& options_;
  Rig rig_;
  PacedSource source_;
  OutputClocks clocks_;
  StaticRib<Ipv4> rib_;
  mgm::SystemClock clock_;
  mgm::Ipv4GroupManager manager_;
  mgm::ClientHandle client_{};
};

int Main(int argc, char** argv) {
  Options options;
  std::string what = "forwarding";
  double rate = 1e6;
  CLI::App app("RFC 3918 on virtual devices");
  app.add_option("--tests", what, "forwarding (4.2, 4.3, 5.1, 5.2, 7.1) or delays (6.1, 6.2)")
      ->check(CLI::IsMember({"forwarding", "delays"}));
  app.add_option("--size", options.rig.octets, "octets of a frame, without its check sequence")
      ->check(CLI::Range(60, static_cast<int>(kSourceMaxFrame)));
  app.add_option("--outputs", options.rig.fanout, "egress ports")->check(CLI::Range(1, 31));
  app.add_option("--trial", options.trial, "seconds of a trial");
  app.add_option("--groups", options.groups, "group capacity to try; 0: without 4.2 and 7.1")
      ->check(CLI::Range(0, 1 << 23));
  app.add_option("--joins", options.joins, "repetitions of 6.1 and 6.2")->check(CLI::Range(1, 10000));
  app.add_option("--rate", rate, "packets/s of the group in 6.1 and 6.2");
  CLI11_PARSE(app, argc, argv);
  options.rig.capture = false;
  options.rig.max_entries = options.groups + 1024;

  Json json{{"octets", options.rig.octets}, {"egress_ports", options.rig.fanout}, {"trial_seconds", options.trial}};
  if (what == "delays") {
    options.rig.entries = 1;
    options.rig.fanout = std::max(options.rig.fanout, 2u);
    Delays delays(options);
    json["6.1 and 6.2, method A"] = delays.Measure(rate, false);
    json["6.1 and 6.2, method B"] = delays.Measure(rate, true);
  } else {
    options.rig.entries = 10;
    Tests tests(options);
    json["4.3"] = tests.AggregatedThroughput();
    json["5.1 and 5.2"] = tests.Latency();
    if (options.groups > 0) {
      json["4.2"] = tests.ScaledGroupForwarding();
      json["7.1"] = tests.GroupCapacity();
    }
  }
  std::puts(json.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace mgmd::bench

int main(int argc, char** argv) { return mgmd::bench::Main(argc, argv); }
