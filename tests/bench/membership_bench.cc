// IGMP and MLD at scale: what control spends on reports, leaves and questions, with the real Group Manager, and how
// soon a report is in the FIB.
//
//   membership_bench [--family ipv4|ipv6] [--case NAME]     JSON on standard output; without a case: all
//
// The forwarder only counts, but for `latency`, which changes a real FIB. membership_control.h says what is left out.

#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "tests/bench/manager_streams.h"
#include "tests/bench/membership_control.h"
#include "tests/bench/rig.h"

namespace mgmd::bench {
namespace {

using Json = nlohmann::ordered_json;
using membership::MessageType;
using membership::RecordType;
using membership::RouterSettings;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using WallClock = std::chrono::steady_clock;

constexpr uint32_t kHosts = 4000;  // of a link
constexpr uint32_t kGroups = 100'000;
constexpr size_t kFramesOfTurn = 256;
// Between two frames, on the benchmark's clock: as fast as an interface takes them.
constexpr microseconds kPause{20};

double Seconds(WallClock::duration duration) { return std::chrono::duration<double>(duration).count(); }
template <class Work>
double Timed(Work work) {
  const auto begin = WallClock::now();
  work();
  return Seconds(WallClock::now() - begin);
}
double Bytes() { return static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd); }

template <class Family>
typename Family::Address Group(uint32_t number) {
  return GroupOf<Family>(0xEF000000u + number);
}
template <class Family>
RouterSettings<Family> Roomy() {
  RouterSettings<Family> settings;
  settings.max_groups = 1'000'000;
  return settings;
}
template <class Family>
struct NoRoutes : RouteTable<Family> {
  std::optional<Route<Family>> Lookup(const typename Family::Address&) const override { return std::nullopt; }
};

// A control of its own with nothing around it.
template <class Family>
struct Scene {
  explicit Scene(const RouterSettings<Family>& settings = Roomy<Family>(), uint32_t interfaces = 1)
      : control(forwarder, routes, interfaces, settings) {}

  // Takes all frames, so many in a turn. Returns the seconds that it took.
  double TakeAll(std::span<const Frame> frames, uint32_t interfaces = 1, size_t of_turn = kFramesOfTurn) {
    return Timed([&] {
      size_t in_turn = 0;
      uint32_t interface = 0;
      for (const Frame& frame : frames) {
        control.now += kPause;
        control.Take(1 + interface++ % interfaces, frame);
        if (++in_turn % of_turn == 0) control.Turn();
      }
      while (!control.is_idle()) control.Turn();
    });
  }
  void MustHave(size_t groups, size_t sources = 0) const {
    if (control.lost == 0 && control.router(1).groups() == groups &&
        (sources == 0 || control.router(1).Find(Group<Family>(0))->group.sources().size() == sources)) {
      return;
    }
    std::fprintf(stderr, "membership_bench: %zu groups, %lu frames lost\n", control.router(1).groups(),
                 static_cast<unsigned long>(control.lost));
    std::exit(1);
  }

  fakes::CountingForwarder<Family> forwarder;
  NoRoutes<Family> routes;
  MembershipControl<Family> control;
};

template <class Family>
std::vector<Frame> OldReports(uint32_t groups) {
  std::vector<Frame> frames;
  for (uint32_t n = 0; n < groups; ++n) {
    frames.push_back(OldFrame<Family>(1 + n % kHosts, MessageType::kReport, Group<Family>(n)));
  }
  return frames;
}

// Reports about the groups from `first` on, each as full as fits. `step`: which group comes after which.
template <class Family>
std::vector<Frame> Reports(RecordType type, uint32_t first, uint32_t groups, uint32_t sources = 0, uint32_t step = 1) {
  std::vector<typename Family::Address> list;
  for (uint32_t n = 0; n < sources; ++n) list.push_back(SourceOf<Family>(0x0A090000u + n));
  const size_t room = membership::MessageRoom<Family>(1500) - membership::kReportHeader;
  const size_t of_record = membership::kRecordHeader<Family> + sources * membership::Protocol<Family>::kAddress;
  const size_t most = std::max<size_t>(room / of_record, 1);
  std::vector<Frame> frames;
  std::vector<membership::Record<Family>> records;
  for (uint32_t n = 0; n < groups; ++n) {
    records.push_back({type, Group<Family>(first + n * step % groups), list});
    if (records.size() < most && n + 1 < groups) continue;
    frames.push_back(ReportFrame<Family>(1 + static_cast<uint32_t>(frames.size()) % kHosts,
                                         std::span<const membership::Record<Family>>(records)));
    records.clear();
  }
  return frames;
}

// 100,000 (*,G) on one interface, by reports of version 2 (MLD 1); then its ownership changes, so that all of it is
// told anew.
template <class Family>
void OldVersions(Json& result) {
  Scene<Family> scene;
  std::vector<Frame> frames = OldReports<Family>(kGroups);
  const double before = Bytes();
  result["v2_joins_per_second"] = kGroups / scene.TakeAll(frames);
  result["bytes_of_control_per_group"] = (Bytes() - before) / kGroups;
  std::shuffle(frames.begin(), frames.end(), std::mt19937(1));
  result["v2_reports_per_second"] = kGroups / scene.TakeAll(frames);
  scene.MustHave(kGroups);

  using Calls = protocols::ManagerCalls<Family>;
  typename mgm::CValues<Family>::Config callbacks{};
  HANDLE owner = nullptr;
  Calls::kRegister(&callbacks, PROTOCOL_ID(PROTO_TYPE_MCAST, 1, 1), 1, &owner);
  double longest = 0;
  result["resync_seconds"] = Timed([&] {
    Calls::kTake(owner, 1, mgm::CValues<Family>::Pass({}));
    while (!scene.control.is_idle()) longest = std::max(longest, Timed([&] { scene.control.Turn(); }));
  });
  result["resync_longest_turn_ms"] = longest * 1e3;
}

// The same by records, and then what a report costs that says what is known.
template <class Family>
void Records(Json& result) {
  Scene<Family> scene;
  std::vector<Frame> frames = Reports<Family>(RecordType::kIsExclude, 0, kGroups);
  result["v3_record_joins_per_second"] = kGroups / scene.TakeAll(frames, 1, 1);
  result["v3_record_refreshes_per_second"] = 5 * kGroups / Timed([&] {
                                               for (int pass = 0; pass < 5; ++pass) scene.TakeAll(frames);
                                             });
  scene.MustHave(kGroups);
}

// A million sources: 100 of each of 10,000 groups.
template <class Family>
void Sources(Json& result) {
  constexpr uint32_t kOfGroup = 100, kSourceGroups = 10'000;
  Scene<Family> scene;
  const std::vector<Frame> frames = Reports<Family>(RecordType::kAllow, 0, kSourceGroups, kOfGroup);
  const double before = Bytes();
  result["source_joins_per_second"] = kOfGroup * kSourceGroups / scene.TakeAll(frames);
  result["bytes_of_control_per_source"] = (Bytes() - before) / (kOfGroup * kSourceGroups);
  result["source_refreshes_per_second"] = kOfGroup * kSourceGroups / scene.TakeAll(frames);
  scene.MustHave(kSourceGroups, kOfGroup);
}

// Joins and leaves that change what is forwarded, in full reports, each in a turn of its own.
template <class Family>
void Changes(Json& result) {
  constexpr uint32_t kChanging = 20'000;
  constexpr int kPasses = 5;
  RouterSettings<Family> settings = Roomy<Family>();
  settings.immediate_leave = membership::ImmediateLeave::kAlways;
  Scene<Family> scene(settings);
  const std::vector<Frame> joins = Reports<Family>(RecordType::kToExclude, 0, kChanging);
  const std::vector<Frame> leaves = Reports<Family>(RecordType::kToInclude, 0, kChanging);
  double joining = 0, leaving = 0;
  for (int pass = 0; pass < kPasses; ++pass) {
    joining += scene.TakeAll(joins, 1, 1);
    scene.MustHave(kChanging);
    leaving += scene.TakeAll(leaves, 1, 1);
    scene.MustHave(0);
  }
  result["changing_joins_per_second"] = kPasses * kChanging / joining;
  result["immediate_leaves_per_second"] = kPasses * kChanging / leaving;
}

// 10,000 groups are left at once, on ten interfaces, and nobody answers.
template <class Family>
void LeaveChecks(Json& result) {
  constexpr uint32_t kChecks = 10'000, kLinks = 10;
  Scene<Family> scene(Roomy<Family>(), kLinks);
  scene.TakeAll(OldReports<Family>(kChecks), kLinks);
  std::vector<Frame> leaves;
  for (uint32_t n = 0; n < kChecks; ++n) {
    leaves.push_back(OldFrame<Family>(1 + n % kHosts, MessageType::kLeave, Group<Family>(n)));
  }
  const auto begin = scene.control.now;
  const uint64_t sent = scene.control.sent;
  double spent = scene.TakeAll(leaves, kLinks), longest = 0;
  const auto left = [&] {
    size_t groups = 0;
    for (uint32_t link = 1; link <= kLinks; ++link) groups += scene.control.router(link).groups();
    return groups;
  };
  while (left() > 0) {
    scene.control.now += milliseconds(1);
    const double turn = Timed([&] {
      scene.control.Tick();
      scene.control.Turn();
    });
    spent += turn;
    longest = std::max(longest, turn);
  }
  result["check_us_of_control"] = spent / kChecks * 1e6;
  result["checks_took_seconds"] = Seconds(scene.control.now - begin);
  result["questions_per_check"] = static_cast<double>(scene.control.sent - sent) / kChecks;
  result["check_longest_turn_ms"] = longest * 1e3;
}

// 4,096 interfaces with 25 groups each.
template <class Family>
void Interfaces(Json& result) {
  constexpr uint32_t kLinks = 4096, kOfLink = 25;
  const double before = Bytes();
  std::unique_ptr<Scene<Family>> scene;
  result["start_of_4096_interfaces_seconds"] =
      Timed([&] { scene = std::make_unique<Scene<Family>>(Roomy<Family>(), kLinks); });
  result["bytes_of_control_per_interface"] = (Bytes() - before) / kLinks;
  const std::vector<Frame> frames = OldReports<Family>(kLinks * kOfLink);
  scene->TakeAll(frames, kLinks);
  result["v2_reports_per_second_4096_interfaces"] = kLinks * kOfLink / scene->TakeAll(frames, kLinks);
  scene->MustHave(kOfLink);
}

// What the router part alone has in memory.
template <class Family>
void Memory(Json& result) {
  struct Nobody : membership::MessageOut<Family>, membership::RouterObserver<Family> {
    bool Send(membership::MessageKind, const typename Family::Address&, const typename Family::Address&,
              std::span<const uint8_t>) override {
      return true;
    }
  } nobody;
  membership::Counters counters;
  const auto bytes_of = [&](const std::vector<Frame>& frames, membership::ImmediateLeave leave) {
    RouterSettings<Family> settings = Roomy<Family>();
    settings.immediate_leave = leave;
    membership::SharedByRouters<Family> shared{.memberships = membership::Room(2'000'000)};
    const double before = Bytes();
    membership::RouterPart<Family> router(settings, shared, nobody, nobody, counters);
    membership::Link<Family> link{.up = true, .address = StationOf<Family>(0)};
    membership::Time now{std::chrono::hours(1)};
    router.Start(link, now);
    for (const Frame& frame : frames) {
      const auto datagram = *membership::ReadDatagram<Family>(frame);
      router.Take(datagram, CheckPacket(datagram, settings.acceptance).kind, now);
    }
    return Bytes() - before;
  };
  using membership::ImmediateLeave;
  const double groups = bytes_of(Reports<Family>(RecordType::kIsExclude, 0, kGroups), ImmediateLeave::kNo);
  const double sources = bytes_of(Reports<Family>(RecordType::kAllow, 0, kGroups, 10), ImmediateLeave::kNo);
  result["bytes_per_group"] = groups / kGroups;
  constexpr uint32_t kScattered = 7919;  // a prime that does not divide kGroups
  result["bytes_per_group_in_any_order"] =
      bytes_of(Reports<Family>(RecordType::kIsExclude, 0, kGroups, 0, kScattered), ImmediateLeave::kNo) / kGroups;
  result["bytes_per_source_of_ten"] = (sources - groups) / (10 * kGroups);
  result["megabytes_of_1m_sources_in_100000_groups"] = sources / 1e6;
  const double hundred = bytes_of(Reports<Family>(RecordType::kAllow, 0, 10'000, 100), ImmediateLeave::kNo);
  result["bytes_per_source_of_hundred"] = (hundred - groups / 10) / 1e6;
  std::vector<Frame> hosts;
  constexpr uint32_t kTrackedGroups = 1000, kOfGroup = 64;
  for (uint32_t n = 0; n < kTrackedGroups * kOfGroup; ++n) {
    const std::array record{membership::Record<Family>{RecordType::kIsExclude, Group<Family>(n % kTrackedGroups), {}}};
    hosts.push_back(ReportFrame<Family>(1 + n / kTrackedGroups, std::span<const membership::Record<Family>>(record)));
  }
  result["bytes_per_tracked_host"] =
      (bytes_of(hosts, ImmediateLeave::kTracked) - bytes_of(hosts, ImmediateLeave::kNo)) / (kTrackedGroups * kOfGroup);
}

// 10,000 joins a second, one report each, of groups that have a stream: how long until it goes there, too.
template <class Family>
void Latency(Json& result) {
  constexpr uint32_t kJoins = 20'000, kMember = 1, kOther = 2;
  constexpr microseconds kApart{100};
  RigOptions options;
  options.traffic = std::is_same_v<Family, Ipv4> ? Traffic::kIpv4 : Traffic::kIpv6;
  options.capture = false;
  options.fanout = kOther;
  options.max_entries = options.entries + kJoins + 1024;
  Rig rig(options);
  const InterfaceIdOf<Family> iif = Rig::ArrivalId<Family>();
  const StaticRib<Family> rib = RoutesToManagerSources<Family>(iif);
  MembershipControl<Family> control(rig.forwarder<Family>(), rib, kMember, Roomy<Family>());
  using Calls = protocols::ManagerCalls<Family>;
  using Values = mgm::CValues<Family>;
  typename Values::Config callbacks{};
  HANDLE owner = nullptr;
  Calls::kRegister(&callbacks, PROTOCOL_ID(PROTO_TYPE_MCAST, 1, 1), 1, &owner);
  for (const uint32_t index : {iif.index, kOther}) Calls::kTake(owner, index, Values::Pass({}));
  std::vector<typename Values::Change> changes;
  std::vector<Frame> frames;
  for (uint32_t n = 0; n < kJoins; ++n) {
    const FibKey<Family> stream = StreamKey<Family>(ManagerKey(n));
    const mgm::CEntry<Family> entry = mgm::ToC(FibKey<Family>::AnySource(stream.group()));
    changes.push_back({MGM_EXT_MEMBERSHIP_ADD,
                       MGM_JOIN_STATE_FLAG,
                       entry.source,
                       entry.source_mask,
                       entry.group,
                       entry.group_mask,
                       kOther,
                       {}});
    const std::array record{membership::Record<Family>{RecordType::kToExclude, stream.group(), {}}};
    frames.push_back(ReportFrame<Family>(1 + n % kHosts, std::span<const membership::Record<Family>>(record)));
  }
  std::vector<DWORD> codes(changes.size());
  Calls::kChange(owner, changes.data(), kJoins, codes.data());
  for (uint32_t n = 0; n < kJoins; ++n) {
    const FibKey<Family> stream = StreamKey<Family>(ManagerKey(n));
    const BYTE header[40] = {std::is_same_v<Family, Ipv4> ? 0x45 : 0x60};
    const auto source = Values::ToC(stream.source()), group = Values::ToC(stream.group());
    const auto new_packet = [] {
      if constexpr (std::is_same_v<Family, Ipv4>) {
        return &MgmExtNewPacket;
      } else {
        return &Mgm6ExtNewPacket;
      }
    }();
    new_packet(Values::Pass(source), Values::Pass(group), iif.index, Values::Pass({}), sizeof(header), header);
    control.Turn();
  }
  const size_t mfes = MgmHostCountMfes<Family>();
  if (mfes < kJoins) {
    std::fprintf(stderr, "membership_bench: %zu MFEs\n", mfes);
    std::exit(1);
  }

  std::vector<double> delays;
  const auto begin = WallClock::now();
  for (uint32_t next = 0; next < kJoins;) {
    const uint32_t first = next;
    const auto now = WallClock::now();
    for (; next < kJoins && next - first < kFramesOfTurn && begin + next * kApart <= now; ++next) {
      control.now += kApart;
      control.Take(kMember, frames[next]);
    }
    control.Turn();
    const auto done = WallClock::now();
    for (uint32_t n = first; n < next; ++n) delays.push_back(Seconds(done - begin - n * kApart));
  }
  std::sort(delays.begin(), delays.end());
  if (control.lost > 0 || !control.is_idle()) std::exit(1);
  const auto at = [&](double share) { return delays[static_cast<size_t>(share * (kJoins - 1))] * 1e6; };
  result["join_to_fib_us"] = {{"p50", at(0.5)}, {"p99", at(0.99)}, {"longest", at(1)}};
}

template <class Family>
Json Run(const std::string& only) {
  Json result;
  using Case = std::pair<const char*, void (*)(Json&)>;
  for (const auto& [name, run] :
       {Case{"memory", Memory<Family>}, Case{"v2", OldVersions<Family>}, Case{"records", Records<Family>},
        Case{"sources", Sources<Family>}, Case{"changes", Changes<Family>}, Case{"checks", LeaveChecks<Family>},
        Case{"interfaces", Interfaces<Family>}, Case{"latency", Latency<Family>}}) {
    if (only.empty() || only == name) run(result);
  }
  return result;
}

}  // namespace
}  // namespace mgmd::bench

int main(int count, char** words) {
  std::string family = "ipv4", only;
  for (int n = 1; n + 1 < count; n += 2) {
    if (std::strcmp(words[n], "--family") == 0) family = words[n + 1];
    if (std::strcmp(words[n], "--case") == 0) only = words[n + 1];
  }
  const bool six = family == "ipv6";
  std::cout << (six ? mgmd::bench::Run<mgmd::Ipv6>(only) : mgmd::bench::Run<mgmd::Ipv4>(only)).dump(1) << '\n';
}
