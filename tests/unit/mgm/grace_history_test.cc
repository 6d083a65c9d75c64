#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "control/mgm/group_manager.h"
#include "tests/fakes/fake_forwarder.h"
#include "tests/fakes/manual_clock.h"
#include "tests/support/families.h"
#include "tests/support/keys.h"

// The grace time for IGMP only puts alerts off, and a hitless takeover only the end of oifs: three managers, one with
// neither, one with the grace time, one with both, live through the same random history. In IPv6 it is MLD's.

namespace mgmd::mgm::grace_history {
namespace {

constexpr std::chrono::milliseconds kGrace{500};
constexpr int kClients = 4;  // the last one is IGMP
constexpr int kInterfaces = 4;
constexpr int kGroups = 3;

template <class Family>
FibKey<Family> Group(int number) {
  return Keys<Family>::Wildcard(static_cast<uint32_t>(number + 1), 0);
}
template <class Family>
FibKey<Family> Stream(int number) {
  return Keys<Family>::SourceGroup(1, static_cast<uint32_t>(number + 1));
}
template <class Family>
InterfaceIdOf<Family> Link(int number) {
  return {static_cast<uint32_t>(number + 1), {}};
}

// What a client believes: the last alert for each entry. Never two of a kind in a row.
template <class Family>
class Believer : public ClientCallbacksOf<Family> {
 public:
  using Key = FibKey<Family>;

  explicit Believer(std::map<std::string, bool>& beliefs) : beliefs_(beliefs) {}
  void Join(const Key& key, bool membership) override { Told(key, membership, true); }
  void Prune(const Key& key, InterfaceIdOf<Family>, bool membership, uint32_t&) override {
    Told(key, membership, false);
  }

 private:
  void Told(const Key& key, bool membership, bool wanted) {
    const auto [place, first] = beliefs_.try_emplace(key.ToString(), wanted);
    if (membership) {
      EXPECT_TRUE(first || place->second != wanted) << key.ToString() << " twice";
    }
    place->second = wanted;
  }
  std::map<std::string, bool>& beliefs_;
};

template <class Family>
struct World {
  World(Time grace, bool hitless)
      : manager(forwarder, routes, clock, Options{.igmp_takeover = {{grace, hitless}, {grace, hitless}}}) {
    routes.routes[Stream<Family>(0).source()] = Link<Family>(0);
    for (int client = 0; client < kClients; ++client) {
      const uint32_t protocol = client + 1 == kClients ? 0x4137000A : 0x40000001 + client;
      handles.push_back(*manager.Register({protocol, 1}, std::make_unique<Believer<Family>>(beliefs[client])));
    }
  }
  // What is believed of the entries that the history uses.
  std::vector<bool> Beliefs() {
    std::vector<bool> all;
    for (auto& client : beliefs) {
      for (int group = 0; group < kGroups; ++group) all.push_back(client[Group<Family>(group).ToString()]);
    }
    return all;
  }
  std::vector<std::vector<InterfaceIdOf<Family>>> Oils() const {
    std::vector<std::vector<InterfaceIdOf<Family>>> all;
    MfeInfoOf<Family> info;
    for (int group = 0; group < kGroups; ++group) {
      all.emplace_back();
      if (manager.GetMfe(Stream<Family>(group), info)) all.back() = info.oifs;
    }
    return all;
  }

  fakes::FakeForwarderOf<Family> forwarder;
  fakes::FakeRouteTableOf<Family> routes;
  ManualClock clock;
  std::map<std::string, bool> beliefs[kClients];
  GroupManager<Family> manager;
  std::vector<ClientHandle> handles;
};

template <class Family>
class GraceHistory : public ::testing::Test {};
TYPED_TEST_SUITE(GraceHistory, BothFamilies);

// With and without a grace time the managers forward alike after every call, and with a hitless takeover no less is
// forwarded; what is joined is told alike with and without it. When the grace time has passed all forward and believe
// alike.
TYPED_TEST(GraceHistory, PutsAlertsAndOifsOffAndNothingElse) {
  using Family = TypeParam;
  World<Family> plain(Time(0), false);
  World<Family> graceful(kGrace, false);
  World<Family> hitless(kGrace, true);
  size_t kept = 0;
  std::mt19937 random(4711);
  const auto below = [&](unsigned bound) { return static_cast<int>(random() % bound); };
  for (int step = 0; step < 20'000 && !this->HasFailure(); ++step) {
    // IGMP and its interfaces more often than others.
    const int client = below(2) == 0 ? kClients - 1 : below(kClients);
    const int link = below(kInterfaces);
    const int group = below(kGroups);
    const int what = below(10);
    const auto call = [&](World<Family>& world) {
      const ClientHandle handle = world.handles[static_cast<size_t>(client)];
      if (what < 2) return world.manager.TakeInterface(handle, Link<Family>(link));
      if (what < 3) return world.manager.ReleaseInterface(handle, Link<Family>(link));
      if (what < 7) {
        return world.manager.AddMembership(handle, Group<Family>(group), Link<Family>(link), {.join = true});
      }
      if (what < 8) {
        return world.manager.DeleteMembership(handle, Group<Family>(group), Link<Family>(link), {.join = true});
      }
      return world.manager.NewPacket(Stream<Family>(group), Link<Family>(link), {});
    };
    const absl::Status done = call(plain);
    ASSERT_EQ(done, call(graceful)) << step;
    ASSERT_EQ(done, call(hitless)) << step;
    ASSERT_EQ(plain.Oils(), graceful.Oils()) << step;
    const auto fewer = graceful.Oils();
    const auto more = hitless.Oils();
    for (size_t stream = 0; stream < fewer.size(); ++stream) {
      ASSERT_TRUE(std::includes(more[stream].begin(), more[stream].end(), fewer[stream].begin(), fewer[stream].end()))
          << step;
      kept += more[stream].size() - fewer[stream].size();
    }
    ASSERT_EQ(graceful.Beliefs(), hitless.Beliefs()) << step;
    const bool passes = below(4) == 0;
    for (World<Family>* world : {&plain, &graceful, &hitless}) {
      world->clock.now += passes ? Time(kGrace) : Time(kGrace) / 10;
      while (world->manager.Poll()) {
      }
    }
    if (passes) {
      ASSERT_EQ(plain.Beliefs(), graceful.Beliefs()) << step;
      ASSERT_EQ(plain.Beliefs(), hitless.Beliefs()) << step;
      ASSERT_EQ(plain.Oils(), hitless.Oils()) << step;
    }
  }
  EXPECT_GT(kept, 100u) << "the history shows nothing of it";
}

}  // namespace
}  // namespace mgmd::mgm::grace_history
