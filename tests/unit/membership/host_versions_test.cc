// Among routers of older versions a host speaks theirs, and goes back to version 3 when none has been heard for long.

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "tests/unit/membership/host_rig.h"

namespace mgmd::membership {
namespace {

template <class Family>
class HostVersions : public ::testing::Test {};
TYPED_TEST_SUITE(HostVersions, BothFamilies);

// How long an older querier that allows for answers within 10 s counts as present.
template <class Family>
Duration Present(int robustness = 2) {
  return robustness * 125s + (Family::kAddressBits == 32 ? 100s : 10s);
}

TYPED_TEST(HostVersions, Version2IsSpokenUntilNoneIsHeardForLong) {
  HostRig<TypeParam> rig;
  rig.HearGeneral(10s, Version::kV2);
  EXPECT_EQ(rig.versions, std::vector{Version::kV2});
  rig.RunFor(1s);
  rig.Want(Excluding<TypeParam>(""));
  EXPECT_EQ(rig.Said(), "report");
  rig.RunFor(10s);
  EXPECT_EQ(rig.Said(), "report");
  rig.RunFor(9s);
  EXPECT_EQ(rig.Said(), "");
  rig.Want({});
  EXPECT_EQ(rig.Said(), "leave");
  rig.RunFor(Present<TypeParam>() - 20s - 1ns);
  EXPECT_EQ(rig.Said(), "");
  EXPECT_EQ(rig.host.version(), Version::kV2);
  rig.RunFor(1ns);
  EXPECT_EQ(rig.host.version(), Version::kV3);
  EXPECT_EQ(rig.versions, (std::vector{Version::kV2, Version::kV3}));
  EXPECT_EQ(rig.host.NextDeadline(), Time::max());
  rig.Want(Excluding<TypeParam>(""));
  EXPECT_EQ(rig.Said(), "TO_EX()");
}

TYPED_TEST(HostVersions, TimeOfPresenceFollowsTheRobustnessAndTheLastQuery) {
  HostRig<TypeParam> rig({.robustness = 4});
  rig.HearGeneral(10s, Version::kV2);
  EXPECT_EQ(rig.host.NextDeadline(), rig.now + Present<TypeParam>(4));
  rig.Hear({.robustness = 3});
  rig.RunFor(100s);
  rig.HearGeneral(10s, Version::kV2);
  EXPECT_EQ(rig.host.NextDeadline(), rig.now + Present<TypeParam>(3));
  rig.HearGeneral(20s, Version::kV2);
  EXPECT_EQ(rig.host.NextDeadline(), rig.now + 375s + (TypeParam::kAddressBits == 32 ? 200s : 20s));
  EXPECT_EQ(rig.versions, std::vector{Version::kV2});
}

TYPED_TEST(HostVersions, MessagesOfVersion2GoToTheGroupAndToAllRouters) {
  HostRig<TypeParam> rig;
  rig.HearGeneral(10s, Version::kV2);
  rig.Want(Excluding<TypeParam>(""));
  rig.Want({});
  ASSERT_EQ(rig.said.size(), 2u);
  constexpr MessageKind kReport{MessageType::kReport, Version::kV2};
  constexpr MessageKind kLeave{MessageType::kLeave, Version::kV2};
  EXPECT_EQ(rig.said[0].kind, kReport);
  EXPECT_EQ(rig.said[0].source, rig.Own());
  EXPECT_EQ(rig.said[0].destination, TestGroup<TypeParam>(1));
  EXPECT_EQ(rig.said[1].kind, kLeave);
  EXPECT_EQ(rig.said[1].destination, Protocol<TypeParam>::kAllRouters);
  EXPECT_EQ(rig.counters.of(kReport).sent, 1u);
  EXPECT_EQ(rig.counters.of(kReport).sent_octets, Protocol<TypeParam>::kOldMessage);
  EXPECT_EQ(rig.counters.of(kLeave).sent, 1u);
}

TYPED_TEST(HostVersions, Version2KnowsGroupsAlone) {
  HostRig<TypeParam> rig;
  rig.HearGeneral(10s, Version::kV2);
  rig.WantAndSettle(Including<TypeParam>("a"));
  rig.Want(Including<TypeParam>("b"));
  rig.Want(Excluding<TypeParam>(""));
  rig.Want(Excluding<TypeParam>("ab"));
  rig.RunFor(1min);
  EXPECT_EQ(rig.Said(), "");
  rig.Ask("a");
  rig.RunFor(1s);
  EXPECT_EQ(rig.Said(), "report") << "whatever is asked";
  rig.Hear({.version = Version::kV2, .group = TestGroup<TypeParam>(1), .max_response = 1s});
  rig.RunFor(1s);
  EXPECT_EQ(rig.Said(), "report");
  rig.HearGeneral();
  rig.RunFor(10s);
  EXPECT_EQ(rig.Said(), "report");
}

TYPED_TEST(HostVersions, Version2ReportsAsOftenAsTheRobustnessSaysWithinTenSeconds) {
  for (int robustness = 1; robustness <= 7; ++robustness) {
    HostRig<TypeParam> rig({.robustness = robustness});
    rig.HearGeneral(10s, Version::kV2);
    rig.Want(Excluding<TypeParam>(""));
    rig.RunFor(10s);
    EXPECT_EQ(rig.said.size(), static_cast<size_t>(robustness));
    rig.RunFor(1min);
    EXPECT_EQ(rig.said.size(), static_cast<size_t>(robustness));
    rig.said.clear();
    rig.Want({});
    rig.RunFor(1min);
    EXPECT_EQ(rig.Said(), "leave");
  }
}

TYPED_TEST(HostVersions, GeneralQueryOfVersion2GetsAReportForEachGroupAtItsOwnTime) {
  HostRig<TypeParam> rig;
  rig.HearGeneral(10s, Version::kV2);
  for (int group = 1; group <= 50; ++group) rig.Want(Excluding<TypeParam>(""), TestGroup<TypeParam>(group));
  rig.RunFor(30s);
  rig.said.clear();
  const Duration asked = rig.now - rig.kBegin;
  rig.HearGeneral(10s, Version::kV2);
  rig.HearGeneral(10s, Version::kV2);
  rig.RunFor(10s);
  std::set<Duration> times;
  std::set<typename TypeParam::Address> groups;
  for (const auto& message : rig.said) {
    times.insert(message.at - asked);
    groups.insert(message.destination);
  }
  EXPECT_EQ(rig.said.size(), 50u) << "the second query is answered together with the first";
  EXPECT_EQ(groups.size(), 50u);
  EXPECT_EQ(times.size(), 50u);
  EXPECT_LT(*times.begin(), 2s);
  EXPECT_GT(*times.rbegin(), 8s);
}

TYPED_TEST(HostVersions, QueryOfVersion2AboutAGroupChangesNothing) {
  HostRig<TypeParam> rig;
  rig.WantAndSettle(Excluding<TypeParam>("a"));
  rig.Hear({.version = Version::kV2, .group = TestGroup<TypeParam>(1), .max_response = 1s});
  rig.RunFor(1s);
  EXPECT_EQ(rig.Said(), "IS_EX(a)");
  EXPECT_TRUE(rig.versions.empty());
}

TYPED_TEST(HostVersions, ChangeOfVersionDropsWhatIsPending) {
  HostRig<TypeParam> rig;
  rig.Want(Excluding<TypeParam>(""));
  rig.Want(Excluding<TypeParam>(""), TestGroup<TypeParam>(2));
  rig.Want({}, TestGroup<TypeParam>(2));
  rig.HearGeneral(3000s);
  rig.Said();
  rig.HearGeneral(10s, Version::kV2);
  EXPECT_EQ(rig.host.groups(), 1u) << "the group that has ended is forgotten with its repeat";
  rig.RunFor(30s);
  EXPECT_EQ(rig.Said(), "report") << "the answer to the query that brought the version";
  rig.RunFor(Present<TypeParam>() - 30s - 1ns);
  rig.Want(Excluding<TypeParam>(""), TestGroup<TypeParam>(3));
  EXPECT_EQ(rig.Said(), "report#3");
  rig.RunFor(1h);
  EXPECT_EQ(rig.Said(), "");
}

TYPED_TEST(HostVersions, WhatChangedInTheSameTurnIsSaidBeforeTheVersionChanges) {
  HostRig<TypeParam> rig;
  ASSERT_TRUE(rig.host.SetWant(0, TestGroup<TypeParam>(1), Excluding<TypeParam>(""), rig.now));
  rig.HearGeneral(10s, Version::kV2);
  EXPECT_EQ(rig.Said(), "TO_EX()");
  rig.RunFor(10s);
  EXPECT_EQ(rig.Said(), "report");
  // The turn comes late: by then version 3 is spoken again.
  rig.now += Present<TypeParam>() - 10s - 1ns;
  ASSERT_TRUE(rig.host.SetWant(0, TestGroup<TypeParam>(2), Excluding<TypeParam>(""), rig.now));
  rig.now += 1ms;
  rig.host.Tick(rig.now);
  EXPECT_EQ(rig.Said(), "report#2");
  ASSERT_TRUE(rig.host.SetWant(0, TestGroup<TypeParam>(3), Excluding<TypeParam>(""), rig.now));
  rig.host.Tick(rig.now);
  EXPECT_EQ(rig.Said(), "TO_EX#3()");
}

TYPED_TEST(HostVersions, ChangeOfWantsFindsThatAnOlderQuerierIsGone) {
  HostRig<TypeParam> rig;
  rig.HearGeneral(10s, Version::kV2);
  rig.now += Present<TypeParam>();
  rig.Want(Including<TypeParam>("a"));
  EXPECT_EQ(rig.Said(), "ALLOW(a)");
}

TYPED_TEST(HostVersions, SourcesThatVersion2CannotSayAreToldOfOnce) {
  HostRig<TypeParam> rig;
  rig.WantAndSettle(Including<TypeParam>("a"), SsmGroup<TypeParam>());
  EXPECT_TRUE(rig.unsaid.empty());
  rig.HearGeneral(10s, Version::kV2);
  rig.WantAndSettle(Including<TypeParam>("a"), TestGroup<TypeParam>(1));
  rig.HearGeneral(10s, Version::kV2);
  rig.RunFor(10s);
  EXPECT_EQ(rig.unsaid, std::vector{SsmGroup<TypeParam>()});
  rig.RunFor(1h);
  rig.HearGeneral(10s, Version::kV2);
  rig.RunFor(10s);
  EXPECT_EQ(rig.unsaid.size(), 2u) << "once for each time that such a version begins";
}

TEST(HostVersion1, KnowsNoLeave) {
  HostRig<Ipv4> rig;
  rig.HearGeneral(10s, Version::kV1);
  EXPECT_EQ(rig.host.version(), Version::kV1);
  rig.Want(Excluding<Ipv4>(""));
  rig.RunFor(10s);
  EXPECT_EQ(rig.Said(), "report1; report1");
  rig.HearGeneral(10s, Version::kV1);
  rig.RunFor(10s);
  EXPECT_EQ(rig.Said(), "report1");
  rig.Want({});
  EXPECT_EQ(rig.host.groups(), 0u);
  rig.RunFor(1min);
  EXPECT_EQ(rig.Said(), "");
  rig.Want(Excluding<Ipv4>(""));
  rig.Want({});
  rig.RunFor(1min);
  EXPECT_EQ(rig.Said(), "report1") << "no repeat either";
}

TEST(HostVersion1, ComesBeforeVersion2) {
  HostRig<Ipv4> rig;
  rig.HearGeneral(10s, Version::kV1);
  rig.RunFor(100s);
  rig.HearGeneral(10s, Version::kV2);
  EXPECT_EQ(rig.host.version(), Version::kV1);
  rig.RunFor(250s - 1ns);
  EXPECT_EQ(rig.host.version(), Version::kV1);
  rig.RunFor(1ns);
  EXPECT_EQ(rig.host.version(), Version::kV2);
  rig.RunFor(100s - 1ns);
  EXPECT_EQ(rig.host.version(), Version::kV2);
  rig.RunFor(1ns);
  EXPECT_EQ(rig.versions, (std::vector{Version::kV1, Version::kV2, Version::kV3}));
}

}  // namespace
}  // namespace mgmd::membership
