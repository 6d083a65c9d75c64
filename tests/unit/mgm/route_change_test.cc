// A change of routes is followed through the MFEs that it concerns.

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "control/mgm/group_manager.h"
#include "tests/fakes/fake_forwarder.h"
#include "tests/fakes/manual_clock.h"

namespace mgmd::mgm {
namespace {

constexpr InterfaceId kFrom{1, {}};
constexpr InterfaceId kTo{2, {}};
constexpr Ipv4Address kFirstSource(10, 0, 0, 1);
constexpr Ipv4Address kFirstGroup(225, 0, 0, 0);

class CountingRoutes : public fakes::FakeRouteTable {
 public:
  std::optional<Route<Ipv4>> Lookup(const Ipv4Address& source) const override {
    ++lookups;
    return fakes::FakeRouteTable::Lookup(source);
  }
  mutable size_t lookups = 0;
};

// A change of routes is followed through the MFEs some at a time, and misses none, neither with
// calls nor with another change in between.
TEST(RouteChange, IsFollowedInTurns) {
  constexpr uint32_t kStreams = 4 * RouteFollowing<Ipv4>::kLooksPerTurn;
  fakes::FakeForwarder forwarder;
  CountingRoutes routes;
  ManualClock clock;
  Ipv4GroupManager manager(forwarder, routes, clock, Options());
  const ClientHandle up = *manager.Register({1, 1}, std::make_unique<ClientCallbacks>());
  const ClientHandle down = *manager.Register({2, 1}, std::make_unique<ClientCallbacks>());
  ASSERT_TRUE(manager.TakeInterface(up, kFrom).ok());
  ASSERT_TRUE(manager.TakeInterface(down, kTo).ok());
  const auto stream = [](uint32_t number) {
    return Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(kFirstSource.host_order() + number % 2),
                                            Ipv4Address(kFirstGroup.host_order() + number / 2));
  };
  routes.routes[stream(0).source()] = routes.routes[stream(1).source()] = kFrom;
  for (uint32_t i = 0; i < kStreams; ++i) {
    ASSERT_TRUE(manager.NewPacket(stream(i), kFrom, {}).ok());
  }
  const Ipv4Prefix all(kFirstSource, 24);
  routes.lookups = 0;
  ASSERT_TRUE(manager.RoutesChanged(all).ok());
  EXPECT_LE(routes.lookups, RouteFollowing<Ipv4>::kLooksPerTurn);
  EXPECT_EQ(manager.NextDeadline(), clock.now);
  while (manager.Poll()) {
  }
  EXPECT_EQ(routes.lookups, kStreams) << "nothing has changed, and each was looked at once";
  EXPECT_NE(manager.NextDeadline(), clock.now);

  routes.routes[stream(0).source()] = kTo;
  ASSERT_TRUE(manager.RoutesChanged(Ipv4Prefix(stream(0).source(), 32)).ok());
  manager.Poll();
  ASSERT_TRUE(
      manager.NewPacket(Ipv4FibKey::SourceGroupUnchecked(stream(0).source(), Ipv4Address(239, 0, 0, 1)), kTo, {}).ok());
  routes.routes[stream(1).source()] = kTo;
  ASSERT_TRUE(manager.RoutesChanged(Ipv4Prefix(stream(1).source(), 32)).ok());
  for (int turn = 0; turn < 10; ++turn) {
    while (manager.Poll()) {
    }
    // Decisions again are rate-limited.
    if (turn == 0) {
      EXPECT_EQ(manager.NextDeadline(), clock.now + DecisionQueue<Ipv4>::kTurn);
    }
    clock.now += std::chrono::seconds(1);
  }
  MfeInfo info;
  for (uint32_t i = 0; i < kStreams; ++i) {
    ASSERT_TRUE(manager.GetMfe(stream(i), info));
    ASSERT_EQ(info.iif, kTo) << i;
  }
}

}  // namespace
}  // namespace mgmd::mgm
