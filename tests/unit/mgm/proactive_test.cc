#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "tests/fakes/mgm_world.h"

// Proactive memberships and wildcard MFEs: an extension (docs/mgm.md).

namespace mgmd {
namespace {

using fakes::kForward;
using fakes::kProactive;
using fakes::Lines;
using fakes::MgmWorld;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Proactive : public ::testing::Test {
 protected:
  Proactive() {
    for (const char* client : {"P1", "P2", "P3"}) {
      world.Register(client);
      world.Take(client, client[1] - '0');
    }
    world.Take("P1", 4);
    world.Take("P1", 5);
    world.SetRoute("S", 1);
    world.hooks("P1").rpf = [](PDWORD iif, PMGM_EXT_ROUTE) {
      if (*iif == 0) *iif = 1;  // asked for a wildcard's
    };
    world.TakeEvents();
  }
  DWORD AddRange(const char* client, const char* group, const char* mask, DWORD interface, DWORD flags) {
    return MgmAddGroupMembershipEntry(world.handle(client), 0, 0, fakes::Address::Of(group), fakes::Address::Of(mask),
                                      interface, 0, flags);
  }
  DWORD DeleteRange(const char* client, const char* group, const char* mask, DWORD interface) {
    return MgmDeleteGroupMembershipEntry(world.handle(client), 0, 0, fakes::Address::Of(group),
                                         fakes::Address::Of(mask), interface, 0, MGM_JOIN_STATE_FLAG);
  }
  MgmWorld world;
};

// The MFE of a proactive (S,G) is there when Add returns, made by the sequence of a first packet.
TEST_F(Proactive, SourceGroupIsForwardedAtOnce) {
  EXPECT_EQ(world.Add("P2", "S", "G", 2, kProactive), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
  EXPECT_THAT(world.TakeEvents(),
              ElementsAre("RPF P1 (S,G) i1", "CREATION P2 (S,G) i1 {i2}", "J P1 (S,G) T", "J P1 (S,G) F"));
}

// It outlives its timeout without traffic, for as long as the membership stands.
TEST_F(Proactive, StaysWithoutTraffic) {
  ASSERT_EQ(world.Add("P2", "S", "G", 2, kProactive), NO_ERROR);
  for (int i = 0; i < 3; ++i) {
    world.Advance(890);
    world.Advance(10);
    EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
  }
  ASSERT_EQ(world.Delete("P2", "S", "G", 2), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}");
  world.Advance(890);
  world.Advance(10);
  EXPECT_EQ(world.Entry("S", "G"), "none");
}

// A wildcard MFE takes its iif from the caller's RPF callback, and goes with the membership.
TEST_F(Proactive, WildcardMfeHasTheIifThatItsCallerNames) {
  EXPECT_EQ(world.Add("P1", "*", "G", 4, kProactive), NO_ERROR);
  EXPECT_EQ(world.Entry("*", "G"), "i1 -> {i4}");
  EXPECT_EQ(world.Add("P2", "*", "G", 2), NO_ERROR);
  EXPECT_EQ(world.Entry("*", "G"), "i1 -> {i2 i4}");
  EXPECT_EQ(world.GetMfe("*", "G")->mfe.dwInIfIndex, 1u);
  EXPECT_EQ(world.Delete("P1", "*", "G", 4), NO_ERROR);
  EXPECT_EQ(world.Entry("*", "G"), "none") << "memberships without the flag make no wildcard entry";
}

TEST_F(Proactive, WildcardWithoutIifIsRefusedAndChangesNothing) {
  world.hooks("P1").rpf = nullptr;
  EXPECT_EQ(world.Add("P1", "*", "G", 4, kProactive), ERROR_INVALID_PARAMETER);
  world.hooks("P1").rpf = [](PDWORD iif, PMGM_EXT_ROUTE) { *iif = 2; };  // another client's
  EXPECT_EQ(world.Add("P1", "*", "G", 4, kProactive), ERROR_INVALID_PARAMETER);
  EXPECT_THAT(world.Enumerate("P2", ALL_SOURCES), IsEmpty());
  EXPECT_THAT(world.table(), IsEmpty());
}

// Under a wildcard MFE no packet asks for a narrower one: an Add, a FORWARD edit or a veto makes it
// at once, with the wildcard's iif and oifs.
TEST_F(Proactive, NarrowerKeysUnderAWildcardGetMfesOfTheirOwn) {
  ASSERT_EQ(world.Add("P1", "*", "G", 4, kProactive), NO_ERROR);
  EXPECT_EQ(world.Add("P2", "S", "G", 2), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2 i4}") << "inherits i4";
  EXPECT_EQ(world.Add("P3", "S2", "G", 3, kForward), NO_ERROR);
  EXPECT_EQ(world.Entry("S2", "G"), "i1 -> {i3 i4}") << "no route to S2, but the wildcard's iif";
  EXPECT_EQ(world.Delete("P1", "S3", "G", 4, kForward), NO_ERROR);
  EXPECT_EQ(world.Entry("S3", "G"), "i1 -> {}");
  EXPECT_EQ(world.Delete("P2", "S4", "G", 2, kForward), NO_ERROR);
  EXPECT_EQ(world.Entry("S4", "G"), "none") << "an edit that changes nothing";
  EXPECT_EQ(world.Entry("*", "G"), "i1 -> {i4}");
}

TEST_F(Proactive, NarrowerMembershipsThatWereThereBeforeTheWildcard) {
  ASSERT_EQ(world.Add("P2", "S", "G", 2), NO_ERROR);
  ASSERT_EQ(world.Packet("S2", "G", 1), NO_ERROR);
  ASSERT_EQ(world.Entry("S2", "G"), "no route");
  ASSERT_EQ(world.Add("P1", "*", "G", 4, kProactive), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2 i4}");
  EXPECT_EQ(world.Entry("S2", "G"), "i1 -> {i4}") << "a stream without a route has a way now";
}

TEST_F(Proactive, RangesAndEverything) {
  EXPECT_EQ(AddRange("P1", "239.1.0.0", "255.255.0.0", 4, kProactive), NO_ERROR);
  ASSERT_TRUE(world.table().contains("(*,239.1.0.0/16)"));
  EXPECT_EQ(world.table().at("(*,239.1.0.0/16)").oifs, (std::set<uint32_t>{4}));
  EXPECT_EQ(world.Add("P1", "*", "*", 5, kProactive), NO_ERROR);
  EXPECT_EQ(world.Entry("*", "*"), "i1 -> {i5}");
  EXPECT_EQ(world.table().at("(*,239.1.0.0/16)").oifs, (std::set<uint32_t>{4, 5})) << "inherits";
  EXPECT_EQ(world.Add("P2", "*", "G", 2), NO_ERROR);
  EXPECT_EQ(world.Entry("*", "G"), "i1 -> {i2 i4 i5}") << "a narrower wildcard";
  EXPECT_EQ(DeleteRange("P1", "239.1.0.0", "255.255.0.0", 4), NO_ERROR);
  EXPECT_FALSE(world.table().contains("(*,239.1.0.0/16)"));
  EXPECT_EQ(world.Entry("*", "G"), "i1 -> {i2 i5}");
  EXPECT_EQ(world.Delete("P1", "*", "*", 5), NO_ERROR);
  EXPECT_EQ(world.Entry("*", "G"), "none");
  EXPECT_THAT(world.table(), IsEmpty());
}

// A walk shows every MFE once, in one order, however small the buffer: ranges that begin at the
// address of a (*,G), or of each other, are told apart by their masks.
TEST_F(Proactive, AWalkShowsEveryRange) {
  ASSERT_EQ(world.Add("P1", "*", "*", 4, kProactive), NO_ERROR);
  for (const char* mask : {"248.0.0.0", "255.0.0.0", "255.255.255.255"}) {
    ASSERT_EQ(AddRange("P1", "224.0.0.0", mask, 4, kProactive), NO_ERROR);
  }
  for (const char* mask : {"255.255.255.255", "255.255.0.0", "255.255.255.0"}) {
    ASSERT_EQ(AddRange("P1", "239.1.0.0", mask, 4, kProactive), NO_ERROR);
  }
  ASSERT_EQ(world.Add("P2", "S", "239.1.0.0", 2), NO_ERROR);
  ASSERT_EQ(world.Add("P2", "S", "G", 2), NO_ERROR);
  const Lines all = {"(*,*)",         "(*,224.0.0.0/5)",  "(*,224.0.0.0/8)",
                     "(*,224.0.0.0)", "(*,239.1.0.0/16)", "(*,239.1.0.0/24)",
                     "(*,239.1.0.0)", "(S,239.1.0.0)",    "(S,G)"};
  ASSERT_EQ(world.table().size(), all.size());
  for (const DWORD room : {1u, 200u, 65536u}) {
    Lines seen;
    for (const auto& [entry, shown] : world.Walk(room)) seen.push_back(entry);
    EXPECT_EQ(seen, all) << room;
  }
  // The counters' structures begin as MIB_IPMCAST_MFE does, and walk alike.
  MIB_IPMCAST_MFE last = {};
  size_t walked = 0;
  for (DWORD code = ERROR_MORE_DATA; code == ERROR_MORE_DATA; ++walked) {
    std::array<BYTE, SIZEOF_MIB_MFE_STATS(3)> buffer;  // holds one, and not two
    DWORD size = buffer.size();
    DWORD count = 0;
    code = walked == 0 ? MgmGetFirstMfeStats(&size, buffer.data(), &count, MGM_MFE_STATS_0)
                       : MgmGetNextMfeStats(&last, &size, buffer.data(), &count, MGM_MFE_STATS_0);
    ASSERT_EQ(count, 1u);
    std::memcpy(&last, buffer.data(), 12);
  }
  EXPECT_EQ(walked, all.size());
  last.dwSource = 0;
  last.dwGroup = fakes::Address::Of("239.1.0.0");
  last.dwSrcMask = fakes::Address::Of("255.255.0.0");
  last.dwUpStrmNgbr = fakes::Address::Of("10.0.0.99");
  last.dwInIfIndex = 0;
  EXPECT_EQ(MgmSetMfe(world.handle("P1"), &last), NO_ERROR);
  for (const auto& [entry, shown] : world.Walk()) {
    EXPECT_EQ(shown.mfe.dwUpStrmNgbr == last.dwUpStrmNgbr, entry == "(*,239.1.0.0/16)") << entry;
  }
}

// RFC 4607 section 5.2: state for any source says nothing in 232/8.
TEST_F(Proactive, WildcardsNeverServeSourceSpecificGroups) {
  EXPECT_EQ(world.Add("P1", "*", "*", 4, kProactive), NO_ERROR);
  EXPECT_EQ(world.Add("P1", "*", "232.1.1.1", 4, kProactive), NO_ERROR);
  EXPECT_EQ(world.Entry("*", "232.1.1.1"), "none");
  EXPECT_EQ(world.Packet("S", "232.1.1.1", 1), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "232.1.1.1"), "i1 -> {}");
  EXPECT_EQ(world.Add("P2", "S", "232.1.1.1", 2), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "232.1.1.1"), "i1 -> {i2}");
  // Nor does it lend such a stream the iif that a stream without a route takes from it elsewhere.
  EXPECT_EQ(world.Packet("S8", "G", 1), NO_ERROR);
  EXPECT_EQ(world.Entry("S8", "G"), "i1 -> {i4}");
  EXPECT_EQ(world.Packet("S8", "232.1.1.1", 1), NO_ERROR);
  EXPECT_EQ(world.Entry("S8", "232.1.1.1"), "no route");
}

// Whoever loses a stream to another owner is told, before the new one is (T24), under a wildcard
// MFE as anywhere.
TEST_F(Proactive, AMoveUnderAWildcardIsToldToBothOwners) {
  world.SetRoute("S", 3);
  ASSERT_EQ(world.Add("P2", "S", "G", 2, kProactive), NO_ERROR);
  ASSERT_EQ(world.Entry("S", "G"), "i3 -> {i2}");
  ASSERT_EQ(world.Add("P1", "*", "G", 4, kProactive), NO_ERROR);
  world.TakeEvents();
  world.SetRoute("S", 1);
  EXPECT_EQ(world.RoutesChanged("S"), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2 i4}");
  EXPECT_THAT(world.TakeEvents(),
              ElementsAre("U P3 (S,G) T", "J P1 (S,G) T", "U P3 (S,G) F", "RPF P1 (S,G) i1",
                          "CREATION P1 (S,G) i1 {i4}", "CREATION P2 (S,G) i1 {i2}", "J P1 (S,G) F"));
}

// The MFE of a first packet follows a wildcard MFE when it is decided again.
TEST_F(Proactive, AStreamThatComesUnderAWildcardLeavesItsOwner) {
  world.SetRoute("S", 3);
  ASSERT_EQ(world.Add("P2", "*", "G", 2), NO_ERROR);
  ASSERT_EQ(world.Packet("S", "G", 3), NO_ERROR);
  ASSERT_EQ(world.Add("P1", "*", "*", 4, kProactive), NO_ERROR);
  world.SetFlowing("S", "G", true);
  world.Advance(890);
  world.TakeEvents();
  world.Advance(10);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2 i4}");
  const Lines seen = world.TakeEvents();
  EXPECT_THAT(seen, ::testing::IsSupersetOf({"U P3 (S,G) F", "J P1 (S,G) F"}));
}

// A wildcard MFE whose namer leaves moves to the next one's interface, with all that inherits from
// it; the first one is told of each.
TEST_F(Proactive, AWildcardThatMovesIsToldToBothOwners) {
  world.hooks("P3").rpf = [](PDWORD iif, PMGM_EXT_ROUTE) {
    if (*iif == 0) *iif = 3;
  };
  ASSERT_EQ(world.Add("P1", "*", "G", 4, kProactive), NO_ERROR);
  ASSERT_EQ(world.Add("P3", "*", "G", 3, kProactive), NO_ERROR);
  ASSERT_EQ(world.Add("P2", "S9", "G", 2), NO_ERROR);
  ASSERT_EQ(world.Entry("S9", "G"), "i1 -> {i2 i3 i4}");
  ASSERT_EQ(world.Delete("P1", "*", "G", 4), NO_ERROR);
  world.TakeEvents();
  world.hooks("P1").prune = [](PDWORD timeout, BOOL) { *timeout = 5; };
  world.Advance(0.01);
  EXPECT_EQ(world.Entry("*", "G"), "i3 -> {}");
  EXPECT_EQ(world.Entry("S9", "G"), "i3 -> {i2}");
  EXPECT_THAT(world.TakeEvents("U"), ElementsAre("U P1 (*,G) F", "U P3 (*,G) F", "U P1 (S9,G) F"));
  EXPECT_EQ(world.GetMfe("*", "G")->mfe.ulTimeOut, 900u) << "P1 says nothing about it any more";
}

// Each of those who hold a wildcard proactively is asked until one names an iif.
TEST_F(Proactive, TheNextHolderOfAWildcardNamesTheIif) {
  ASSERT_EQ(world.Add("P1", "*", "G", 4, kProactive), NO_ERROR);
  ASSERT_EQ(world.Release("P1", 1), NO_ERROR);
  ASSERT_EQ(world.Entry("*", "G"), "none");
  world.hooks("P1").rpf = nullptr;  // names nothing any more
  world.hooks("P3").rpf = [](PDWORD iif, PMGM_EXT_ROUTE) {
    if (*iif == 0) *iif = 3;
  };
  ASSERT_EQ(world.Take("P3", 6), NO_ERROR);
  world.TakeEvents();
  EXPECT_EQ(world.Add("P3", "*", "G", 6, kProactive), NO_ERROR);
  EXPECT_EQ(world.Entry("*", "G"), "i3 -> {i4 i6}");
  EXPECT_THAT(world.TakeEvents("RPF"), ElementsAre("RPF P3 (*,G) i0", "RPF P1 (*,G) i0", "RPF P3 (*,G) i0"))
      << "whether it names one, and then in order";
}

// What found a way only under a wildcard MFE gets its own when there is one: by a route, or by
// somebody on its interface.
TEST_F(Proactive, AStreamUnderAWildcardGetsAWayOfItsOwn) {
  ASSERT_EQ(world.Add("P1", "*", "G", 4, kProactive), NO_ERROR);
  ASSERT_EQ(world.Add("P2", "S2", "G", 2, kProactive), NO_ERROR);
  ASSERT_EQ(world.Entry("S2", "G"), "i1 -> {i2 i4}") << "the wildcard's iif";
  world.SetRoute("S2", 6);
  EXPECT_EQ(world.RoutesChanged("S2"), NO_ERROR);
  EXPECT_EQ(world.Entry("S2", "G"), "i1 -> {i2 i4}") << "nobody is there";
  world.TakeEvents();
  ASSERT_EQ(world.Take("P3", 6), NO_ERROR);
  world.Poll();
  EXPECT_EQ(world.Entry("S2", "G"), "i6 -> {i2 i4}");
  EXPECT_THAT(world.TakeEvents(),
              ElementsAre("J P3 (S2,G) T", "U P1 (S2,G) F", "RPF P3 (S2,G) i6", "CREATION P1 (S2,G) i6 {i4}",
                          "CREATION P2 (S2,G) i6 {i2}", "J P3 (S2,G) F"));
  world.SetRoute("S2", 3);
  EXPECT_EQ(world.RoutesChanged("S2"), NO_ERROR);
  EXPECT_EQ(world.Entry("S2", "G"), "i3 -> {i2 i4}");
}

// A release takes the MFE; it comes back by itself when somebody is on the iif again.
TEST_F(Proactive, ComesBackWithTheIif) {
  ASSERT_EQ(world.Add("P2", "S", "G", 2, kProactive), NO_ERROR);
  ASSERT_EQ(world.Release("P1", 1), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "none");
  ASSERT_EQ(world.Take("P3", 1), NO_ERROR);
  world.Advance(1);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
}

}  // namespace
}  // namespace mgmd
