// Links that come and go, addresses that change, and the last words: routers that may know nothing are told everything.

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/membership/host_rig.h"

namespace mgmd::membership {
namespace {

template <class Family>
class HostLink : public ::testing::Test {};
TYPED_TEST_SUITE(HostLink, BothFamilies);

template <class Family>
typename Family::Address OtherAddress() {
  return SourceNumber<Family>(77);
}

TYPED_TEST(HostLink, ThatComesUpIsToldEverything) {
  HostRig<TypeParam> rig({}, {});
  rig.Want(Excluding<TypeParam>("a"));
  rig.Want(Including<TypeParam>("ab"), TestGroup<TypeParam>(2));
  rig.Want(Excluding<TypeParam>(""), TestGroup<TypeParam>(3));
  rig.Want({}, TestGroup<TypeParam>(3));
  rig.HearGeneral();
  rig.RunFor(1min);
  EXPECT_EQ(rig.Said(), "");
  EXPECT_EQ(rig.host.NextDeadline(), Time::max());
  EXPECT_EQ(rig.host.groups(), 2u);
  rig.SetLink(rig.Up());
  EXPECT_EQ(rig.Said(), "TO_EX(a) ALLOW#2(ab)");
  rig.RunFor(1min);
  EXPECT_EQ(rig.Said(), "TO_EX(a) ALLOW#2(ab)");
}

TYPED_TEST(HostLink, ThatGoesDownHasNothingPending) {
  HostRig<TypeParam> rig;
  rig.Want(Excluding<TypeParam>(""));
  rig.Want(Excluding<TypeParam>(""), TestGroup<TypeParam>(2));
  rig.Want({}, TestGroup<TypeParam>(2));
  rig.HearGeneral();
  rig.Said();
  rig.SetLink({});
  EXPECT_EQ(rig.host.NextDeadline(), Time::max());
  EXPECT_EQ(rig.host.groups(), 1u);
  rig.Want(Including<TypeParam>("a"));
  rig.Ask("a");
  rig.RunFor(1min);
  EXPECT_EQ(rig.Said(), "");
  rig.SetLink(rig.Up());
  rig.RunFor(1min);
  EXPECT_EQ(rig.Said(), "ALLOW(a); ALLOW(a)");
}

TYPED_TEST(HostLink, OfAnotherAddressIsToldEverythingFromThere) {
  HostRig<TypeParam> rig;
  rig.WantAndSettle(Excluding<TypeParam>(""));
  rig.WantAndSettle(Including<TypeParam>("ab"), TestGroup<TypeParam>(2));
  rig.WantAndSettle(Excluding<TypeParam>(""), TestGroup<TypeParam>(3));
  rig.Want(Including<TypeParam>("b"), TestGroup<TypeParam>(2));
  rig.Want({}, TestGroup<TypeParam>(3));
  EXPECT_EQ(rig.Said(), "BLOCK#2(a); TO_IN#3()");
  rig.SetLink(rig.Up(OtherAddress<TypeParam>()));
  ASSERT_EQ(rig.said.size(), 1u);
  EXPECT_EQ(rig.said[0].source, OtherAddress<TypeParam>());
  EXPECT_EQ(rig.Said(), "TO_EX() ALLOW#2(b) BLOCK#2(a)");
  rig.RunFor(1min);
  std::string rest;
  for (const auto& message : rig.said) EXPECT_EQ(message.source, OtherAddress<TypeParam>());
  rest = rig.Said();
  EXPECT_NE(rest.find("TO_IN#3()"), rest.npos) << "what was left to say of a group that has ended is said: " << rest;
  EXPECT_NE(rest.find("TO_EX()"), rest.npos) << rest;
  EXPECT_NE(rest.find("ALLOW#2(b)"), rest.npos) << rest;
}

TYPED_TEST(HostLink, WithoutAddressIsToldFromNoneAndAgainFromTheFirst) {
  HostRig<TypeParam> rig({}, rig.Up({}));
  rig.Want(Excluding<TypeParam>(""));
  ASSERT_EQ(rig.said.size(), 1u);
  EXPECT_TRUE(rig.said[0].source.is_zero());
  rig.RunFor(1min);
  EXPECT_EQ(rig.Said(), "TO_EX(); TO_EX()");
  rig.SetLink(rig.Up());
  rig.RunFor(1min);
  for (const auto& message : rig.said) EXPECT_EQ(message.source, rig.Own());
  EXPECT_EQ(rig.Said(), "TO_EX(); TO_EX()");
}

TYPED_TEST(HostLink, WhoseOtherTraitsChangeIsNotTold) {
  HostRig<TypeParam> rig;
  rig.WantAndSettle(Excluding<TypeParam>(""));
  Link<TypeParam> link = rig.Up();
  rig.SetLink(link);
  link.mtu = 9000;
  link.own = {OtherAddress<TypeParam>()};
  rig.SetLink(link);
  EXPECT_EQ(rig.Said(), "");
}

TYPED_TEST(HostLink, OfOlderQueriersIsToldInTheirVersion) {
  HostRig<TypeParam> rig;
  rig.HearGeneral(10s, Version::kV2);
  rig.WantAndSettle(Including<TypeParam>("a"));
  rig.SetLink({});
  rig.SetLink(rig.Up());
  rig.RunFor(10s);
  EXPECT_EQ(rig.Said(), "report; report");
}

struct StopRow {
  const char* what;
  Version version;
  bool up;
  const char* said;
};

TYPED_TEST(HostLink, HearsLastWordsOnce) {
  const StopRow rows[] = {
      {"version 3", Version::kV3, true, "TO_IN() BLOCK#2(ab) TO_IN#3()"},
      {"version 2", Version::kV2, true, "leave; leave#2"},
      {"down", Version::kV3, false, ""},
      {"version 1", Version::kV1, true, ""},
  };
  for (const StopRow& row : rows) {
    if (row.version < Protocol<TypeParam>::kOldest) continue;
    HostRig<TypeParam> rig;
    if (row.version != Version::kV3) rig.HearGeneral(10s, row.version);
    rig.WantAndSettle(Excluding<TypeParam>("a"));
    rig.WantAndSettle(Including<TypeParam>("ab"), TestGroup<TypeParam>(2));
    // Left already, but for the repeat.
    rig.WantAndSettle(Excluding<TypeParam>(""), TestGroup<TypeParam>(3));
    rig.Want({}, TestGroup<TypeParam>(3));
    rig.HearGeneral(3000s);
    if (!row.up) rig.SetLink({});
    rig.said.clear();
    rig.host.Stop(rig.now);
    EXPECT_EQ(rig.Said(), row.said) << row.what;
    EXPECT_EQ(rig.host.groups(), 0u);
    rig.HearGeneral();
    rig.RunFor(1h);
    EXPECT_EQ(rig.Said(), "") << row.what;
  }
}

TYPED_TEST(HostLink, HearsOfAGroupOfTheLastTurnThatItIsLeft) {
  HostRig<TypeParam> rig;
  ASSERT_TRUE(rig.host.SetWant(0, TestGroup<TypeParam>(1), Excluding<TypeParam>(""), rig.now));
  rig.host.Stop(rig.now);
  EXPECT_EQ(rig.Said(), "TO_IN()");
}

}  // namespace
}  // namespace mgmd::membership
