#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "control/mgm/group_manager.h"
#include "tests/fakes/fake_forwarder.h"
#include "tests/fakes/manual_clock.h"

// The grace time for IGMP only puts alerts off: two managers, one with it and one without, live
// through the same random history.

namespace mgmd::mgm::grace_history {
namespace {

constexpr std::chrono::milliseconds kGrace{500};
constexpr int kClients = 4;  // the last one is IGMP
constexpr int kInterfaces = 4;
constexpr int kGroups = 3;

Ipv4FibKey Group(int number) { return Ipv4FibKey::AnySource(Ipv4Address(239, 1, 1, static_cast<uint8_t>(number + 1))); }
Ipv4FibKey Stream(int number) {
  return Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(10, 0, 0, 1), Group(number).group());
}
InterfaceId Link(int number) { return {static_cast<uint32_t>(number + 1), {}}; }

// What a client believes: the last alert for each entry. Never two of a kind in a row.
class Believer : public ClientCallbacks {
 public:
  explicit Believer(std::map<std::string, bool>& beliefs) : beliefs_(beliefs) {}
  void Join(const Ipv4FibKey& key, bool membership) override { Told(key, membership, true); }
  void Prune(const Ipv4FibKey& key, InterfaceId, bool membership, uint32_t&) override { Told(key, membership, false); }

 private:
  void Told(const Ipv4FibKey& key, bool membership, bool wanted) {
    const auto [place, first] = beliefs_.try_emplace(key.ToString(), wanted);
    if (membership) {
      EXPECT_TRUE(first || place->second != wanted) << key.ToString() << " twice";
    }
    place->second = wanted;
  }
  std::map<std::string, bool>& beliefs_;
};

struct World {
  explicit World(Time grace) : manager(forwarder, routes, clock, Options{.igmp_grace = grace}) {
    routes.routes[Stream(0).source()] = Link(0);
    for (int client = 0; client < kClients; ++client) {
      const uint32_t protocol = client + 1 == kClients ? 0x4137000A : 0x40000001 + client;
      handles.push_back(*manager.Register({protocol, 1}, std::make_unique<Believer>(beliefs[client])));
    }
  }
  // What is believed of the entries that the history uses.
  std::vector<bool> Beliefs() {
    std::vector<bool> all;
    for (auto& client : beliefs) {
      for (int group = 0; group < kGroups; ++group) all.push_back(client[Group(group).ToString()]);
    }
    return all;
  }
  std::vector<std::vector<InterfaceId>> Oils() const {
    std::vector<std::vector<InterfaceId>> all;
    MfeInfo info;
    for (int group = 0; group < kGroups; ++group) {
      all.emplace_back();
      if (manager.GetMfe(Stream(group), info)) all.back() = info.oifs;
    }
    return all;
  }

  fakes::FakeForwarder forwarder;
  fakes::FakeRouteTable routes;
  ManualClock clock;
  std::map<std::string, bool> beliefs[kClients];
  Ipv4GroupManager manager;
  std::vector<ClientHandle> handles;
};

// Both forward alike after every call; when the grace time has passed all believe alike.
TEST(GraceHistory, PutsAlertsOffAndNothingElse) {
  World plain(Time(0));
  World graceful(kGrace);
  std::mt19937 random(4711);
  const auto below = [&](unsigned bound) { return static_cast<int>(random() % bound); };
  for (int step = 0; step < 20'000 && !HasFailure(); ++step) {
    // IGMP and its interfaces more often than others.
    const int client = below(2) == 0 ? kClients - 1 : below(kClients);
    const int link = below(kInterfaces);
    const int group = below(kGroups);
    const int what = below(10);
    const auto call = [&](World& world) {
      const ClientHandle handle = world.handles[static_cast<size_t>(client)];
      if (what < 2) return world.manager.TakeInterface(handle, Link(link));
      if (what < 3) return world.manager.ReleaseInterface(handle, Link(link));
      if (what < 7) {
        return world.manager.AddMembership(handle, Group(group), Link(link), {.join = true});
      }
      if (what < 8) {
        return world.manager.DeleteMembership(handle, Group(group), Link(link), {.join = true});
      }
      return world.manager.NewPacket(Stream(group), Link(link), {});
    };
    ASSERT_EQ(call(plain), call(graceful)) << step;
    ASSERT_EQ(plain.Oils(), graceful.Oils()) << step;
    const bool passes = below(4) == 0;
    for (World* world : {&plain, &graceful}) {
      world->clock.now += passes ? Time(kGrace) : Time(kGrace) / 10;
      while (world->manager.Poll()) {
      }
    }
    if (passes) {
      ASSERT_EQ(plain.Beliefs(), graceful.Beliefs()) << step;
    }
  }
}

}  // namespace
}  // namespace mgmd::mgm::grace_history
