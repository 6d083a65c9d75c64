// The Group Manager of each family at scale: joins, MFE creations, releases, the walk, and memory, at up to a million
// MFEs on a thousand interfaces with a hundred thousand memberships. The forwarder only counts, so
// that the figures are the manager's own; what a real FIB adds for each change is measured by
// lookup_bench and forward_bench.
//
//   mgm_bench [--benchmark_filter=REGEX]
//
// Counters: call_ms   the release call until ENABLE_IGMP would be called
//           alerts_ms delivering the alerts that it caused, still inside the call
//           reclaim_ms from the return until every trace of the released MFEs is gone

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "control/mgm/group_manager.h"
#include "control/mgm/mgm_ext.h"
#include "control/mgm/rows_per_turn.h"
#include "control/mgm/system_clock.h"
#include "tests/bench/stream_keys.h"
#include "tests/fakes/counting_forwarder.h"

namespace mgmd::mgm {
namespace {

constexpr uint32_t kInterfaces = 1000;
constexpr uint32_t kGroups = 50'000;  // each joined on two interfaces: 100,000 memberships
constexpr uint32_t kUpstream = 1;
constexpr uint32_t kEverywhere = 2;

template <class Family>
class OneRoute : public RouteTable<Family> {
 public:
  std::optional<Route<Family>> Lookup(const typename Family::Address& source) const override {
    return Route<Family>{typename Family::Prefix(source, 8), {kUpstream, {}}, bench::SourceOf<Family>(0x0A000001), 3};
  }
};

// A protocol upstream that owns interface 1, one that owns all others.
template <class Family>
struct Scene {
  Scene() : manager(forwarder, routes, clock, Options{.max_mfes = 2'000'000, .max_negative_mfes = 2'000'000}) {
    upstream = *manager.Register({0x40000001, 1}, std::make_unique<ClientCallbacksOf<Family>>());
    downstream = *manager.Register({0x40000002, 1}, std::make_unique<ClientCallbacksOf<Family>>());
    manager.TakeInterface(upstream, {kUpstream, {}}).IgnoreError();
    for (uint32_t i = 2; i <= kInterfaces; ++i) manager.TakeInterface(downstream, {i, {}}).IgnoreError();
  }

  static typename Family::Address Group(uint32_t number) { return bench::GroupOf<Family>(0xEF000000u + number); }
  void Join(const FibKey<Family>& key, uint32_t interface) {
    manager.AddMembership(downstream, key, {interface, {}}, {.join = true}).IgnoreError();
  }
  void JoinEverything() { Join(FibKey<Family>::AllGroups(), kEverywhere); }
  void JoinEachGroup() {
    for (uint32_t group = 0; group < kGroups; ++group) {
      for (const uint32_t half : {0u, 499u}) Join(FibKey<Family>::AnySource(Group(group)), 3 + group % 499 + half);
    }
  }
  void Create(uint32_t mfes, size_t burst = 256) {
    const InterfaceSlot arrival = forwarder.Slot({kUpstream, {}});
    std::vector<Punt<Family>> punts;
    for (uint32_t i = 0; i < mfes; ++i) {
      const auto source = bench::SourceOf<Family>(0x0A000001u + i / kGroups);
      Punt<Family> punt{.key = FibKey<Family>::SourceGroupUnchecked(source, Group(i % kGroups)),
                        .arrival = arrival,
                        .header_size = 48};
      punt.header[0] = std::is_same_v<Family, Ipv4> ? 0x45 : 0x60;
      punts.push_back(punt);
      if (punts.size() == burst || i + 1 == mfes) {
        manager.HandlePunts(punts);
        punts.clear();
      }
    }
  }

  fakes::CountingForwarder<Family> forwarder;
  OneRoute<Family> routes;
  SystemClock clock;
  GroupManager<Family> manager;
  ClientHandle upstream{};
  ClientHandle downstream{};
};

double Bytes() { return static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd); }

// 100,000 memberships, two of each group.
template <class Family>
void Join(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto scene = std::make_unique<Scene<Family>>();
    state.ResumeTiming();
    scene->JoinEachGroup();
    state.PauseTiming();
    scene.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * 2 * kGroups);
}
BENCHMARK(Join<Ipv4>)->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(Join<Ipv6>)->Unit(benchmark::kMillisecond)->Iterations(3);

// Each tells the clients on its interfaces.
template <class Family>
void CreateMfes(benchmark::State& state) {
  const auto mfes = static_cast<uint32_t>(state.range(0));
  double bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto scene = std::make_unique<Scene<Family>>();
    scene->JoinEachGroup();
    const double before = Bytes();
    state.ResumeTiming();
    scene->Create(mfes);
    state.PauseTiming();
    bytes = Bytes() - before;
    scene.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * mfes);
  state.counters["bytes_per_mfe"] = bytes / mfes;
}
BENCHMARK(CreateMfes<Ipv4>)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(CreateMfes<Ipv6>)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(3);

// The interface is the iif (0), or an oif (1), of every MFE.
template <class Family>
void Release(benchmark::State& state) {
  const auto mfes = static_cast<uint32_t>(state.range(0));
  const bool as_oif = state.range(1) == 1;
  double call = 0;
  double alerts = 0;
  double reclaim = 0;
  double longest_poll = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto scene = std::make_unique<Scene<Family>>();
    if (as_oif) {
      scene->JoinEverything();
    } else {
      scene->JoinEachGroup();
    }
    scene->Create(mfes);
    state.ResumeTiming();
    const absl::Status released = as_oif ? scene->manager.ReleaseInterface(scene->downstream, {kEverywhere, {}})
                                         : scene->manager.ReleaseInterface(scene->upstream, {kUpstream, {}});
    state.PauseTiming();
    if (!released.ok()) state.SkipWithError("not released");
    for (const ReleaseStep& step : scene->manager.traces().front()->steps) {
      const double ms = static_cast<double>(step.duration.count()) / 1e3;
      (step.name == "alerts delivered" ? alerts : call) += ms;
    }
    const Time start = scene->clock.Now();
    while (!scene->manager.traces().front()->reclaimed) {
      const Time turn = scene->clock.Now();
      scene->manager.Poll();
      longest_poll = std::max(longest_poll, static_cast<double>((scene->clock.Now() - turn).count()) / 1e3);
    }
    reclaim += static_cast<double>((scene->clock.Now() - start).count()) / 1e3;
    scene.reset();
    state.ResumeTiming();
  }
  const auto runs = static_cast<double>(state.iterations());
  state.counters["call_ms"] = call / runs;
  state.counters["alerts_ms"] = alerts / runs;
  state.counters["reclaim_ms"] = reclaim / runs;
  state.counters["longest_poll_ms"] = longest_poll;
}
void ReleaseSizes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"mfes", "as_oif"})
      ->ArgsProduct({{100'000, 1'000'000}, {0, 1}})
      ->Unit(benchmark::kMillisecond)
      ->Iterations(3);
}
BENCHMARK(Release<Ipv4>)->Apply(ReleaseSizes);
BENCHMARK(Release<Ipv6>)->Apply(ReleaseSizes);

template <class Family>
void Walk(benchmark::State& state) {
  Scene<Family> scene;
  scene.JoinEachGroup();
  scene.Create(1'000'000);
  for (auto _ : state) {
    size_t count = 0;
    std::optional<FibKey<Family>> next = FibKey<Family>();
    while (next.has_value()) {
      next = scene.manager.ReadMfes(OrderOf(*next), kRowsPerTurn, [&](const MfeInfoOf<Family>&) {
        ++count;
        return true;
      });
    }
    if (count != 1'000'000) state.SkipWithError("MFEs are missing");
  }
  state.SetItemsProcessed(state.iterations() * 1'000'000);
}
BENCHMARK(Walk<Ipv4>)->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(Walk<Ipv6>)->Unit(benchmark::kMillisecond)->Iterations(3);

// The same through mgm.h, as a program in C walks: 64 KiB at a time, the manager in the library.
void WalkByGetNext(benchmark::State& state) {
  MGM_EXT_CONFIG config{};
  config.dwSize = sizeof(config);
  config.dwMaxMfes = 1'000'001;
  config.pfnRouteLookup = [](PVOID, DWORD source, PMGM_EXT_ROUTE route) -> DWORD {
    *route = {source, ~DWORD{0}, 3, kUpstream, 0, 0};
    return NO_ERROR;
  };
  ROUTING_PROTOCOL_CONFIG no_callbacks{};
  HANDLE client = nullptr;
  bool ready = MgmExtStart(&config) == NO_ERROR &&
               MgmRegisterMProtocol(&no_callbacks, PROTOCOL_ID(PROTO_TYPE_MCAST, 0, 1), 1, &client) == NO_ERROR;
  for (const DWORD index : {kUpstream, kEverywhere})
    ready = ready && MgmTakeInterfaceOwnership(client, index, 0) == NO_ERROR;
  ready = ready && MgmAddGroupMembershipEntry(client, 0, 0, 0, 0, kEverywhere, 0, MGM_JOIN_STATE_FLAG) == NO_ERROR;
  const BYTE header[20] = {0x45};
  for (uint32_t i = 0; ready && i < 1'000'000; ++i) {
    ready =
        MgmExtNewPacket(Ipv4Address(0x0A000001u + i / kGroups).ToNetwork(), Scene<Ipv4>::Group(i % kGroups).ToNetwork(),
                        kUpstream, 0, sizeof(header), header) == NO_ERROR;
  }
  if (!ready) state.SkipWithError("the manager refused a call");
  std::vector<BYTE> buffer(65536);
  for (auto _ : state) {
    size_t walked = 0;
    DWORD size = 65536, count = 0;
    DWORD result = MgmGetFirstMfe(&size, buffer.data(), &count);
    while (true) {
      walked += count;
      if (result != ERROR_MORE_DATA) break;
      auto* last = reinterpret_cast<PMIB_IPMCAST_MFE>(buffer.data());
      for (DWORD n = 1; n < count; ++n) {
        last = reinterpret_cast<PMIB_IPMCAST_MFE>(reinterpret_cast<BYTE*>(last) + SIZEOF_MIB_MFE(last->ulNumOutIf));
      }
      MIB_IPMCAST_MFE start = *last;
      size = 65536;
      result = MgmGetNextMfe(&start, &size, buffer.data(), &count);
    }
    if (walked != 1'000'000) state.SkipWithError("MFEs are missing");
  }
  state.SetItemsProcessed(state.iterations() * 1'000'000);
  MgmExtStop();
}
BENCHMARK(WalkByGetNext)->Unit(benchmark::kMillisecond)->Iterations(3);

}  // namespace
}  // namespace mgmd::mgm

BENCHMARK_MAIN();
