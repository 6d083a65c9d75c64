// Invariant: a module is told what it follows, and gets its turns, each once and on the control thread, whatever its
// callbacks register and cancel meanwhile; and once it has been closed nothing of it is called or wanted any more.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/control/module_services_fixture.h"

namespace mgmd::protocols {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

void OnLink(void* context, const MGMD_LINK* link) {
  std::string text = absl::StrCat(link->szName, " ", link->dwIfIndex, link->dwUp != 0 ? " up " : " down ", link->dwMtu,
                                  " mac ", link->abMac[5]);
  for (uint32_t i = 0; i < link->dwAddressCount; ++i) absl::StrAppend(&text, " ", TextOf(link->pAddresses[i]));
  Listener::Of(context).Hear(text);
}
void OnRoutes(void* context, const MGMD_PREFIX* prefix) { Listener::Of(context).Hear(TextOf(*prefix)); }
void OnRelease(void* context, uint32_t index, uint32_t family) {
  Listener::Of(context).Hear(absl::StrCat(index, " v", family == MGMD_PROTOCOL_IPV4 ? 4 : 6));
}

TEST_F(ModuleServicesTest, TellsEveryLinkAtOnceAndThenEachChange) {
  others_.links[0].addresses = {{{{Ipv4Address(10, 0, 0, 254), 24}}},
                                {{{*Ipv6Address::Parse("fe80::fe"), 64}, {*Ipv6Address::Parse("2001:db8::fe"), 64}}}};
  Listener listener;
  MGMD_ID id = 0;
  ASSERT_EQ(table()->pfnFollowLinks(table(), &OnLink, &listener, &id), MGMD_OK);
  EXPECT_THAT(listener.heard,
              ElementsAre("lan1 1 up 1500 mac 1 10.0.0.254/24 fe80::fe/64 2001:db8::fe/64", "lan2 2 up 1500 mac 2"));
  others_.links[1].up = false;
  services_.services()->LinkChanged(others_.links[1]);
  EXPECT_EQ(listener.heard.back(), "lan2 2 down 1500 mac 2");
  EXPECT_EQ(table()->pfnCancel(table(), id), MGMD_OK);
  services_.services()->LinkChanged(others_.links[1]);
  EXPECT_EQ(listener.heard.size(), 3u);

  // One that has heard enough at the first.
  Listener brief;
  brief.besides = [&] { EXPECT_EQ(table()->pfnCancel(table(), id), MGMD_OK); };
  ASSERT_EQ(table()->pfnFollowLinks(table(), &OnLink, &brief, &id), MGMD_OK);
  EXPECT_EQ(brief.heard.size(), 1u);
  EXPECT_EQ(table()->pfnFollowLinks(table(), nullptr, nullptr, nullptr), MGMD_ERROR_ARGUMENT);
}

TEST_F(ModuleServicesTest, FindsRoutesAndTellsOfTheirChanges) {
  others_.routes.of<Ipv4>().Add({.prefix = *Ipv4Prefix::Parse("10.1.0.0/16"),
                                 .interface = {kTwo, {}},
                                 .upstream_neighbour = Ipv4Address(10, 0, 0, 1),
                                 .protocol = 13,
                                 .metric = 20});
  others_.routes.of<Ipv6>().Add(
      {.prefix = *Ipv6Prefix::Parse("2001:db8::/32"), .interface = {kOne, {}}, .upstream_neighbour = {}});
  MGMD_ROUTE route = {};
  MGMD_ADDRESS source = Address("10.1.2.3");
  ASSERT_EQ(table()->pfnFindRoute(table(), &source, &route), MGMD_OK);
  EXPECT_EQ(TextOf(route.Prefix), "10.1.0.0/16");
  EXPECT_EQ(route.dwIfIndex, kTwo);
  EXPECT_EQ(TextOf(route.Neighbour), "10.0.0.1");
  EXPECT_EQ(route.dwProtocol, 13u);
  EXPECT_EQ(route.dwMetric, 20u);
  source = Address("2001:db8::7");
  ASSERT_EQ(table()->pfnFindRoute(table(), &source, &route), MGMD_OK);
  EXPECT_EQ(TextOf(route.Prefix), "2001:db8::/32");
  EXPECT_EQ(TextOf(route.Neighbour), "::");
  source = Address("10.2.0.1");
  EXPECT_EQ(table()->pfnFindRoute(table(), &source, &route), MGMD_ERROR_NOT_FOUND);
  EXPECT_EQ(table()->pfnFindRoute(table(), &source, nullptr), MGMD_ERROR_ARGUMENT);
  EXPECT_EQ(table()->pfnFindRoute(table(), nullptr, &route), MGMD_ERROR_ARGUMENT);
  source.dwFamily = 0;
  EXPECT_EQ(table()->pfnFindRoute(table(), &source, &route), MGMD_ERROR_ARGUMENT);

  Listener listener;
  ASSERT_EQ(table()->pfnFollowRoutes(table(), &OnRoutes, &listener, nullptr), MGMD_OK);
  services_.services()->RoutesChanged(*Ipv4Prefix::Parse("10.1.0.0/16"));
  services_.services()->RoutesChanged(*Ipv6Prefix::Parse("2001:db8::/32"));
  EXPECT_THAT(listener.heard, ElementsAre("10.1.0.0/16", "2001:db8::/32"));
  EXPECT_EQ(table()->pfnFollowRoutes(table(), nullptr, nullptr, nullptr), MGMD_ERROR_ARGUMENT);
}

TEST_F(ModuleServicesTest, TellsAllOfAReleaseWhateverTheyCancelMeanwhile) {
  Listener first, second;
  MGMD_ID ids[2] = {};
  ASSERT_EQ(table()->pfnFollowReleases(table(), &OnRelease, &first, &ids[0]), MGMD_OK);
  ASSERT_EQ(table()->pfnFollowReleases(table(), &OnRelease, &second, &ids[1]), MGMD_OK);
  first.besides = [&] { table()->pfnCancel(table(), ids[0]); };
  services_.services()->Released(InterfaceIdOf<Ipv6>{kOne, {}});
  services_.services()->Released(InterfaceIdOf<Ipv4>{kTwo, {}});
  EXPECT_THAT(first.heard, ElementsAre("1 v6"));
  EXPECT_THAT(second.heard, ElementsAre("1 v6", "2 v4"));
  EXPECT_EQ(table()->pfnFollowReleases(table(), nullptr, nullptr, nullptr), MGMD_ERROR_ARGUMENT);
}

TEST_F(ModuleServicesTest, CallsATimerOnceAndNotWhenItHasBeenCancelled) {
  int called = 0;
  MGMD_ID id = 0;
  MGMD_ID never = 0;
  Do cancelled = [] { ADD_FAILURE() << "it was cancelled"; };
  ASSERT_EQ(StartTimer(0, cancelled, &never), MGMD_OK);
  EXPECT_EQ(table()->pfnCancel(table(), never), MGMD_OK);
  Do what = [&] {
    ++called;
    EXPECT_EQ(table()->pfnCancel(table(), id), MGMD_ERROR_NOT_FOUND) << "its number is over";
  };
  ASSERT_EQ(StartTimer(0, what, &id), MGMD_OK);
  EXPECT_TRUE(services_.Poll());
  EXPECT_FALSE(services_.Poll());
  EXPECT_EQ(called, 1);
  ASSERT_EQ(StartTimer(3'600'000, cancelled), MGMD_OK);
  EXPECT_FALSE(services_.Poll()) << "it is not due";
  EXPECT_EQ(table()->pfnStartTimer(table(), 0, nullptr, nullptr, nullptr), MGMD_ERROR_ARGUMENT);
}

TEST_F(ModuleServicesTest, RunsOnControlWhatAnotherThreadPostsAndRefusesItsOtherCalls) {
  std::vector<std::thread::id> ran;
  Do what = [&] { ran.push_back(std::this_thread::get_id()); };
  std::thread([&] {
    EXPECT_EQ(table()->pfnPost(table(), &CallDo, &what), MGMD_OK);
    EXPECT_EQ(table()->pfnPost(table(), nullptr, nullptr), MGMD_ERROR_ARGUMENT);
    EXPECT_EQ(StartTimer(0, what), MGMD_ERROR_THREAD);
    EXPECT_EQ(SendPacket(kOne, Ip(Ospf("224.0.0.5", "1"))), MGMD_ERROR_THREAD);
    EXPECT_EQ(table()->pfnCancel(table(), 1), MGMD_ERROR_THREAD);
  }).join();
  EXPECT_THAT(ran, IsEmpty());
  EXPECT_TRUE(services_.Poll());
  EXPECT_FALSE(services_.Poll());
  EXPECT_THAT(ran, ElementsAre(std::this_thread::get_id()));
}

TEST_F(ModuleServicesTest, IsNotCalledAnyMoreOnceItIsClosed) {
  Listener listener;
  Do what = [] { ADD_FAILURE() << "it has been closed"; };
  ASSERT_EQ(Receive(kOne, MGMD_PROTOCOL_IPV4, kOspf, nullptr, listener), MGMD_OK);
  ASSERT_EQ(StartTimer(0, what), MGMD_OK);
  ASSERT_EQ(table()->pfnPost(table(), &CallDo, &what), MGMD_OK);
  services_.RefusePosts();
  EXPECT_EQ(table()->pfnPost(table(), &CallDo, &what), MGMD_ERROR_STOPPED);
  EXPECT_EQ(SendPacket(kOne, Ip(Ospf("224.0.0.5", "last words"))), MGMD_OK) << "pfnStop still can";
  services_.Close();
  EXPECT_EQ(Wanted(kOne, 0), LocalClasses{});
  Arrive(LocalClass::kLinkLocal, kOne, 0, Ospf("224.0.0.5", "late").Build());
  EXPECT_FALSE(services_.Poll());
  EXPECT_EQ(services_.services(), nullptr);
  EXPECT_THAT(listener.heard, IsEmpty());
  MGMD_ROUTE route;
  const MGMD_ADDRESS source = Address("10.0.0.1");
  EXPECT_EQ(Receive(kOne, MGMD_PROTOCOL_IPV4, kOspf, nullptr, listener), MGMD_ERROR_STOPPED);
  EXPECT_EQ(SendPacket(kOne, Ip(Ospf("224.0.0.5", "1"))), MGMD_ERROR_STOPPED);
  EXPECT_EQ(SendFrame(kOne, Ospf("10.0.0.1", "1").Build()), MGMD_ERROR_STOPPED);
  EXPECT_EQ(table()->pfnFollowLinks(table(), &OnLink, &listener, nullptr), MGMD_ERROR_STOPPED);
  EXPECT_EQ(table()->pfnFindRoute(table(), &source, &route), MGMD_ERROR_STOPPED);
  EXPECT_EQ(table()->pfnFollowRoutes(table(), &OnRoutes, &listener, nullptr), MGMD_ERROR_STOPPED);
  EXPECT_EQ(table()->pfnFollowReleases(table(), &OnRelease, &listener, nullptr), MGMD_ERROR_STOPPED);
  EXPECT_EQ(StartTimer(0, what), MGMD_ERROR_STOPPED);
  EXPECT_EQ(table()->pfnCancel(table(), 1), MGMD_ERROR_STOPPED);
}

TEST_F(ModuleServicesTest, GoesOnWhereACallbackThrows) {
  Do thrower = [] { throw std::runtime_error("of a C++ module"); };
  int called = 0;
  Do next = [&] { ++called; };
  ASSERT_EQ(StartTimer(0, thrower), MGMD_OK);
  ASSERT_EQ(StartTimer(0, next), MGMD_OK);
  EXPECT_TRUE(services_.Poll());
  EXPECT_EQ(called, 1);
}

TEST(ModuleTimers, AreCalledInTheOrderOfTheirTimesAFewInATurn) {
  using Ms = std::chrono::milliseconds;
  Timers timers;
  std::vector<int> called;
  const auto at = [](int ms) { return Timers::Time(Ms(ms)); };
  timers.Start(1, at(20), [&] { called.push_back(1); });
  timers.Start(2, at(10), [&] {
    called.push_back(2);
    EXPECT_TRUE(timers.Cancel(3)) << "one that is due as well";
    timers.Start(5, at(15), [&] { called.push_back(5); });
  });
  timers.Start(3, at(10), [&] { called.push_back(3); });
  timers.Start(4, at(20), [&] { called.push_back(4); });
  EXPECT_FALSE(timers.Poll(at(9)));
  EXPECT_TRUE(timers.Poll(at(20)));
  EXPECT_THAT(called, ElementsAre(2, 5, 1, 4));
  EXPECT_FALSE(timers.Poll(at(20)));

  size_t many = 0;
  for (uint64_t id = 10; id < 10 + 2 * Timers::kMostInTurn; ++id) timers.Start(id, at(30), [&] { ++many; });
  EXPECT_TRUE(timers.Poll(at(30)));
  EXPECT_EQ(many, Timers::kMostInTurn) << "the rest in the next turn";
  EXPECT_TRUE(timers.Poll(at(30)));
  EXPECT_EQ(many, 2 * Timers::kMostInTurn);
}

}  // namespace
}  // namespace mgmd::protocols
