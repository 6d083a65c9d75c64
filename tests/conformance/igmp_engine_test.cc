// T5, T6, T19, T20, T28, T29 and T30 with the router part of IGMP and MLD in place of a client that a test plays: what
// hosts say becomes memberships, by ManagerClient.

#include "tests/conformance/igmp_engine.h"

namespace mgmd::conformance {
namespace {

using membership::RecordType;

TYPED_TEST_SUITE(Engine, BothFamilies, FamilyName);

TYPED_TEST(Engine, T5_AProtocolComesToInterfacesWithMembers) {
  this->Come(4);
  this->Report(4, RecordType::kToExclude);
  this->Report(4, RecordType::kToExclude, {}, "G2");
  this->world.TakeEvents();
  ASSERT_EQ(this->world.Register("P4"), NO_ERROR);
  ASSERT_EQ(this->world.Take("P4", 4), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents("LJ"), IsEmpty()) << "[DOC] nothing before ENABLE has returned";
  EXPECT_TRUE(this->client_.is_enabled(this->Id(4)));
  this->Turn();
  EXPECT_THAT(this->world.TakeEvents("LJ"), UnorderedElementsAre("LJ P4 (*,G) i4", "LJ P4 (*,G2) i4")) << "[DOC]";
  EXPECT_TRUE(this->client_.is_idle());
}

TYPED_TEST(Engine, T6_AProtocolLeavesInterfacesWithMembers) {
  this->Come(2);
  this->Report(2, RecordType::kToExclude);
  ASSERT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  ASSERT_EQ(this->world.Entry("S", "G"), "i1 -> {i2}");
  ASSERT_EQ(this->world.Release("P2", 2), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[REC] A9: by contract, until it is joined anew";
  this->Turn();
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i2}") << "[REC] at once, without another first packet";
}

// What hosts say between DISABLE and the turn after ENABLE is not lost.
TYPED_TEST(Engine, T6_WhatHostsSayMeanwhileCounts) {
  this->Come(2);
  this->Report(2, RecordType::kToExclude);
  this->Report(2, RecordType::kToExclude, {}, "G2");
  ASSERT_EQ(this->world.Release("P2", 2), NO_ERROR);
  this->Report(2, RecordType::kToInclude, {}, "G2");  // a question goes out first
  this->Report(2, RecordType::kToExclude, {}, "G3");
  this->world.TakeEvents();
  this->Advance(3);
  EXPECT_EQ(this->client_.Synced(this->Id(2), this->Named("G2")), membership::Wanted<TypeParam>{});
  EXPECT_TRUE(this->client_.Synced(this->Id(2), this->Named("G3")).any);
  EXPECT_TRUE(this->client_.is_idle());
}

TYPED_TEST(Engine, T19_AJoinOnAnUnownedInterface) {
  this->Come(4);
  this->world.TakeEvents();
  this->Report(4, RecordType::kToExclude);
  EXPECT_THAT(this->world.TakeEvents(), UnorderedElementsAre("J P1 (*,G) T", "J P2 (*,G) T", "J P3 (*,G) T"))
      << "[DOC]";
}

TYPED_TEST(Engine, T20_AJoinOnAnOwnedInterface) {
  this->Come(1);
  this->world.TakeEvents();
  this->Report(1, RecordType::kToExclude);
  EXPECT_THAT(this->world.TakeEvents(), UnorderedElementsAre("LJ P1 (*,G) i1", "J P2 (*,G) T", "J P3 (*,G) T"))
      << "[DOC]";
  this->Report(1, RecordType::kIsExclude);
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[REC] a refresh is no call";
  ASSERT_EQ(this->world.Add("P1", "*", "G", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[REC]";
  this->Report(1, RecordType::kToInclude);
  this->Advance(3);
  EXPECT_THAT(this->world.TakeEvents("LL"), ElementsAre("LL P1 (*,G) i1")) << "[DOC]";
}

TYPED_TEST(Engine, T28_AnExcludedSource) {
  this->Come(4);
  this->world.SetRoute("S2", 1);
  this->Report(4, RecordType::kToExclude, {"S"});
  this->world.TakeEvents();
  ASSERT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  ASSERT_EQ(this->world.Packet("S2", "G", 1), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[REC] by CREATION's veto";
  EXPECT_EQ(this->world.Entry("S2", "G"), "i1 -> {i4}");
  this->Report(4, RecordType::kToExclude);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i4}") << "[REC] A24: the block is lifted";
  this->Report(4, RecordType::kBlock, {"S2"});
  this->Advance(3);
  EXPECT_EQ(this->world.Entry("S2", "G"), "i1 -> {}") << "[REC] nobody has answered";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i4}");
}

// IGMP's block is IGMP's alone, and what the owner joins besides comes and goes without it.
TYPED_TEST(Engine, T29_AnExcludedSourceBesideTheOwner) {
  this->Come(2);
  this->Report(2, RecordType::kToExclude, {"S"});
  ASSERT_EQ(this->world.Add("P2", "*", "G", 2), NO_ERROR);
  ASSERT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i2}") << "[REC] A25: the owner wants it";
  ASSERT_EQ(this->world.Delete("P2", "*", "G", 2), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[REC] T29: nothing of S";
}

// The owner's veto is the owner's to lift, whom LOCAL_JOIN tells.
TYPED_TEST(Engine, T30_TheOwnersVetoBesideAHostsSource) {
  this->Come(2);
  ASSERT_EQ(this->world.Add("P2", "*", "G", 2), NO_ERROR);
  this->world.hooks("P2").creation = [](DWORD count, auto* list) {
    for (DWORD i = 0; i < count; ++i) list[i].bIsEnabled = FALSE;
  };
  ASSERT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  ASSERT_EQ(this->world.Entry("S", "G"), "i1 -> {}");
  this->world.TakeEvents();
  this->Report(2, RecordType::kAllow, {"S"});
  EXPECT_THAT(this->world.TakeEvents("LJ"), ElementsAre("LJ P2 (S,G) i2")) << "[DOC]";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[REC] still nothing";
  ASSERT_EQ(this->world.Add("P2", "S", "G", 2, kForward), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i2}") << "[REC] it flows";
  this->Report(2, RecordType::kBlock, {"S"});
  this->Advance(3);
  EXPECT_THAT(this->world.TakeEvents("LL"), ElementsAre("LL P2 (S,G) i2")) << "[DOC] nobody has answered";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i2}") << "[REC] A24: by the owner's own membership";
}

TYPED_TEST(Engine, FromIncludeToExcludeNothingStopsInBetween) {
  this->Come(4);
  this->Report(4, RecordType::kAllow, {"S"});
  ASSERT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  ASSERT_EQ(this->world.Entry("S", "G"), "i1 -> {i4}");
  const uint64_t applied = this->world.applied();
  this->Report(4, RecordType::kToExclude);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i4}");
  EXPECT_LE(this->world.applied() - applied, 1U) << "one batch at most";
}

TYPED_TEST(Engine, AllOfItEndsWhenItStops) {
  this->Come(4);
  this->Report(4, RecordType::kToExclude);
  this->world.TakeEvents();
  ASSERT_TRUE(this->client_.Stop().ok());
  EXPECT_THAT(this->world.TakeEvents("U"), UnorderedElementsAre("U P1 (*,G) T", "U P2 (*,G) T", "U P3 (*,G) T"));
}

}  // namespace
}  // namespace mgmd::conformance
