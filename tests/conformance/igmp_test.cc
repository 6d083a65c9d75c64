// T20, T28 to T31: what IGMP does to single streams, alone on an interface and beside an owner.

#include "tests/conformance/conformance.h"

namespace mgmd::conformance {
namespace {

template <class Family>
class StreamsOfIgmp : public Streams<Family> {
 protected:
  // I comes to the interface.
  void Come(DWORD interface) {
    ASSERT_EQ(this->world.Register("I"), NO_ERROR);
    ASSERT_EQ(this->world.Take("I", interface), NO_ERROR);
  }
  // The client's answer to CREATION of (S,G): nothing of it.
  void Exclude(const std::string& client) {
    this->world.hooks(client).creation = [this](DWORD count, auto* list) {
      if (this->world.LastEvent().find(" (S,G) ") == std::string::npos) return;
      for (DWORD i = 0; i < count; ++i) list[i].bIsEnabled = FALSE;
    };
  }
};
TYPED_TEST_SUITE(StreamsOfIgmp, BothFamilies, FamilyName);

// What IGMP did to single MFEs on an interface that P2 owns ends when IGMP leaves it.
TYPED_TEST(StreamsOfIgmp, T20_ForwardStateOfIgmpEndsWithIt) {
  this->Come(2);
  ASSERT_EQ(this->world.Add("P2", "*", "G2", 2), NO_ERROR);
  ASSERT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  ASSERT_EQ(this->world.Packet("S", "G2", 1), NO_ERROR);
  ASSERT_EQ(this->world.Packet("S", "G3", 1), NO_ERROR);
  ASSERT_EQ(this->world.Add("I", "S", "G", 2, kForward), NO_ERROR);
  ASSERT_EQ(this->world.Delete("I", "S", "G2", 2, kForward), NO_ERROR);
  ASSERT_EQ(this->world.Add("I", "S", "G3", 2, kForward), NO_ERROR);
  ASSERT_EQ(this->world.Add("P2", "S", "G3", 2, kForward), NO_ERROR);
  ASSERT_EQ(this->world.Entry("S", "G"), "i1 -> {i2}");
  ASSERT_EQ(this->world.Entry("S", "G2"), "i1 -> {i2}") << "[REC] A25: P2 has joined it";
  ASSERT_EQ(this->world.Entry("S", "G3"), "i1 -> {i2}");
  this->world.TakeEvents();
  EXPECT_EQ(this->world.Release("I", 2), NO_ERROR) << "[DOC]";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[DOC] T22: nothing of it is left";
  EXPECT_EQ(this->world.Entry("S", "G3"), "i1 -> {i2}") << "[REC] P2 forwards it, too";
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("U P1 (S,G) F")) << "[RFC] rule 4";
  EXPECT_EQ(this->world.DeRegister("I"), NO_ERROR) << "[DOC]";
}

TYPED_TEST(StreamsOfIgmp, T28_Exclude) {
  this->Come(4);
  this->world.SetRoute("S2", 1);
  ASSERT_EQ(this->world.Add("I", "*", "G", 4), NO_ERROR);
  this->world.TakeEvents();
  this->Exclude("I");
  EXPECT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents("CREATION"), ElementsAre("CREATION I (S,G) i1 {i4}")) << "[REC]";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[REC] nothing reaches i4";
  this->world.SetFlowing("S", "G", true);
  this->world.Advance(890);
  this->world.Advance(10);
  EXPECT_THAT(this->world.TakeEvents("CREATION"), ElementsAre("CREATION I (S,G) i1 {i4}"))
      << "[REC] after expiry the same";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[REC]";
  EXPECT_EQ(this->world.Packet("S2", "G", 1), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S2", "G"), "i1 -> {i4}") << "[REC]";
}

// What IGMP adds is added as IGMP wants it, from the first batch on (A26).
TYPED_TEST(StreamsOfIgmp, T28_AnAddAsksAboutTheMfesThatItCovers) {
  this->world.SetRoute("S2", 1);
  this->world.SetRoute("S3", 4);
  this->Come(4);
  this->world.hooks("P1").rpf = [](PDWORD iif, auto*) { *iif = 1; };
  ASSERT_EQ(this->world.Add("P1", "*", "G2", 1, kProactive), NO_ERROR);
  for (const char* source : {"S", "S2"}) ASSERT_EQ(this->world.Packet(source, "G", 1), NO_ERROR);
  ASSERT_EQ(this->world.Packet("S3", "G", 4), NO_ERROR);
  this->world.TakeEvents();
  this->Exclude("I");
  const uint64_t applied = this->world.applied();
  EXPECT_EQ(this->world.Add("I", "*", "G", 4), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("CREATION I (S,G) i1 {i4}", "CREATION I (S2,G) i1 {i4}",
                                                    "J P1 (*,G) T", "J P2 (*,G) T", "J P3 (*,G) T", "J P1 (S2,G) F"))
      << "[REC] I alone, and not where i4 is the iif; nothing has come for who is excluded";
  EXPECT_EQ(this->world.applied() - applied, 1u) << "[REC] asked before the batch";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[REC]";
  EXPECT_EQ(this->world.Entry("S2", "G"), "i1 -> {i4}") << "[DOC]";
  EXPECT_EQ(this->world.Add("I", "*", "G", 4), NO_ERROR);
  EXPECT_EQ(this->world.Add("P2", "*", "G", 2), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents("CREATION"), IsEmpty()) << "[REC] no repetition asks, nor another client's Add";
  EXPECT_EQ(this->world.Add("I", "*", "G2", 4), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents("CREATION"), ElementsAre("CREATION I (*,G2) i1 {i4}")) << "[REC] wildcards, too";
  this->world.hooks("I").creation = nullptr;
  EXPECT_EQ(this->world.Add("I", "S", "G", 4), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("CREATION I (S,G) i1 {i4}", "J P1 (S,G) T"))
      << "[REC] what covers it anew asks anew";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i2 i4}") << "[REC]";
}

// IGMP's veto is asked for, and kept, while the owner wants the stream: it shows when the owner no longer does.
TYPED_TEST(StreamsOfIgmp, T29_ExcludeOutlastsTheOwnersMembership) {
  this->world.SetRoute("S2", 1);
  this->Come(2);
  ASSERT_EQ(this->world.Add("I", "*", "G", 2), NO_ERROR);
  ASSERT_EQ(this->world.Add("P2", "*", "G", 2), NO_ERROR);
  this->Exclude("I");
  this->world.TakeEvents();
  EXPECT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_EQ(this->world.Packet("S2", "G", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents("CREATION"),
              ElementsAre("CREATION P2 (S,G) i1 {i2}", "CREATION I (S,G) i1 {i2}", "CREATION P2 (S2,G) i1 {i2}",
                          "CREATION I (S2,G) i1 {i2}"))
      << "[REC] A25: asked for every oif that its membership holds";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i2}") << "[RFC] IGMP does not override routing (RFC 9776 6.3)";
  EXPECT_EQ(this->world.Delete("P2", "*", "G", 2), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[REC] nothing of S reaches i2";
  EXPECT_EQ(this->world.Entry("S2", "G"), "i1 -> {i2}") << "[REC] other sources do";
  EXPECT_EQ(this->world.Add("P2", "*", "G", 2), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i2}") << "[REC]";
}

// The owner's mark is lifted by the owner alone, whom LOCAL_JOIN tells (A25).
TYPED_TEST(StreamsOfIgmp, T30_TheOwnersVetoOutlastsIgmpsJoin) {
  this->Come(2);
  ASSERT_EQ(this->world.Add("P2", "*", "G", 2), NO_ERROR);
  this->Exclude("P2");
  ASSERT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  ASSERT_EQ(this->world.Entry("S", "G"), "i1 -> {}");
  this->world.hooks("P2").creation = nullptr;
  this->world.TakeEvents();
  EXPECT_EQ(this->world.Add("I", "S", "G", 2), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents("LJ"), ElementsAre("LJ P2 (S,G) i2")) << "[DOC]";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[REC] still nothing";
  EXPECT_EQ(this->world.Add("I", "S", "G", 2, kForward), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[REC] nor by IGMP's FORWARD Add";
  EXPECT_EQ(this->world.Add("P2", "S", "G", 2, kForward), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i2}") << "[REC] it flows";
  EXPECT_EQ(this->world.Delete("P2", "*", "G", 2), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i2}") << "[REC] by IGMP's membership";
  EXPECT_EQ(this->world.Delete("I", "S", "G", 2), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[REC] A24: FORWARD Add has lifted, and holds nothing";
}

// A28. P2 has i2 and brings S2 in there; I has hosts on i2 that want all of G but S, and P2 wants G2 there.
template <class Family>
class HitlessTakeover : public ::testing::Test {
 protected:
  HitlessTakeover() : world(MGM_EXT_HITLESS_TAKEOVER, 0, 0, 500) {
    for (const char* client : {"P1", "P2", "I"}) EXPECT_EQ(world.Register(client), NO_ERROR);
    EXPECT_EQ(world.Take("P1", 1), NO_ERROR);
    EXPECT_EQ(world.Take("P2", 2), NO_ERROR);
    EXPECT_EQ(world.Take("I", 2), NO_ERROR);
    for (const char* source : {"S", "S3"}) world.SetRoute(source, 1);
    world.SetRoute("S2", 2);
    world.hooks("I").creation = [this](DWORD count, auto* list) {
      if (world.LastEvent().find(" (S,G) ") == std::string::npos) return;
      for (DWORD i = 0; i < count; ++i) list[i].bIsEnabled = FALSE;
    };
    EXPECT_EQ(world.Add("I", "*", "G", 2), NO_ERROR);
    EXPECT_EQ(world.Add("P2", "*", "G2", 2), NO_ERROR);
    for (const char* group : {"G", "G2"}) {
      EXPECT_EQ(world.Packet("S3", group, 1), NO_ERROR);
      EXPECT_EQ(world.Packet("S2", group, 2), NO_ERROR);
    }
    EXPECT_EQ(world.Packet("S", "G", 1), NO_ERROR);
    EXPECT_EQ(world.Entry("S3", "G"), "i1 -> {i2}");
    EXPECT_EQ(world.Entry("S3", "G2"), "i1 -> {i2}");
    EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}");
    world.TakeEvents();
  }
  MgmWorldOf<Family> world;
};
TYPED_TEST_SUITE(HitlessTakeover, BothFamilies, FamilyName);

TYPED_TEST(HitlessTakeover, T31_CopiesGoOnWithoutAGap) {
  auto& world = this->world;
  Lines seen;  // whenever the forwarding table changes, and between the changes
  world.on_outside = [&](const std::string&) {
    if (seen.empty() || seen.back() != world.Entry("S3", "G")) seen.push_back(world.Entry("S3", "G"));
    EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}") << "[REC] suppressed S stays suppressed";
  };
  EXPECT_EQ(world.Release("P2", 2), NO_ERROR) << "[DOC]";
  EXPECT_THAT(world.TakeEvents(), ElementsAre("D i2", "E i2", "U P1 (*,G2) T", "U I (*,G2) T", "U P1 (S3,G2) F"))
      << "[DOC] DISABLE and ENABLE as before; the alerts are those of what P2 alone held";
  EXPECT_EQ(world.Entry("S3", "G2"), "i1 -> {}") << "[DOC] what the protocol alone held is out";
  for (const char* group : {"G", "G2"}) EXPECT_EQ(world.Entry("S2", group), "none") << "[DOC] MFEs with it as iif";
  EXPECT_EQ(world.Packet("S3", "G3", 1), NO_ERROR);
  EXPECT_EQ(world.Add("I", "*", "G", 2), NO_ERROR) << "[DOC] IGMP adds its entries again";
  world.Advance(1);
  EXPECT_EQ(seen, (Lines{"i1 -> {i2}"})) << "[REC] without a gap";
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}") << "[REC]";
}

TYPED_TEST(HitlessTakeover, T31_WhatDoesNotComeBackEndsAsByDelete) {
  auto& world = this->world;
  ASSERT_EQ(world.Release("P2", 2), NO_ERROR);
  world.TakeEvents();
  EXPECT_EQ(world.Entry("S3", "G"), "i1 -> {i2}");
  EXPECT_EQ(world.Delete("I", "*", "G", 2), ERROR_NOT_FOUND) << "[REC] it has not been added again";
  world.Advance(0.4);
  EXPECT_EQ(world.Entry("S3", "G"), "i1 -> {i2}");
  world.Advance(0.2);
  EXPECT_EQ(world.Entry("S3", "G"), "i1 -> {}") << "[REC] as by Delete";
  EXPECT_THAT(world.TakeEvents(), UnorderedElementsAre("U P1 (*,G) T", "U P1 (S3,G) F")) << "[DOC] its alerts";
}

TYPED_TEST(HitlessTakeover, T31_NoGraceTimeIsAnError) {
  MGM_EXT_CONFIG config = {};
  config.dwSize = sizeof(config);
  config.dwFlags = MGM_EXT_HITLESS_TAKEOVER;
  EXPECT_EQ(MgmExtStart(&config), ERROR_INVALID_PARAMETER) << "[REC]";
}

}  // namespace
}  // namespace mgmd::conformance
