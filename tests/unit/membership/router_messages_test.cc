// What the router part makes of messages: older versions, groups that are never reported, source-specific ones, limits,
// access lists, static members, immediate leaves, and what is wrong.

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
  EXPECT_EQ(world.router().Find(world.Group("G"))->group.HostVersion(world.Now()), Version::kV2);
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
    return world.router().Find(kGroup)->group.HostVersion(world.Now());
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
  EXPECT_EQ(world.router().Find(world.Group("F"))->group.HostVersion(world.Now()), Version::kV3);
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

// --- Immediate leaves: rows 55, 56, 57 and 73.

template <class Family>
RouterSettings<Family> Tracked() {
  RouterSettings<Family> settings;
  settings.immediate_leave = ImmediateLeave::kTracked;
  return settings;
}

TYPED_TEST(RouterMessages, TheLastKnownHostEndsAGroupAtOnce) {
  RouterWorld<TypeParam> world(Tracked<TypeParam>());
  world.Hear(0, "TO_EX()", 101);
  world.Hear(1, "TO_EX()", 102);
  world.Hear(2, "TO_IN()", 101);
  world.Hear(3, "TO_IN()", 102);
  world.RunTo(10);
  EXPECT_EQ(world.calls(), "+* @0; -* @3");
  EXPECT_EQ(world.sent(), "");
  EXPECT_EQ(world.events(), "ended by left @3");
  EXPECT_EQ(world.router().hosts(), 0u);
}

TYPED_TEST(RouterMessages, AnOlderHostMakesALeaveAQuestion) {
  RouterWorld<TypeParam> world(Tracked<TypeParam>());
  world.Hear(0, "TO_EX()", 101);
  world.Hear(0, "TO_EX()", 102);
  world.HearOld(1, Version::kV2, "G", 103);
  world.Hear(2, "TO_IN()", 101);
  world.Hear(2, "TO_IN()", 102);
  world.RunTo(10);
  EXPECT_EQ(world.sent(), "Q @2; Q @3");
  EXPECT_EQ(world.calls(), "+* @0; -* @4");
}

TYPED_TEST(RouterMessages, WhatAnotherHostWantsStays) {
  RouterWorld<TypeParam> world(Tracked<TypeParam>());
  world.Hear(0, "ALLOW(a,b)", 101);
  world.Hear(0, "ALLOW(b)", 102);
  world.Hear(1, "BLOCK(a,b)", 101);
  world.RunTo(10);
  EXPECT_EQ(world.sent(), "");
  EXPECT_EQ(world.calls(), "+a @0; +b @0; -a @1");
}

TYPED_TEST(RouterMessages, SourcesOutliveTheLastHostThatWantsAll) {
  RouterWorld<TypeParam> world(Tracked<TypeParam>());
  world.Hear(0, "ALLOW(a)", 102);
  world.Hear(0, "TO_EX()", 101);
  world.Hear(1, "TO_IN()", 101);
  EXPECT_EQ(world.calls(), "+a @0; +* @0; -a @0; +a @1; -* @1");
  EXPECT_EQ(world.State(), "I{a:269}");
  // And where its timer ends by itself.
  RouterWorld<TypeParam> aged(Tracked<TypeParam>());
  aged.Hear(0, "TO_EX()", 101);
  aged.Hear(100, "ALLOW(a)", 102);
  aged.Hear(100, "IS_EX() G2", 101);
  aged.RunTo(271);
  EXPECT_EQ(aged.State(), "I{a:99}");
}

TYPED_TEST(RouterMessages, BeforeTheFirstAnswersAreInNobodyIsKnown) {
  RouterWorld<TypeParam> world(Tracked<TypeParam>(), 0);
  world.Hear(1, "TO_EX()", 101);
  world.Hear(10.5, "TO_IN()", 101);
  EXPECT_EQ(world.sent(), "Q @10.5");
  world.Hear(20, "TO_EX()", 101);
  world.Hear(21, "TO_IN()", 101);
  EXPECT_NE(world.calls().find("-* @21"), std::string::npos);
}

TYPED_TEST(RouterMessages, MoreHostsThanThereIsRoomForAreAskedAgain) {
  RouterWorld<TypeParam> world(Tracked<TypeParam>());
  for (int host = 0; host <= 64; ++host) world.Hear(0, "TO_EX()", 101 + host);
  EXPECT_EQ(world.count(Counter::kUntracked), 1u);
  world.Hear(1, "TO_IN()", 101);
  EXPECT_EQ(world.sent(), "Q @1");
}

TYPED_TEST(RouterMessages, AlwaysEndsAGroupAtAnyLeave) {
  RouterWorld<TypeParam> world(this->With([](auto& settings) { settings.immediate_leave = ImmediateLeave::kAlways; }));
  world.HearOld(0, Version::kV2, "G", 101);
  world.HearOld(0, Version::kV2, "G", 102);
  world.HearLeave(1, "G", 101);
  EXPECT_EQ(world.calls(), "+* @0; -* @1");
}

TEST(RouterMessages4, AForeignHostsLeaveIsAskedAbout) {
  RouterWorld<Ipv4> world(Tracked<Ipv4>());
  const auto say = [&](double at, std::string_view report) {
    world.Say(at, RouterWorld<Ipv4>::ReportOf(report), Ipv4Address(10, 7, 0, 1), Protocol<Ipv4>::kAllReports);
  };
  say(0, "TO_EX()");
  say(1, "TO_IN()");
  EXPECT_EQ(world.sent(), "Q @1");
  EXPECT_EQ(world.count(Counter::kForeign), 2u);
}

// A host without an address is told by its MAC address.
TEST(RouterMessages4, HostsWithoutAddressesAreToldApart) {
  RouterWorld<Ipv4> world(Tracked<Ipv4>());
  const auto say = [&](double at, std::string_view report, uint8_t mac) {
    const auto packet = MakePacket<Ipv4>({}, Protocol<Ipv4>::kAllReports, RouterWorld<Ipv4>::ReportOf(report));
    world.SayDatagram(at, {.source = {},
                           .destination = Protocol<Ipv4>::kAllReports,
                           .sender = {2, 0, 0, 0, 0, mac},
                           .message = std::span<const uint8_t>(packet).subspan(24)});
  };
  say(0, "TO_EX()", 1);
  say(0, "TO_EX()", 2);
  say(1, "TO_IN()", 1);
  EXPECT_EQ(world.calls(), "+* @0");
  say(2, "TO_IN()", 2);
  EXPECT_EQ(world.calls(), "+* @0; -* @2");
  EXPECT_EQ(world.sent(), "");
}

// --- Questions: row 71, and their rate.

TYPED_TEST(RouterMessages, AQuestionAboutMoreSourcesThanFitIsSplit) {
  using P = Protocol<TypeParam>;
  RouterWorld<TypeParam> world;
  std::vector<typename TypeParam::Address> sources;
  for (int number = 0; number < 500; ++number) {
    if constexpr (TypeParam::kAddressBits == 32) {
      sources.push_back(Ipv4Address(0x0A0A0000u + static_cast<uint32_t>(number)));
    } else {
      std::array<uint8_t, 16> octets{0x20, 1, 0xd, 0xb8};
      octets[14] = static_cast<uint8_t>(number >> 8);
      octets[15] = static_cast<uint8_t>(number);
      sources.push_back(Ipv6Address(octets));
    }
  }
  const auto report = [&](RecordType type) {
    return WriteReport<TypeParam>(std::array{Record<TypeParam>{type, world.Group("G"), sources}});
  };
  world.Say(0, report(RecordType::kIsInclude), world.Router(101), P::kAllReports);
  world.Say(1, report(RecordType::kBlock), world.Router(101), P::kAllReports);
  const std::vector<size_t> parts =
      TypeParam::kAddressBits == 32 ? std::vector<size_t>{366, 134} : std::vector<size_t>{89, 89, 89, 89, 89, 55};
  EXPECT_EQ(world.sources_asked(), parts);
  world.Forget();
  world.RunTo(3);
  const std::string calls = world.calls();
  EXPECT_EQ(std::count(calls.begin(), calls.end(), '-'), 500);
  EXPECT_EQ(world.State(), "");
}

TYPED_TEST(RouterMessages, QuestionsHaveARateAndHostsTheirTimeAllTheSame) {
  using P = Protocol<TypeParam>;
  RouterWorld<TypeParam> world;
  const auto send = [&](double at, RecordType type, int from, int to) {
    std::vector<Record<TypeParam>> records;
    for (int number = from; number < to; ++number) {
      const std::string name =
          TypeParam::kAddressBits == 32 ? "239.2.0." + std::to_string(number) : "ff0e::2:" + std::to_string(number);
      records.push_back({type, world.Group(name), {}});
    }
    world.Say(at, WriteReport<TypeParam>(records), world.Router(101), P::kAllReports);
  };
  for (int from = 0; from < 250; from += 50) send(0, RecordType::kIsExclude, from, from + 50);
  for (int from = 0; from < 250; from += 50) send(10, RecordType::kToInclude, from, from + 50);
  const auto sent_by = [&](double at) {
    world.RunTo(at);
    const std::string sent = world.sent();
    return std::count(sent.begin(), sent.end(), 'Q');
  };
  EXPECT_EQ(sent_by(10), 100) << "at once";
  EXPECT_EQ(sent_by(10.1), 200) << "and one each millisecond";
  EXPECT_EQ(sent_by(10.5), 250);
  world.RunTo(15);
  EXPECT_EQ(world.router().groups(), 0u);
  const std::string calls = world.calls();
  EXPECT_EQ(calls.find("- @11"), std::string::npos);
}

// Ticks that come late, and often, make the same of it.
TYPED_TEST(RouterMessages, WhenItTicksMakesNoDifferenceInTheEnd) {
  const auto run = [](double step) {
    RouterWorld<TypeParam> world;
    world.Before("E200 X{a:100} Y{b}");
    world.Hear(0, "TO_IN(b)");
    for (double at = step; at < 3; at += step) world.router().Tick(world.At(at));
    world.router().Tick(world.At(3));
    world.RunTo(3);
    return world.State();
  };
  EXPECT_EQ(run(0.001), "I{b:267}");
  EXPECT_EQ(run(3), "I{b:267}");
}

}  // namespace
}  // namespace mgmd::membership
