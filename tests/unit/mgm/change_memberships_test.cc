#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/fakes/mgm_world.h"

// MgmExtChangeMemberships: many adds and deletes in order, as one change.

namespace mgmd {
namespace {

using fakes::Address;
using fakes::kForward;
using fakes::kJoin;
using fakes::kProactive;
using fakes::Lines;
using fakes::MgmWorld;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

MGM_EXT_MEMBERSHIP_CHANGE Change(DWORD change, const char* source, const char* group, DWORD interface, DWORD flags) {
  const DWORD s = Address::Of(source);
  const DWORD g = Address::Of(group);
  return {change, flags, s, s == 0 ? 0 : ~DWORD{0}, g, g == 0 ? 0 : ~DWORD{0}, interface, 0};
}
MGM_EXT_MEMBERSHIP_CHANGE Add(const char* source, const char* group, DWORD interface, DWORD flags = kJoin) {
  return Change(MGM_EXT_MEMBERSHIP_ADD, source, group, interface, flags);
}
MGM_EXT_MEMBERSHIP_CHANGE Delete(const char* source, const char* group, DWORD interface, DWORD flags = kJoin) {
  return Change(MGM_EXT_MEMBERSHIP_DELETE, source, group, interface, flags);
}

class ChangeMemberships : public ::testing::Test {
 protected:
  ChangeMemberships() {
    for (const char* client : {"P1", "P2", "P3", "I"}) world.Register(client);
    for (const DWORD interface : {1, 4, 5}) world.Take("P1", interface);
    for (const DWORD interface : {2, 6, 7}) world.Take("P2", interface);
    world.Take("P3", 3);
    world.Take("I", 6);
    world.SetRoute("S", 1);
    world.hooks("P1").rpf = [](PDWORD iif, PMGM_EXT_ROUTE) {
      if (*iif == 0) *iif = 1;  // asked for a wildcard's
    };
    world.TakeEvents();
  }
  DWORD Do(const char* client, const std::vector<MGM_EXT_MEMBERSHIP_CHANGE>& changes) {
    results.assign(changes.size(), 4711);
    return MgmExtChangeMemberships(world.handle(client), changes.data(), static_cast<DWORD>(changes.size()),
                                   results.data());
  }
  MgmWorld world;
  std::vector<DWORD> results;
};

TEST_F(ChangeMemberships, AllAreDoneInOrderWithOneBatch) {
  ASSERT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  ASSERT_EQ(world.Packet("S", "G2", 1), NO_ERROR);
  world.TakeEvents();
  const uint64_t applied = world.applied();
  EXPECT_EQ(Do("P2", {Add("*", "G", 2), Add("*", "G", 7), Add("*", "G2", 2), Delete("*", "G", 2),
                      Add("S", "G2", 7, kForward), Add("S", "G3", 2)}),
            NO_ERROR);
  EXPECT_THAT(results, Each(NO_ERROR));
  EXPECT_EQ(world.applied(), applied + 1);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i7}");
  EXPECT_EQ(world.Entry("S", "G2"), "i1 -> {i2 i7}");
  EXPECT_THAT(world.Enumerate("P1", ALL_SOURCES), ElementsAre("(*,G)", "(*,G2)", "(S,G3)"));
  EXPECT_THAT(world.TakeEvents(),
              ElementsAre("J P1 (*,G) T", "J P3 (*,G) T", "J I (*,G) T", "J P1 (S,G) F", "J P1 (*,G2) T",
                          "J P3 (*,G2) T", "J I (*,G2) T", "J P1 (S,G2) F", "J P1 (S,G3) T"));
}

// A route with many outgoing interfaces is made once, with all of them.
TEST_F(ChangeMemberships, AnMfeIsMadeOnce) {
  const uint64_t applied = world.applied();
  EXPECT_EQ(Do("P1", {Add("*", "G", 4, kProactive), Add("*", "G", 5, kProactive)}), NO_ERROR);
  EXPECT_EQ(world.applied(), applied + 1);
  EXPECT_EQ(world.Entry("*", "G"), "i1 -> {i4 i5}");
  EXPECT_EQ(Do("P2", {Add("S", "G2", 2, kProactive), Add("S", "G2", 7, kProactive)}), NO_ERROR);
  EXPECT_EQ(world.applied(), applied + 2);
  EXPECT_EQ(world.Entry("S", "G2"), "i1 -> {i2 i7}");
}

TEST_F(ChangeMemberships, AFailedChangeStopsNoneOfTheOthers) {
  MGM_EXT_MEMBERSHIP_CHANGE odd = Add("*", "G", 2);
  odd.dwChange = 3;
  MGM_EXT_MEMBERSHIP_CHANGE holes = Add("*", "G", 2);
  holes.dwGroupMask = Address::Of("255.0.255.0");
  EXPECT_EQ(
      Do("P2", {Add("*", "G", 2), odd, holes, Add("*", "G", 2, 0), Add("*", "G", 2, 64), Add("*", "G", 1),
                Add("*", "G", 77), Delete("*", "G", 77), Delete("*", "G2", 2), Delete("*", "G", 1),
                Add("0.0.0.32", "G", 2), Add("*", "10.0.0.1", 2), Add("*", "G", 2, kProactive), Add("*", "G2", 2)}),
      NO_ERROR);
  EXPECT_THAT(results, ElementsAre(NO_ERROR, 87, 87, 87, 87, 87, 87, 1168, 1168, 87, 87, 87,
                                   87 /* its RPF callback names nothing */, NO_ERROR));
  EXPECT_THAT(world.Enumerate("P1", ALL_SOURCES), ElementsAre("(*,G)", "(*,G2)"));
}

TEST_F(ChangeMemberships, WhatComesAndGoesIsHeardByNobody) {
  ASSERT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  ASSERT_EQ(world.Add("P2", "*", "G2", 2), NO_ERROR);
  ASSERT_EQ(world.Packet("S", "G2", 1), NO_ERROR);
  world.TakeEvents();
  EXPECT_EQ(Do("P2", {Add("*", "G", 2), Add("S", "G", 2), Delete("S", "G", 2), Delete("*", "G", 2)}), NO_ERROR);
  EXPECT_EQ(Do("P2", {Delete("*", "G2", 2), Add("*", "G2", 2)}), NO_ERROR);
  EXPECT_EQ(Do("P2", {Delete("S", "G2", 2, kForward), Add("S", "G2", 2, kForward)}), NO_ERROR);
  EXPECT_EQ(Do("P2", {Add("*", "*", 2), Delete("*", "*", 2)}), NO_ERROR);
  EXPECT_EQ(Do("I", {Add("*", "G3", 6), Delete("*", "G3", 6)}), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), IsEmpty());
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}");
  EXPECT_EQ(world.Entry("S", "G2"), "i1 -> {i2}");
}

// Membership moves from one entry to another without a word about the stream.
TEST_F(ChangeMemberships, AStreamThatKeepsAReceiverIsNotPruned) {
  ASSERT_EQ(world.Add("P2", "*", "G", 2), NO_ERROR);
  ASSERT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  world.TakeEvents();
  EXPECT_EQ(Do("P2", {Delete("*", "G", 2), Add("S", "G", 7)}), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("U P1 (*,G) T", "U P3 (*,G) T", "U I (*,G) T", "J P1 (S,G) T"));
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i7}");
}

// PRUNE of (*,*) comes before JOIN of the groups that are still wanted, also where (*,*) came back
// in between.
TEST_F(ChangeMemberships, TheEndOfEverythingIsHeardBeforeTheGroups) {
  ASSERT_EQ(world.Add("P2", "*", "*", 2), NO_ERROR);
  ASSERT_EQ(world.Add("P2", "*", "G", 2), NO_ERROR);
  world.TakeEvents();
  EXPECT_EQ(Do("P2", {Delete("*", "*", 2), Add("*", "*", 2), Delete("*", "*", 2)}), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("U P1 (*,*) T", "U P3 (*,*) T", "U I (*,*) T", "J P1 (*,G) T",
                                              "J P3 (*,G) T", "J I (*,G) T"));
}

// After ENABLE_IGMP: everything again, with one batch.
TEST_F(ChangeMemberships, IgmpAddsAgainWhatAChangeOfOwnerHasDropped) {
  world.Take("I", 8);
  ASSERT_EQ(world.Add("I", "*", "G", 8), NO_ERROR);
  ASSERT_EQ(world.Add("I", "S", "G2", 8), NO_ERROR);
  ASSERT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  ASSERT_EQ(world.Take("P3", 8), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}");
  world.TakeEvents();
  const uint64_t applied = world.applied();
  EXPECT_EQ(Do("I", {Add("*", "G", 8), Add("S", "G2", 8)}), NO_ERROR);
  EXPECT_EQ(world.applied(), applied + 1);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i8}");
  EXPECT_THAT(world.TakeEvents(), ElementsAre("CREATION I (S,G) i1 {i8}", "LJ P3 (*,G) i8", "J P1 (*,G) T",
                                              "J P2 (*,G) T", "J P1 (S,G) F", "LJ P3 (S,G2) i8", "J P1 (S,G2) T"));
}

TEST_F(ChangeMemberships, BadArguments) {
  MGM_EXT_MEMBERSHIP_CHANGE change = Add("*", "G", 2);
  DWORD result = 4711;
  EXPECT_EQ(MgmExtChangeMemberships(nullptr, &change, 1, &result), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmExtChangeMemberships(world.handle("P2"), nullptr, 1, &result), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmExtChangeMemberships(world.handle("P2"), &change, 1, nullptr), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmExtChangeMemberships(world.handle("P2"), nullptr, 0, nullptr), NO_ERROR);
  EXPECT_EQ(MgmExtChangeMemberships(nullptr, nullptr, 0, nullptr), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(result, 4711u);
  EXPECT_THAT(world.Enumerate("P1", ALL_SOURCES), IsEmpty());
}

TEST_F(ChangeMemberships, FromCallbacksAsEveryCallThatChangesSomething) {
  const MGM_EXT_MEMBERSHIP_CHANGE more[] = {Add("*", "G2", 3), Add("*", "G3", 3), Delete("*", "G3", 3)};
  DWORD result[3] = {4711, 4711, 4711};
  DWORD in_rpf = NO_ERROR;
  DWORD in_join = ERROR_CAN_NOT_COMPLETE;
  world.hooks("P1").rpf = [&](PDWORD, PMGM_EXT_ROUTE) {
    in_rpf = MgmExtChangeMemberships(world.handle("P3"), more, 3, result);
    EXPECT_EQ(result[0], 4711u);
  };
  world.hooks("P3").join = [&](BOOL) {
    if (in_join == NO_ERROR) return;
    in_join = MgmExtChangeMemberships(world.handle("P3"), more, 3, result);
  };
  EXPECT_EQ(Do("P2", {Add("S", "G", 2, kProactive), Add("*", "G", 2), Add("*", "G4", 2)}), NO_ERROR);
  EXPECT_EQ(in_rpf, ERROR_CAN_NOT_COMPLETE);
  EXPECT_EQ(in_join, NO_ERROR);
  EXPECT_THAT(world.TakeEvents(),
              ElementsAre("RPF P1 (S,G) i1", "CREATION P2 (S,G) i1 {i2}", "J P1 (S,G) T", "J P1 (S,G) F",
                          "J P1 (*,G) T", "J P3 (*,G) T", "J I (*,G) T", "J P1 (*,G4) T", "J P3 (*,G4) T",
                          "J I (*,G4) T", "J P1 (*,G2) T", "J P2 (*,G2) T", "J I (*,G2) T"));
}

}  // namespace
}  // namespace mgmd
