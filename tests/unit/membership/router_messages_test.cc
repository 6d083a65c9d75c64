// What the router part makes of messages: older versions, groups that are never reported, source-specific ones, limits,
// access lists, static members, and what is wrong.

#include <gtest/gtest.h>

#include "tests/unit/membership/router_world.h"

namespace mgmd::membership {
namespace {

using std::chrono::seconds;

template <class Family>
class RouterMessages : public ::testing::Test {
 protected:
  using World = RouterWorld<Family>;
  using Settings = RouterSettings<Family>;

  static Settings With(std::function<void(Settings&)> change) {
    Settings settings;
    change(settings);
    return settings;
  }
  static typename Family::Prefix Exactly(std::string_view group) {
    return typename Family::Prefix(World::Group(group), Family::kAddressBits);
  }
};
using Families = ::testing::Types<Ipv4, Ipv6>;
TYPED_TEST_SUITE(RouterMessages, Families);

// --- Older versions

// Rows 41 and 47.
TYPED_TEST(RouterMessages, AnOlderHostJoinsAndLeaves) {
  RouterWorld<TypeParam> world;
  world.HearOld(0, Version::kV2);
  EXPECT_EQ(world.State(), "E270");
  EXPECT_EQ(world.router().Find(world.Group("G"))->older.Oldest(world.Now()), Version::kV2);
  world.HearLeave(10);
  world.RunTo(20);
  EXPECT_EQ(world.sent(), "Q @10; Q @11");
  EXPECT_EQ(world.last_message().size(), kQueryHeader<TypeParam>) << "in the interface's form";
  EXPECT_EQ(world.calls(), "+* @0; -* @12");
}

// Row 42.
TYPED_TEST(RouterMessages, BesideAnOlderHostListsCountForNothing) {
  RouterWorld<TypeParam> world;
  world.Before("E200 X{a:9} Y{b}");
  world.HearOld(-0.0, Version::kV2, "G2");  // another group's
  world.Before("");
  RouterWorld<TypeParam> mixed;
  mixed.HearOld(-70, Version::kV2);
  mixed.Hear(-69.5, "ALLOW(a)");
  mixed.Before("");
  mixed.Hear(0, "BLOCK(c)");
  EXPECT_EQ(mixed.State(), "E200 X{a:200.5}");
  mixed.Hear(0, "TO_EX(a)");
  EXPECT_EQ(mixed.State(), "E270") << "as TO_EX({})";
  EXPECT_EQ(mixed.sent(), "");
  EXPECT_EQ(mixed.calls(), "");
}

TYPED_TEST(RouterMessages, WhatWasBlockedIsForwardedOnceAnOlderHostIsThere) {
  RouterWorld<TypeParam> world;
  world.Before("E200 X{a:9} Y{b}");
  world.HearOld(0, Version::kV2);
  EXPECT_EQ(world.State(), "E270");
  EXPECT_EQ(world.calls(), "^b @0");
}

// Row 43.
TEST(RouterMessages4, ModesEndOneAfterTheOther) {
  RouterWorld<Ipv4> world;
  world.HearOld(0, Version::kV1);
  world.HearOld(100, Version::kV2);
  const auto mode = [&](double at) {
    world.RunTo(at);
    return world.router().Find(kGroup)->older.Oldest(world.Now());
  };
  EXPECT_EQ(mode(140), Version::kV1);
  world.HearLeave(150);
  world.Hear(151, "TO_IN()");
  EXPECT_EQ(world.sent(), "") << "hosts of version 1 say no leave, so none counts";
  EXPECT_EQ(mode(259), Version::kV1);
  EXPECT_EQ(mode(260), Version::kV2);
  world.HearLeave(261);
  world.RunTo(270);
  EXPECT_EQ(world.sent(), "Q @261; Q @262");
  EXPECT_EQ(world.calls(), "+* @0; -* @263");
}

// Row 69.
TEST(RouterMessages4, ARouterOfVersion1KnowsNoLeave) {
  RouterSettings<Ipv4> settings;
  settings.version = Version::kV1;
  RouterWorld<Ipv4> world(settings);
  world.HearOld(0, Version::kV1);
  world.HearLeave(70);
  world.Hear(70, "TO_IN()");
  world.RunTo(80);
  EXPECT_EQ(world.sent(), "");
  EXPECT_EQ(world.State(), "E190");
  EXPECT_EQ(world.count(Counter::kVersion), 1u);
}

// Row 70.
TYPED_TEST(RouterMessages, ARouterOfVersion2AsksInItsForm) {
  RouterWorld<TypeParam> world(this->With([](auto& settings) { settings.version = Version::kV2; }));
  world.HearOld(-70, Version::kV2);
  world.Before("");
  world.Hear(0, "TO_IN()");
  EXPECT_EQ(world.count(Counter::kVersion), 1u);
  world.HearLeave(0);
  EXPECT_EQ(world.last_message().size(), Protocol<TypeParam>::kOldMessage);
  world.RunTo(10);
  EXPECT_EQ(world.sent(), "Q @0; Q @1");
  EXPECT_EQ(world.calls(), "-* @2");
}

TYPED_TEST(RouterMessages, OlderReportsAreNotTakenWhereTheyMustNotBe) {
  RouterWorld<TypeParam> strict(this->With([](auto& settings) { settings.compat_hosts = false; }));
  strict.HearOld(0, Version::kV2);
  EXPECT_EQ(strict.State(), "");
  EXPECT_EQ(strict.count(Counter::kVersion), 1u);
  RouterWorld<TypeParam> ignoring(this->With([](auto& settings) { settings.ignored = {Version::kV2}; }));
  ignoring.HearOld(0, Version::kV2);
  EXPECT_EQ(ignoring.State(), "");
  ignoring.Hear(0, "IS_EX()");
  EXPECT_EQ(ignoring.State(), "E270");
}

// --- Which records count

// Row 44.
TYPED_TEST(RouterMessages, ASourceSpecificGroupIsOfSourcesAlone) {
  RouterWorld<TypeParam> world;
  world.Hear(0, "IS_EX() F");
  world.Hear(0, "TO_EX(a) F");
  world.HearOld(0, Version::kV2, "F");
  world.HearLeave(0, "F");
  EXPECT_EQ(world.count(Counter::kSsmIgnored), 4u);
  EXPECT_EQ(world.State("F"), "");
  world.Hear(0, "ALLOW(a) F");
  EXPECT_EQ(world.State("F"), "I{a:270}");
  EXPECT_EQ(world.router().Find(world.Group("F"))->older.Oldest(world.Now()), Version::kV3);
  world.Hear(1, "TO_IN() F");
  EXPECT_EQ(world.sent(), "Qa @1") << "never about the group";
}

// Row 45. A record that does not count takes nothing from the others of its report.
TYPED_TEST(RouterMessages, RecordsAreTakenOneByOne) {
  using P = Protocol<TypeParam>;
  RouterWorld<TypeParam> world;
  const auto local = RouterWorld<TypeParam>::Group(TypeParam::kAddressBits == 32 ? "224.0.0.251" : "ff02::fb");
  std::vector<uint8_t> report = WriteReport<TypeParam>(std::array{
      Record<TypeParam>{RecordType::kIsExclude, local, {}},
      Record<TypeParam>{static_cast<RecordType>(9), world.Group("G"), {}},
      Record<TypeParam>{RecordType::kIsExclude, typename TypeParam::Address{}, {}},
      Record<TypeParam>{RecordType::kIsExclude, world.Group("G"), {}},
  });
  report[report.size() - kRecordHeader<TypeParam> + 1] = 2;  // two words of auxiliary data
  report.resize(report.size() + 8, 0xAA);
  world.Say(0, report, world.Router(101), P::kAllReports);
  EXPECT_EQ(world.State(), "E270");
  EXPECT_EQ(world.count(Counter::kLocalGroup), 1u);
  EXPECT_EQ(world.count(Counter::kRecordType), 1u);
  EXPECT_EQ(world.count(Counter::kBadGroup), 1u);
  EXPECT_EQ(world.router().groups(), 1u);
}

// Rows 48 and 65, as far as validity_test does not have them.
TYPED_TEST(RouterMessages, WhatIsWrongIsCountedAndChangesNothing) {
  using P = Protocol<TypeParam>;
  RouterWorld<TypeParam> world;
  std::vector<uint8_t> cut = RouterWorld<TypeParam>::ReportOf("IS_EX()");
  cut[7] = 5;
  world.Say(0, cut, world.Router(101), P::kAllReports);
  EXPECT_EQ(world.count(Counter::kTruncated), 1u);
  Query<TypeParam> query;
  query.sources = {world.Source('a')};
  world.Say(0, WriteQuery(query), world.Router(1), P::kAllHosts);
  EXPECT_EQ(world.count(Counter::kBadQuery), 1u);
  world.AskedBy(0, 10);
  EXPECT_EQ(world.count(Counter::kOwn), 1u);
  EXPECT_NE(world.events().find("duplicate"), std::string::npos);
  EXPECT_EQ(world.router().groups(), 0u);
  EXPECT_TRUE(world.router().querier().is_querier());
}

TYPED_TEST(RouterMessages, SourcesThatNoPacketComesFromAreLeftOut) {
  using P = Protocol<TypeParam>;
  RouterWorld<TypeParam> world;
  const typename TypeParam::Address sources[] = {typename TypeParam::Address{}, world.Source('a'), world.Group("G")};
  world.Say(0, WriteReport<TypeParam>(std::array{Record<TypeParam>{RecordType::kIsInclude, world.Group("G"), sources}}),
            world.Router(101), P::kAllReports);
  EXPECT_EQ(world.State(), "I{a:270}");
  EXPECT_EQ(world.count(Counter::kBadRecordSource), 2u);
}

// --- Limits: row 49, 53 and 54.

TYPED_TEST(RouterMessages, NoMoreGroupsThanTheInterfaceMayHave) {
  RouterWorld<TypeParam> world(this->With([](auto& settings) { settings.max_groups = 1; }));
  const std::string_view local = TypeParam::kAddressBits == 32 ? "IS_EX() 224.0.0.9" : "IS_EX() ff02::1:ff00:1";
  world.Hear(0, local);
  EXPECT_EQ(world.count(Counter::kLocalGroup), 1u) << "which takes no room";
  world.Hear(0, "IS_EX()");
  world.Hear(10, "IS_EX() G2");
  world.Hear(20, "IS_EX()");
  EXPECT_EQ(world.State(), "E270") << "what is there is refreshed";
  EXPECT_EQ(world.State("G2"), "");
  EXPECT_EQ(world.count(Counter::kLimitGroups), 1u);
  EXPECT_EQ(world.events(), "groups nearly full @0; groups full @10");
  world.Hear(30, "TO_IN()");
  world.RunTo(40);
  world.Hear(50, "IS_EX() G2");
  EXPECT_EQ(world.State("G2"), "E270");
}

TYPED_TEST(RouterMessages, NoMoreSourcesThanAGroupMayHave) {
  RouterWorld<TypeParam> world(this->With([](auto& settings) { settings.max_sources = 2; }));
  world.Hear(0, "IS_IN(a,b,c)");
  EXPECT_EQ(world.calls(), "+a @0; +b @0");
  EXPECT_EQ(world.count(Counter::kLimitSources), 1u);
  EXPECT_EQ(world.events(), "sources full @0");
  world.Hear(0, "IS_EX(c,d,e) G2");
  EXPECT_EQ(world.State("G2"), "E270 Y{c,d}") << "what does not fit is forwarded";
  world.Hear(1, "TO_EX(a,b,c)");
  EXPECT_EQ(world.State(), "E270 X{a:2,b:2}");
}

TYPED_TEST(RouterMessages, NoMoreMembershipsThanAllMayHave) {
  RouterWorld<TypeParam> world;
  world.shared().memberships.SetMost(2);
  world.Hear(0, "IS_IN(a,b)");
  EXPECT_EQ(world.State(), "I{a:270}");
  world.Hear(0, "IS_EX() G2");
  EXPECT_EQ(world.State("G2"), "");
  EXPECT_EQ(world.count(Counter::kLimitGlobal), 2u);
  world.RunTo(270);
  EXPECT_EQ(world.shared().memberships.used(), 0u);
  world.Hear(271, "IS_EX() G2");
  EXPECT_EQ(world.State("G2"), "E270");
}

// --- Access lists: row 58.

TYPED_TEST(RouterMessages, WhatIsDeniedIsNotTakenAndEndsAtOnceWhenItIsDeniedLater) {
  using Rule = AccessRule<TypeParam>;
  const auto deny = this->With([&](auto& settings) {
    settings.acl = AccessList<TypeParam>({Rule{.permit = false, .groups = this->Exactly("G")}});
  });
  RouterWorld<TypeParam> world;
  world.Before("E200");
  world.router().SetSettings(deny, world.Now());
  world.Hear(0, "IS_EX()");
  EXPECT_EQ(world.calls(), "-* @0");
  EXPECT_EQ(world.sent(), "");
  EXPECT_EQ(world.events(), "ended by denied @0");
  EXPECT_EQ(world.count(Counter::kAcl), 1u);
  world.Hear(0, "IS_EX() G2");
  EXPECT_EQ(world.State("G2"), "E270") << "a list of what is denied leaves the rest";
}

TYPED_TEST(RouterMessages, AListOfSourcesPermitsThese) {
  using Rule = AccessRule<TypeParam>;
  RouterWorld<TypeParam> world(this->With([&](auto& settings) {
    settings.acl = AccessList<TypeParam>(
        {Rule{.permit = true,
              .groups = this->Exactly("G"),
              .sources = typename TypeParam::Prefix(RouterWorld<TypeParam>::Source('a'), TypeParam::kAddressBits)}});
  }));
  world.Hear(0, "IS_EX()");
  EXPECT_EQ(world.State(), "") << "which asks for any source";
  world.Hear(0, "ALLOW(a,b)");
  EXPECT_EQ(world.State(), "I{a:270}");
  world.Hear(0, "ALLOW(a) G2");
  EXPECT_EQ(world.State("G2"), "") << "a list of what is permitted leaves nothing else";
  EXPECT_EQ(world.count(Counter::kAcl), 3u);
}

TYPED_TEST(RouterMessages, GroupsThatABoundaryStopsAreNotTaken) {
  RouterWorld<TypeParam> world(this->With([](auto& settings) {
    settings.boundary = [](const auto& group) { return group == RouterWorld<TypeParam>::Group("G"); };
  }));
  world.Hear(0, "IS_EX()");
  world.Hear(0, "IS_EX() G2");
  EXPECT_EQ(world.State(), "");
  EXPECT_EQ(world.State("G2"), "E270");
  EXPECT_EQ(world.count(Counter::kBoundary), 1u);
}

// --- Static members: rows 52 and 74.

TYPED_TEST(RouterMessages, StaticMembersAreThereWhateverHostsSay) {
  RouterWorld<TypeParam> world(
      this->With([](auto& settings) { settings.static_members = {{RouterWorld<TypeParam>::Group("G")}}; }));
  world.Before("E200");
  world.Hear(0, "TO_IN()");
  world.RunTo(10);
  EXPECT_EQ(world.sent(), "Q @0; Q @1");
  EXPECT_EQ(world.State(), "");
  EXPECT_EQ(world.calls(), "");
  EXPECT_TRUE(world.router().Describe(world.Group("G")).any);
  world.Hear(20, "IS_IN(a)");
  EXPECT_TRUE(world.router().Wants(world.Source('b'), world.Group("G")));
  EXPECT_EQ(world.calls(), "+a @20");
}

TYPED_TEST(RouterMessages, AStaticSourceIsNeverBlocked) {
  RouterWorld<TypeParam> world(this->With([](auto& settings) {
    settings.static_members = {{RouterWorld<TypeParam>::Group("G"), RouterWorld<TypeParam>::Source('a')}};
  }));
  world.Hear(0, "TO_EX(a,b)");
  EXPECT_EQ(world.calls(), "+* @0; !b @0") << "of a nothing is to be done: it was there from the start";
  EXPECT_TRUE(world.router().Wants(world.Source('a'), world.Group("G")));
  EXPECT_FALSE(world.router().Wants(world.Source('b'), world.Group("G")));
  EXPECT_TRUE(world.router().Wants(world.Source('c'), world.Group("G")));
}

}  // namespace
}  // namespace mgmd::membership
