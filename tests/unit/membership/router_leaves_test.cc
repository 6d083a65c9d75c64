// Leaves that end a group at once, since every host is known or only one is there; and the questions that others bring:
// split over messages, at a rate, and late.

#include <gtest/gtest.h>

#include "tests/unit/membership/router_world.h"

namespace mgmd::membership {
namespace {

template <class Family>
class RouterLeaves : public ::testing::Test {
 protected:
  static RouterSettings<Family> With(std::function<void(RouterSettings<Family>&)> change) {
    RouterSettings<Family> settings;
    change(settings);
    return settings;
  }
};
using LeaveFamilies = ::testing::Types<Ipv4, Ipv6>;
TYPED_TEST_SUITE(RouterLeaves, LeaveFamilies);

// --- Immediate leaves: rows 55, 56, 57 and 73.

template <class Family>
RouterSettings<Family> Tracked() {
  RouterSettings<Family> settings;
  settings.immediate_leave = ImmediateLeave::kTracked;
  return settings;
}

TYPED_TEST(RouterLeaves, TheLastKnownHostEndsAGroupAtOnce) {
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

TYPED_TEST(RouterLeaves, AnOlderHostMakesALeaveAQuestion) {
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

TYPED_TEST(RouterLeaves, HostsFromBeforeTheyWereFollowedMakeALeaveAQuestion) {
  RouterWorld<TypeParam> world;
  world.Hear(0, "TO_EX()", 101);
  world.Hear(0, "TO_EX()", 102);
  world.router().SetSettings(Tracked<TypeParam>(), world.Now());
  world.Hear(1, "TO_IN()", 101);
  world.Hear(2, "IS_EX()", 102);
  world.RunTo(10);
  EXPECT_EQ(world.sent(), "Q @1; Q/S @2");
  EXPECT_EQ(world.calls(), "+* @0");
  world.RunTo(272);
  world.Hear(272, "TO_IN()", 102);
  EXPECT_EQ(world.calls(), "+* @0; -* @272") << "by then all of them have said something";
}

TYPED_TEST(RouterLeaves, WhatAnotherHostWantsStays) {
  RouterWorld<TypeParam> world(Tracked<TypeParam>());
  world.Hear(0, "ALLOW(a,b)", 101);
  world.Hear(0, "ALLOW(b)", 102);
  world.Hear(1, "BLOCK(a,b)", 101);
  world.RunTo(10);
  EXPECT_EQ(world.sent(), "");
  EXPECT_EQ(world.calls(), "+a @0; +b @0; -a @1");
}

TYPED_TEST(RouterLeaves, SourcesOutliveTheLastHostThatWantsAll) {
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

// Its BLOCK has been lost. A host that goes on to name others, as lightweight ones do, has not wanted it since.
TYPED_TEST(RouterLeaves, ASourceIsHeldForNoLongerThanItsHostNamesIt) {
  RouterWorld<TypeParam> world(Tracked<TypeParam>());
  world.Hear(0, "ALLOW(a,b)", 102);
  world.Hear(0, "TO_EX()", 101);
  world.Hear(200, "ALLOW(b)", 102);
  world.Hear(200, "IS_EX()", 101);
  world.Hear(300, "TO_IN()", 101);
  EXPECT_EQ(world.State(), "I{b:170}");
  // Nor is one kept from ending at once.
  world.Hear(301, "ALLOW(a)", 101);
  world.Hear(302, "BLOCK(a)", 101);
  EXPECT_EQ(world.State(), "I{b:168}");
  EXPECT_EQ(world.router().hosts(), 1u);
}

// Likewise where its TO_IN has been lost: it is none any more that wants all sources, but one that wants this one.
TYPED_TEST(RouterLeaves, AHostWantsAllSourcesForNoLongerThanItSaysSo) {
  RouterWorld<TypeParam> world(Tracked<TypeParam>());
  world.Hear(0, "TO_EX()", 102);
  world.Hear(100, "IS_EX()", 101);
  world.Hear(200, "IS_IN(a)", 102);
  world.Hear(300, "TO_IN()", 101);
  EXPECT_EQ(world.State(), "I{a:170}");
  world.Hear(301, "ALLOW(a)", 101);
  world.Hear(302, "BLOCK(a)", 101);
  world.RunTo(310);
  EXPECT_EQ(world.State(), "I{a:261}");
  EXPECT_EQ(world.calls(), "+* @0; +a @300; -* @300");
  EXPECT_EQ(world.sent(), "");
}

// What a host has said does not come back with what it says later, though nothing has been due in between.
TYPED_TEST(RouterLeaves, WhatAHostSaidRunsOutBeforeItIsHeardAgain) {
  RouterWorld<TypeParam> world(Tracked<TypeParam>());
  world.Hear(0, "TO_EX()", 101);
  world.Hear(100, "TO_EX()", 102);
  world.Hear(260, "IS_EX()", 101);
  world.Hear(380, "ALLOW(b)", 102);
  world.Hear(381, "TO_IN()", 101);
  EXPECT_EQ(world.State(), "I{b:269}");
}

TYPED_TEST(RouterLeaves, BeforeTheFirstAnswersAreInNobodyIsKnown) {
  RouterWorld<TypeParam> world(Tracked<TypeParam>(), 0);
  world.Hear(1, "TO_EX()", 101);
  world.Hear(10.5, "TO_IN()", 101);
  EXPECT_EQ(world.sent(), "Q @10.5");
  world.Hear(20, "TO_EX()", 101);
  world.Hear(21, "TO_IN()", 101);
  EXPECT_NE(world.calls().find("-* @21"), std::string::npos);
}

TYPED_TEST(RouterLeaves, MoreHostsThanThereIsRoomForAreAskedAgain) {
  RouterWorld<TypeParam> world(Tracked<TypeParam>());
  for (int host = 0; host <= 64; ++host) world.Hear(0, "TO_EX()", 101 + host);
  EXPECT_EQ(world.count(Counter::kUntracked), 1u);
  world.Hear(1, "TO_IN()", 101);
  EXPECT_EQ(world.sent(), "Q @1");
}

TYPED_TEST(RouterLeaves, AlwaysEndsAGroupAtAnyLeave) {
  RouterWorld<TypeParam> world(this->With([](auto& settings) { settings.immediate_leave = ImmediateLeave::kAlways; }));
  world.HearOld(0, Version::kV2, "G", 101);
  world.HearOld(0, Version::kV2, "G", 102);
  world.HearLeave(1, "G", 101);
  EXPECT_EQ(world.calls(), "+* @0; -* @1");
}

TEST(RouterLeaves4, AForeignHostsLeaveIsAskedAbout) {
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
TEST(RouterLeaves4, HostsWithoutAddressesAreToldApart) {
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

TYPED_TEST(RouterLeaves, AQuestionAboutMoreSourcesThanFitIsSplit) {
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

TYPED_TEST(RouterLeaves, QuestionsHaveARateAndHostsTheirTimeAllTheSame) {
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

// RFC 9776 section 6.4.2, as if it had left when it was asked for: what has been reported since has its time, and the S
// flag says so.
TYPED_TEST(RouterLeaves, AReportBeforeTheQuestionLeavesAnswersIt) {
  using P = Protocol<TypeParam>;
  RouterWorld<TypeParam> at_once;
  at_once.Before("I{a:100,b:100}");
  const std::vector both = {at_once.Source('a'), at_once.Source('b')};
  const std::vector one = {at_once.Source('a')};
  at_once.Say(0,
              WriteReport<TypeParam>(std::array{Record<TypeParam>{RecordType::kToExclude, at_once.Group("G"), both},
                                                Record<TypeParam>{RecordType::kAllow, at_once.Group("G"), one}}),
              at_once.Router(101), P::kAllReports);
  EXPECT_EQ(at_once.sent(), "Qa/S @0; Qb @0");
  EXPECT_EQ(at_once.State(), "E270 X{a:270,b:2}");

  for (const std::string answer : {"TO_EX()", "IS_EX()"}) {
    RouterWorld<TypeParam> held;
    held.Before("E200");
    held.HoldQuestions(0.5);
    held.Hear(0, "TO_IN()", 101);
    held.Hear(0.2, answer, 102);
    held.RunTo(1.4);
    EXPECT_EQ(held.sent(), "Q/S @1.2");
    held.Hear(1.5, "TO_IN()", 102);
    held.RunTo(4);
    EXPECT_EQ(held.sent(), "Q/S @1.2; Q @1.5; Q @2.5");
    EXPECT_EQ(held.State(), "");
  }
}

// Ticks that come late, and often, make the same of it.
TYPED_TEST(RouterLeaves, WhenItTicksMakesNoDifferenceInTheEnd) {
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
