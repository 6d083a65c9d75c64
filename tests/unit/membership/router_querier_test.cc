// Who asks, when, and by whose variables (RFC 9776 sections 6.6 and 8, RFC 9777 sections 7.6 and 9).

#include <gtest/gtest.h>

#include "tests/unit/membership/router_world.h"

namespace mgmd::membership {
namespace {

template <class Family>
RouterSettings<Family> OfVersion(Version version) {
  RouterSettings<Family> settings;
  settings.version = version;
  return settings;
}

template <class Family>
class RouterQuerier : public ::testing::Test {
 protected:
  RouterQuerier() { world_.ShowGeneralQueries(); }

  RouterWorld<Family> world_{{}, 0};
};
using Families = ::testing::Types<Ipv4, Ipv6>;
TYPED_TEST_SUITE(RouterQuerier, Families);

TYPED_TEST(RouterQuerier, BeginsWithQuestionsInShortOrder) {
  RouterWorld<TypeParam> world({}, 0.001);
  world.ShowGeneralQueries();
  world.RunTo(300);
  EXPECT_EQ(world.sent(), "GQ @31.251; GQ @156.251; GQ @281.251") << "the first was sent at the start";
  EXPECT_EQ(world.last_message(), WriteQuery(Query<TypeParam>{.robustness = 2, .interval = std::chrono::seconds(125)}));
}

// Row 3.
TYPED_TEST(RouterQuerier, ALowerAddressAsksInstead) {
  this->world_.AskedBy(10, 1);
  EXPECT_FALSE(this->world_.router().querier().is_querier());
  this->world_.Forget();
  this->world_.RunTo(400);
  EXPECT_EQ(this->world_.sent(), "GQ @265; GQ @390");
  EXPECT_EQ(this->world_.events(), "querier @265");
  EXPECT_EQ(this->world_.count(Counter::kElectionChanges), 2u);
}

// Row 4.
TYPED_TEST(RouterQuerier, AHigherAddressDoesNot) {
  this->world_.AskedBy(10, 20);
  this->world_.RunTo(160);
  EXPECT_EQ(this->world_.sent(), "GQ @31.25; GQ @156.25");
  EXPECT_EQ(this->world_.events(), "");
}

// Row 7. The lowest is the querier, until it has not been heard of for long; a higher one keeps this router silent.
TYPED_TEST(RouterQuerier, OfThreeTheLowestCounts) {
  auto& world = this->world_;
  world.AskedBy(1, 1);
  world.AskedBy(200, 5, 3);
  EXPECT_EQ(world.router().querier().address(), RouterWorld<TypeParam>::Router(1));
  EXPECT_EQ(world.router().querier().timing().robustness, 2) << "whose variables hold";
  world.AskedBy(325, 5, 3);
  EXPECT_EQ(world.router().querier().address(), RouterWorld<TypeParam>::Router(5));
  EXPECT_EQ(world.router().querier().timing().robustness, 3);
  world.Forget();
  world.RunTo(325 + 3 * 125 + 4);
  EXPECT_EQ(world.sent(), "");
  world.RunTo(325 + 3 * 125 + 5);
  EXPECT_EQ(world.sent(), "GQ @705");
  EXPECT_EQ(world.router().querier().timing().robustness, 2) << "its own again";
}

// Row 8.
TYPED_TEST(RouterQuerier, ItsVariablesHold) {
  auto& world = this->world_;
  world.AskedBy(100, 1, 3, 60, 5);
  world.Hear(100, "IS_EX()");
  EXPECT_EQ(world.State(), "E190");
  EXPECT_EQ(world.router().querier().NextDeadline(), world.At(282.5));
  world.AskedBy(110, 1, 0, 0, 10);
  world.Hear(110, "IS_EX()");
  EXPECT_EQ(world.State(), "E270");
  EXPECT_EQ(world.router().querier().NextDeadline(), world.At(365));
  // A forged interval keeps nothing for the 17 hours that it says.
  world.AskedBy(120, 1, 7, 31744, 10);
  EXPECT_EQ(world.router().querier().timing().query_interval, std::chrono::seconds(18000));
  // Nor does a forged response interval.
  world.AskedBy(130, 1, 2, 60, 3072);
  EXPECT_EQ(world.router().querier().timing().query_response_interval, std::chrono::seconds(60));
}

// Rows 9 and 50.
TEST(RouterQuerier4, AFloatingResponseTimeLengthensTheWait) {
  RouterWorld<Ipv4> world({}, 0);
  world.ShowGeneralQueries();
  world.AskedBy(1, 1, 2, 125, 24.8);
  world.Forget();
  world.RunTo(264);
  EXPECT_EQ(world.sent(), "GQ @263.4");
}
TEST(RouterQuerier6, AFloatingResponseTimeLengthensTheWaitAndNobodyAsksFromNowhere) {
  RouterWorld<Ipv6> world({}, 0);
  world.ShowGeneralQueries();
  world.AskedBy(0, 1, 2, 125, 40);
  world.Forget();
  world.Say(10, WriteQuery(Query<Ipv6>{}), Ipv6Address(), Protocol<Ipv6>::kAllHosts);
  EXPECT_EQ(world.count(Counter::kBadSource), 1u);
  world.RunTo(271);
  EXPECT_EQ(world.sent(), "GQ @270");
}

// Row 10. State is the link's, not an address's.
TYPED_TEST(RouterQuerier, AnotherAddressAsksAtOnceAndNoneNotAtAll) {
  auto& world = this->world_;
  world.Hear(40, "IS_EX()");
  world.Forget();
  world.SetAddress(50, RouterWorld<TypeParam>::Router(5));
  EXPECT_EQ(world.sent(), "GQ @50");
  world.SetAddress(60, {});
  world.RunTo(300);
  EXPECT_EQ(world.sent(), "GQ @50");
  EXPECT_EQ(world.State(), "E10") << "reports are still followed";
  EXPECT_EQ(world.calls(), "");
  EXPECT_FALSE(world.router().querier().is_querier());
}

TYPED_TEST(RouterQuerier, AnAddressBelowTheQueriersTakesOver) {
  auto& world = this->world_;
  world.AskedBy(10, 5);
  world.Forget();
  world.SetAddress(20, RouterWorld<TypeParam>::Router(7));
  EXPECT_EQ(world.sent(), "");
  world.SetAddress(30, RouterWorld<TypeParam>::Router(3));
  EXPECT_EQ(world.sent(), "GQ @30");
}

// Row 11.
TEST(RouterQuerier4, AnotherVersionIsElectedToo) {
  RouterWorld<Ipv4> world({}, 0);
  world.AskedBy(10, 1, 2, 125, 10, Version::kV2);
  EXPECT_FALSE(world.router().querier().is_querier());
  EXPECT_EQ(world.count(Counter::kWrongVersionQuery), 1u);
  EXPECT_EQ(world.events(), "version 2 from 10.0.0.1 @10; not querier @10");
}

// Row 2.
TEST(RouterQuerier4, OlderVersionsAskInTheirOwnForm) {
  RouterWorld<Ipv4> v2(OfVersion<Ipv4>(Version::kV2), 0);
  v2.ShowGeneralQueries();
  EXPECT_EQ(ToHex(v2.last_message()), "1164000000000000");
  v2.RunTo(160);
  EXPECT_EQ(v2.sent(), "GQ @31.25; GQ @156.25");
  RouterWorld<Ipv4> v1(OfVersion<Ipv4>(Version::kV1), 0);
  EXPECT_EQ(ToHex(v1.last_message()), "1100000000000000");
}

// Row 5.
TEST(RouterQuerier4, AQueryFromNobodyElectsNobody) {
  RouterWorld<Ipv4> world({}, 0);
  world.Say(10, WriteQuery(Query<Ipv4>{}), Ipv4Address(), Protocol<Ipv4>::kAllHosts);
  EXPECT_EQ(world.count(Counter::kQueryZeroSource), 1u);
  EXPECT_TRUE(world.router().querier().is_querier());
}

// Row 6. What another router asks about a group elects nobody, and lowers timers.
TYPED_TEST(RouterQuerier, AQuestionAboutAGroupElectsNobody) {
  RouterWorld<TypeParam> world;
  world.Before("E200");
  world.AskedAbout(0, "", 1);
  EXPECT_TRUE(world.router().querier().is_querier());
  EXPECT_EQ(world.State(), "E2");
  world.RunTo(2);
  EXPECT_EQ(world.calls(), "-* @2");
  EXPECT_EQ(world.sent(), "");
}

// Rows 36, 37, 38 and 51.
TYPED_TEST(RouterQuerier, WhatAnotherAsksLowersTimersAndNeverRaisesThem) {
  RouterWorld<TypeParam> group;
  group.Before("N E200");
  group.AskedAbout(0, "", 1, true);
  EXPECT_EQ(group.State(), "E200") << "suppressed";
  group.AskedAbout(0, "", 1);
  EXPECT_EQ(group.State(), "E2");
  group.AskedAbout(1, "", 10);
  EXPECT_EQ(group.State(), "E1");

  RouterWorld<TypeParam> sources;
  sources.Before("N I{a:100,b:1}");
  sources.AskedAbout(0, "ab", 1);
  EXPECT_EQ(sources.State(), "I{a:2,b:1}");

  RouterWorld<TypeParam> forged;
  forged.Before("N E200");
  forged.AskedAbout(0, "", 0);
  EXPECT_EQ(forged.State(), "E0.2") << "hosts have some time to answer, whatever is said";

  RouterWorld<TypeParam> old;
  old.Before("N E200");
  old.AskedAbout(0, "", 1, false, 1, Version::kV2);
  EXPECT_EQ(old.State(), "E2");
}

// A querier asks all the same that has begun before it has heard of the host, and in version 2 without saying that
// somebody has reported since.
TEST(RouterQuerier4, AHostOfVersion1IsNotAskedAbout) {
  RouterWorld<Ipv4> world;
  world.Before("N E100");
  world.HearOld(0, Version::kV1);
  world.AskedAbout(1, "", 1, false, 1, Version::kV2);
  EXPECT_EQ(world.State(), "E269");
  world.HearOld(100, Version::kV2);
  world.AskedAbout(261, "", 1, false, 1, Version::kV2);
  EXPECT_EQ(world.State(), "E2") << "the host of version 1 is gone";
}

// Row 39. What has begun is brought to its end; what comes then is another's to ask about.
TYPED_TEST(RouterQuerier, QuestionsUnderWayOutliveTheRole) {
  RouterWorld<TypeParam> world;
  world.Before("E200");
  world.ShowGeneralQueries();
  world.Hear(0, "TO_IN()");
  world.AskedBy(0.5, 1);
  world.RunTo(10);
  EXPECT_EQ(world.sent(), "Q @0; Q @1");
  EXPECT_EQ(world.events(), "not querier @0.5; ended by check @2");
  EXPECT_EQ(world.calls(), "-* @2");
}

// Row 40. Timers are lowered when the question really leaves.
TYPED_TEST(RouterQuerier, HostsHaveAllTheirTimeThoughAQuestionIsLate) {
  RouterWorld<TypeParam> world;
  world.Before("E200");
  world.HoldQuestions(3);
  world.Hear(0, "TO_IN()");
  world.RunTo(2.9);
  EXPECT_EQ(world.State(), "E197.1");
  world.RunTo(10);
  EXPECT_EQ(world.sent(), "Q @3; Q @4");
  EXPECT_EQ(world.calls(), "-* @5");
}

// Row 63. A flap prunes nothing.
TYPED_TEST(RouterQuerier, ALinkThatComesBackIsAskedAboutAnew) {
  RouterWorld<TypeParam> world;
  world.Before("E200");
  world.ShowGeneralQueries();
  Link<TypeParam> link;
  link.address = RouterWorld<TypeParam>::Router(10);
  link.own = {link.address};
  world.SetLink(0, link);
  EXPECT_EQ(world.events(), "not querier @0");
  world.Hear(1, "TO_IN()");
  EXPECT_EQ(world.count(Counter::kNotEnabled), 1u);
  link.up = true;
  world.SetLink(5, link);
  world.RunTo(40);
  EXPECT_EQ(world.sent(), "GQ @5; GQ @36.25");
  EXPECT_EQ(world.calls(), "");
  EXPECT_EQ(world.State(), "E160");
}

// Rows 72 and 72b.
TYPED_TEST(RouterQuerier, OneLostAnswerIsForgiven) {
  RouterWorld<TypeParam> world;
  world.Hear(0, "IS_EX()");
  world.Hear(260, "IS_EX()");
  world.RunTo(500);
  EXPECT_EQ(world.calls(), "+* @0");
  RouterWorld<TypeParam> two;
  two.Hear(0, "IS_EX()");
  two.RunTo(500);
  EXPECT_EQ(two.calls(), "+* @0; -* @270");
  EXPECT_EQ(two.events(), "ended by age @270");
}

TYPED_TEST(RouterQuerier, OtherSettingsHoldFromThenOnAndEqualOnesChangeNothing) {
  auto& world = this->world_;
  world.RunTo(40);
  world.Forget();
  RouterSettings<TypeParam> settings = world.router().settings();
  world.router().SetSettings(settings, world.Now());
  settings.timing.query_interval = std::chrono::seconds(20);
  world.router().SetSettings(settings, world.Now());
  world.RunTo(85);
  EXPECT_EQ(world.sent(), "GQ @60; GQ @80");
}

TYPED_TEST(RouterQuerier, TimersOfRfc3376AreShorter) {
  RouterSettings<TypeParam> settings;
  settings.rfc3376_timers = true;
  RouterWorld<TypeParam> world(settings);
  world.Hear(0, "IS_EX()");
  EXPECT_EQ(world.State(), "E260");
}

}  // namespace
}  // namespace mgmd::membership
