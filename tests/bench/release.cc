#include <rte_cycles.h>
#include <rte_pause.h>

#include <algorithm>
#include <array>
#include <type_traits>

#include "control/api/events.h"
#include "control/mgm/group_manager.h"
#include "control/mgm/system_clock.h"
#include "control/plane/eal.h"
#include "tests/bench/manager_streams.h"
#include "tests/bench/modes.h"
#include "tests/bench/samples.h"

namespace mgmd::bench {
namespace {

template <class Family>
constexpr InterfaceIdOf<Family> kReleased{50000, {}};
template <class Family>
constexpr InterfaceIdOf<Family> kStays{50001, {}};

template <class Family>
FibKey<Family> MfeKey(uint32_t index) {
  return StreamKey<Family>(ManagerKey(index));
}

// Packets/s from mark to mark, about a millisecond each, between two moments.
std::vector<double> Rates(const std::vector<Mark>& marks, uint64_t from, uint64_t to) {
  std::vector<double> rates;
  for (size_t i = 0; i + 1 < marks.size(); ++i) {
    const Mark& begin = marks[i];
    const Mark& end = marks[i + 1];
    if (begin.tsc < from || end.tsc > to) continue;
    rates.push_back(static_cast<double>(end.packets - begin.packets) / static_cast<double>(end.tsc - begin.tsc) *
                    static_cast<double>(rte_get_tsc_hz()));
  }
  return rates;
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

}  // namespace

template <class Family>
Json MeasureRelease(const RigOptions& options, uint32_t mfes, ReleasedAs as, const std::string& events_file) {
  RigOptions with_room = options;
  with_room.max_entries = options.entries + mfes + 1024;
  Rig rig(with_room);
  const InterfaceIdOf<Family> iif = as == ReleasedAs::kIif ? kReleased<Family> : kStays<Family>;
  const StaticRib<Family> rib = RoutesToManagerSources<Family>(iif);
  mgm::SystemClock clock;
  mgm::Options mgm_options;
  mgm_options.max_mfes = mfes + 1024;
  auto events = api::Events::Open(events_file, config::Config());
  Require(events.status());
  if ((*events)->writer() != nullptr) plane::KeepOffWorkers((*events)->writer()->thread());
  mgm::GroupManager<Family> manager(rig.forwarder<Family>(), rib, clock, mgm_options,
                                    events_file.empty() ? nullptr : (*events)->observers().template of<Family>());
  const auto client =
      manager.Register({.protocol = 1, .component = 1}, std::make_unique<mgm::ClientCallbacksOf<Family>>());
  Require(client.status());
  for (const auto& interface : {kReleased<Family>, kStays<Family>}) Require(manager.TakeInterface(*client, interface));
  for (uint32_t n = 0; n < options.fanout; ++n) Require(manager.TakeInterface(*client, Rig::OifId<Family>(n)));
  // Taking an interface bumped its stamp: the streams that stay are made anew.
  FibBatch<Family> streams;
  for (uint32_t index = 0; index < options.entries; ++index) rig.AddEntry(streams, index);
  rig.Apply(streams);

  const mgm::MembershipFlags join{.join = true, .forward = false, .proactive = false};
  const std::array<uint8_t, std::is_same_v<Family, Ipv4> ? kIpv4Octets : kIpv6Octets> header{};
  const uint64_t filling = rte_rdtsc();
  for (uint32_t group = 0; group < std::min(mfes, kManagerGroups); ++group) {
    const auto any_source = FibKey<Family>::AnySource(MfeKey<Family>(group).group());
    for (uint32_t n = 0; n < options.fanout; ++n)
      Require(manager.AddMembership(*client, any_source, Rig::OifId<Family>(n), join));
    if (as == ReleasedAs::kOif) Require(manager.AddMembership(*client, any_source, kReleased<Family>, join));
  }
  for (uint32_t index = 0; index < mfes; ++index) {
    Require(manager.NewPacket(MfeKey<Family>(index), iif, header));
    if (index % 1024 == 0) rig.forwarder<Family>().Poll();
  }
  rig.KeepHouse<Family>();
  const auto hz = static_cast<double>(rte_get_tsc_hz());
  const double fill_seconds = static_cast<double>(rte_rdtsc() - filling) / hz;
  const size_t made = manager.mfe_count();
  // What the making had to tell is written before the release is measured.
  while ((*events)->writer() != nullptr && (*events)->writer()->waiting() != 0) {
    timespec pause{0, 1'000'000};
    nanosleep(&pause, nullptr);
  }

  // One slice: a second of quiet, a second of a busy control, the release, and the rest.
  enum class Phase { kQuiet, kBusy, kReleasing, kReclaiming, kDone } phase = Phase::kQuiet;
  uint64_t begin = 0, busy = 0, release = 0, returned = 0, reclaimed = 0;
  const auto control = [&] {
    const uint64_t now = rte_rdtsc();
    if (begin == 0) begin = now;
    const double elapsed = static_cast<double>(now - begin) / hz;
    switch (phase) {
      case Phase::kQuiet:
        if (elapsed < 1) {
          timespec pause{0, 1'000'000};
          nanosleep(&pause, nullptr);
          return;
        }
        busy = now;
        phase = Phase::kBusy;
        return;
      case Phase::kBusy:
        rte_pause();
        if (elapsed >= 2) phase = Phase::kReleasing;
        return;
      case Phase::kReleasing:
        release = rte_rdtsc();
        Require(manager.ReleaseInterface(*client, kReleased<Family>));
        returned = rte_rdtsc();
        phase = Phase::kReclaiming;
        return;
      case Phase::kReclaiming:
        if (rig.forwarder<Family>().Poll() || rig.fib<Family>().retired() != 0) return;
        reclaimed = rte_rdtsc();
        phase = Phase::kDone;
        return;
      case Phase::kDone:
        rte_pause();
    }
  };
  const Slice slice =
      rig.Run(Forwarding::kMgmd, 4, control, /*marks=*/true, rig.forwarder<Family>().Slot(kReleased<Family>));

  Json steps = Json::array();
  if (!manager.traces().empty()) {
    for (const auto& step : manager.traces().front()->steps) {
      steps.push_back({{"step", step.name}, {"us", step.duration.count()}, {"count", step.count}});
    }
  }
  const double quiet = Median(Rates(slice.marks, begin, busy));
  const double spinning = Median(Rates(slice.marks, busy, release));
  const std::vector<double> during = Rates(slice.marks, release, reclaimed != 0 ? reclaimed : UINT64_MAX);
  const auto ms = [hz](uint64_t from, uint64_t to) { return to == 0 ? -1 : static_cast<double>(to - from) / hz * 1e3; };
  const uint64_t closing = rte_rdtsc();
  (*events)->Close(std::chrono::minutes(1));
  const double written_ms = ms(closing, rte_rdtsc());
  return {
      {"released_as", as == ReleasedAs::kIif ? "iif" : "oif"},
      {"mfes", made},
      {"mfes_left", manager.mfe_count()},
      {"events", events_file},
      {"events_written_later_ms", written_ms},
      {"fill_seconds", fill_seconds},
      {"stopped_us", ms(release, slice.stopped) * 1e3},
      {"return_ms", ms(release, returned)},
      {"reclaimed_ms", ms(release, reclaimed)},
      {"steps", steps},
      {"input_mpps_quiet", quiet / 1e6},
      {"input_mpps_busy_control", spinning / 1e6},
      {"input_mpps_releasing", Median(during) / 1e6},
      {"input_mpps_releasing_lowest_ms", (during.empty() ? 0 : *std::min_element(during.begin(), during.end())) / 1e6},
      {"dip", quiet == 0 ? 0 : 1 - Median(during) / quiet},
      {"dip_to_busy_control", spinning == 0 ? 0 : 1 - Median(during) / spinning},
      {"windows", during.size()},
      {"lost_copies", slice.packets * options.fanout - slice.copies}};
}

template Json MeasureRelease<Ipv4>(const RigOptions&, uint32_t, ReleasedAs, const std::string&);
template Json MeasureRelease<Ipv6>(const RigOptions&, uint32_t, ReleasedAs, const std::string&);

}  // namespace mgmd::bench
