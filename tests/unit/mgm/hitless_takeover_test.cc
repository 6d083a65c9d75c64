#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/fakes/mgm_world.h"
#include "tests/support/families.h"

// A change of owner that IGMP's hosts do not notice (A28), in each family: what IGMP had joined goes on until it joins
// again, or the grace time is over.

namespace mgmd {
namespace {

using fakes::kForward;
using fakes::kJoin;
using fakes::kProactive;
using fakes::Lines;
using fakes::MgmWorldOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// P1 brings S in by i1. P2 has i2, and I has joined (*,G) there.
template <class Family>
class HitlessTakeover : public ::testing::Test {
 protected:
  HitlessTakeover() : world(MGM_EXT_HITLESS_TAKEOVER, 0, 0, 500) {
    for (const char* client : {"P1", "P2", "I"}) world.Register(client);
    world.Take("P1", 1);
    world.Take("P2", 2);
    world.Take("I", 2);
    world.SetRoute("S", 1);
    world.Add("I", "*", "G", 2);
    world.Packet("S", "G", 1);
    world.TakeEvents();
  }
  // Those that end so.
  Lines Told(const std::string& end) {
    Lines lines = world.TakeEvents();
    std::erase_if(lines, [&](const std::string& line) { return !line.ends_with(end); });
    return lines;
  }
  MgmWorldOf<Family> world;
};
TYPED_TEST_SUITE(HitlessTakeover, BothFamilies);

TYPED_TEST(HitlessTakeover, NewStreamsAndDecisionsAgainGoThereMeanwhile) {
  auto& world = this->world;
  world.Take("P1", 3);
  world.SetRoute("S2", 1);
  ASSERT_EQ(world.Release("P2", 2), NO_ERROR);
  world.TakeEvents();
  ASSERT_EQ(world.Packet("S2", "G", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents("CREATION"), ElementsAre("CREATION I (S2,G) i1 {i2}"));
  EXPECT_EQ(world.Entry("S2", "G"), "i1 -> {i2}");
  world.SetRoute("S", 3);
  ASSERT_EQ(world.RoutesChanged("S"), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i3 -> {i2}");
  world.Advance(1);
  EXPECT_EQ(world.Entry("S", "G"), "i3 -> {}");
  EXPECT_EQ(world.Entry("S2", "G"), "i1 -> {}");
}

// A take, with what P1 hears: the receivers are its own from now on (A1).
TYPED_TEST(HitlessTakeover, ATakeGoesOnAsWell) {
  auto& world = this->world;
  ASSERT_EQ(world.Release("P2", 2), NO_ERROR);
  ASSERT_EQ(world.Add("I", "*", "G", 2), NO_ERROR);
  world.TakeEvents();
  ASSERT_EQ(world.Take("P2", 2), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("D i2", "E i2"));
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
  ASSERT_EQ(world.Add("I", "*", "G", 2), NO_ERROR);
  EXPECT_THAT(world.TakeEvents("LJ"), ElementsAre("LJ P2 (*,G) i2")) << "which P2 has not heard of yet";
  world.Advance(1);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
}

// Who brings a stream in and has the receivers' interface, too, serves itself: that it goes to another is news.
TYPED_TEST(HitlessTakeover, TheOneBringingAStreamInHearsWhoseItsOifIsNow) {
  auto& world = this->world;
  ASSERT_EQ(world.Release("P2", 2), NO_ERROR);
  ASSERT_EQ(world.Add("I", "*", "G", 2), NO_ERROR);
  world.TakeEvents();
  ASSERT_EQ(world.Take("P1", 2), NO_ERROR);
  EXPECT_THAT(this->Told(" F"), ElementsAre("U P1 (S,G) F"));
  ASSERT_EQ(world.Release("P1", 2), NO_ERROR);
  EXPECT_THAT(this->Told(" F"), ElementsAre("J P1 (S,G) F"));
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
  // Not where there is another oif of others, nor of one that nothing is sent by.
  world.Take("P2", 4);
  world.Add("P2", "S", "G", 4, kForward);
  ASSERT_EQ(world.Add("I", "*", "G", 2), NO_ERROR);
  world.TakeEvents();
  ASSERT_EQ(world.Take("P1", 2), NO_ERROR);
  EXPECT_THAT(this->Told(" F"), IsEmpty());
  ASSERT_EQ(world.Add("I", "*", "G", 2), NO_ERROR);
  world.Delete("I", "S", "G", 2, kForward);
  world.Delete("P2", "S", "G", 4, kForward);
  world.TakeEvents();
  ASSERT_EQ(world.Release("P1", 2), NO_ERROR);
  EXPECT_THAT(this->Told(" F"), IsEmpty());
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}");
}

TYPED_TEST(HitlessTakeover, TheOwnersMarkGoesAndIgmpsStays) {
  auto& world = this->world;
  world.SetRoute("S2", 1);
  ASSERT_EQ(world.Packet("S2", "G", 1), NO_ERROR);
  ASSERT_EQ(world.Delete("P2", "S", "G", 2, kForward), NO_ERROR);
  ASSERT_EQ(world.Delete("I", "S2", "G", 2, kForward), NO_ERROR);
  ASSERT_EQ(world.Entry("S", "G"), "i1 -> {}");
  world.TakeEvents();
  ASSERT_EQ(world.Release("P2", 2), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
  EXPECT_EQ(world.Entry("S2", "G"), "i1 -> {}");
  EXPECT_THAT(this->Told(" F"), ElementsAre("J P1 (S,G) F"));
}

TYPED_TEST(HitlessTakeover, EndsAtOnceWhenIgmpLeaves) {
  auto& world = this->world;
  world.Add("I", "*", "G2", 2);
  ASSERT_EQ(world.Release("P2", 2), NO_ERROR);
  ASSERT_EQ(world.Add("I", "*", "G2", 2), NO_ERROR);
  ASSERT_EQ(world.Release("I", 2), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}");
  // ... an interface that has an owner, too.
  world.Take("P2", 2);
  world.Take("I", 2);
  world.Add("I", "*", "G", 2);
  ASSERT_EQ(world.Release("P2", 2), NO_ERROR);
  ASSERT_EQ(world.Take("P2", 2), NO_ERROR);
  ASSERT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
  world.TakeEvents();
  ASSERT_EQ(world.Release("I", 2), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}");
  EXPECT_THAT(world.TakeEvents(), ElementsAre("U P1 (*,G) T", "U P1 (S,G) F"));
  world.Advance(1);
  EXPECT_THAT(world.TakeEvents(), IsEmpty());
}

// One hold lasts one grace time, however often the interface changes hands.
TYPED_TEST(HitlessTakeover, AnotherChangeOfOwnerProlongsNothing) {
  auto& world = this->world;
  ASSERT_EQ(world.Release("P2", 2), NO_ERROR);
  world.Advance(0.3);
  ASSERT_EQ(world.Take("P2", 2), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
  world.Advance(0.3);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}");
}

// What is held is joined by nobody: who starts now does not find it, who reads already still does.
TYPED_TEST(HitlessTakeover, EnumerationsShowWhatIsJoined) {
  using C = fakes::CFunctions<TypeParam>;
  auto& world = this->world;
  world.Add("P2", "*", "G2", 2);
  HANDLE reading = nullptr;
  ASSERT_EQ(C::EnumerationStart(world.handle("P1"), ALL_SOURCES, &reading), DWORD{NO_ERROR});
  ASSERT_EQ(world.Release("P2", 2), NO_ERROR);
  EXPECT_THAT(world.Enumerate("P1", ALL_SOURCES), IsEmpty());
  HANDLE later = nullptr;
  ASSERT_EQ(C::EnumerationStart(world.handle("P1"), ALL_SOURCES, &later), DWORD{NO_ERROR});
  world.Advance(1);
  const auto count = [&](HANDLE enumeration) {
    typename MgmWorldOf<TypeParam>::Values::Record records[4];
    DWORD size = sizeof(records);
    DWORD read = 0;
    EXPECT_EQ(C::EnumerationGetNext(enumeration, &size, reinterpret_cast<PBYTE>(records), &read),
              DWORD{ERROR_NO_MORE_ITEMS});
    return read;
  };
  EXPECT_EQ(count(reading), 2u);
  EXPECT_EQ(count(later), 0u);
}

// The wildcard MFE that IGMP's proactive membership made serves on, and is IGMP's to end.
TYPED_TEST(HitlessTakeover, WildcardMfesOfIgmpStand) {
  auto& world = this->world;
  world.Take("I", 4);
  world.hooks("I").rpf = [](PDWORD iif, auto*) { *iif = 4; };
  ASSERT_EQ(world.Add("I", "*", "G2", 2, kProactive), NO_ERROR);
  ASSERT_EQ(world.Entry("*", "G2"), "i4 -> {i2}");
  for (const bool again : {true, false}) {
    ASSERT_EQ(world.Release("P2", 2), NO_ERROR);
    EXPECT_EQ(world.Entry("*", "G2"), "i4 -> {i2}");
    ASSERT_EQ(world.Take("P2", 2), NO_ERROR);
    EXPECT_EQ(world.Entry("*", "G2"), "i4 -> {i2}");
    if (again) {
      ASSERT_EQ(world.Add("I", "*", "G2", 2, kProactive), NO_ERROR);
    }
    world.Advance(1);
    EXPECT_EQ(world.Entry("*", "G2"), again ? "i4 -> {i2}" : "none");
  }
}

TYPED_TEST(HitlessTakeover, TheTraceTellsWhatIsHeld) {
  using Trace = typename MgmWorldOf<TypeParam>::Values::Trace;
  auto& world = this->world;
  world.Add("P2", "*", "G2", 2);
  ASSERT_EQ(world.Release("P2", 2), NO_ERROR);
  Trace trace{};
  if constexpr (std::is_same_v<TypeParam, Ipv4>) {
    ASSERT_EQ(MgmExtGetReleaseTrace(0, &trace), DWORD{NO_ERROR});
  } else {
    ASSERT_EQ(Mgm6ExtGetReleaseTrace(0, &trace), DWORD{NO_ERROR});
  }
  Lines steps;
  for (DWORD i = 1; i < 4; ++i)
    steps.push_back(trace.Steps[i].szName + (" " + std::to_string(trace.Steps[i].ullCount)));
  EXPECT_THAT(steps, ElementsAre("memberships dropped 1", "memberships held 1", "alerts queued 2"));
}

}  // namespace
}  // namespace mgmd
