// T11 to T18, T22 to T24: MFEs.

#include "tests/conformance/conformance.h"

namespace mgmd::conformance {
namespace {

TYPED_TEST_SUITE(Streams, BothFamilies, FamilyName);

TYPED_TEST(Streams, T11_FirstPacketReceiversExist) {
  ASSERT_EQ(this->world.Add("P2", "*", "G", 2), NO_ERROR);
  this->world.TakeEvents();
  BOOL offered = FALSE;
  DWORD route_interface = 0;
  this->world.hooks("P1").rpf = [&](PDWORD, auto* route) { route_interface = route->dwIfIndex; };
  this->world.hooks("P2").creation = [&](DWORD, auto* list) { offered = list[0].bIsEnabled; };
  EXPECT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("RPF P1 (S,G) i1", "CREATION P2 (S,G) i1 {i2}", "J P1 (S,G) F"))
      << "[DOC] who is asked; [RFC] rule 5; [INF] the order";
  EXPECT_EQ(route_interface, 1u) << "[DOC] the route is supplied";
  EXPECT_EQ(offered, TRUE) << "[REC]";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i2}") << "[DOC]";
  const auto mfe = this->world.GetMfe("S", "G");
  ASSERT_TRUE(mfe.has_value()) << "[DOC]";
  EXPECT_EQ(mfe->mfe.dwInIfIndex, 1u) << "[HDR]";
  EXPECT_EQ(mfe->mfe.dwInIfProtocol, PROTOCOL_ID(1, 0x137, 100)) << "[HDR]";
  EXPECT_THAT(mfe->oifs, ElementsAre(2)) << "[DOC]";
  EXPECT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[DOC] further packets call nobody";
}

TYPED_TEST(Streams, T11_TheCalleeMayChooseAnotherInterfaceOfItsOwn) {
  ASSERT_EQ(this->world.Take("P1", 4), NO_ERROR);
  this->world.hooks("P1").rpf = [](PDWORD iif, auto*) { *iif = 4; };
  EXPECT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i4 -> {}") << "[DOC]";
  this->world.hooks("P1").rpf = [](PDWORD iif, auto*) { *iif = 2; };
  EXPECT_EQ(this->world.Packet("S", "G2", 1), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G2"), "i1 -> {}") << "[REC] only one of its own (RFC rule 1)";
}

TYPED_TEST(Streams, T12_FirstPacketNobodyWantsIt) {
  DWORD offered = 0;
  this->world.hooks("P1").prune = [&](PDWORD timeout, BOOL) {
    offered = *timeout;
    *timeout = 120;
  };
  EXPECT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("RPF P1 (S,G) i1", "U P1 (S,G) F"))
      << "[RFC] rule 4; [DOC] no CREATION";
  EXPECT_EQ(offered, 900u) << "[DOC]";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[DOC] negative";
  const auto mfe = this->world.GetMfe("S", "G");
  ASSERT_TRUE(mfe.has_value()) << "[DOC]";
  EXPECT_EQ(mfe->mfe.ulTimeOut, 120u) << "[DOC]";
  EXPECT_EQ(mfe->mfe.ulExpiryTime, 120u) << "[DOC]";

  using C = fakes::CFunctions<TypeParam>;
  typename TestFixture::Values::Mfe key = {};
  mgm::Source(key) = TestFixture::World::Address::Of("S");
  mgm::Group(key) = TestFixture::World::Address::Of("G");
  typename TestFixture::Values::MfeStatsEx stats = {};
  DWORD size = sizeof(stats);
  EXPECT_EQ(C::GetMfeStats(&key, &size, reinterpret_cast<PBYTE>(&stats), MGM_MFE_STATS_1), NO_ERROR) << "[DOC]";
  EXPECT_EQ(stats.ulNegativeMfe, 5u) << "[DOC] as the forwarder counts them";
}

TYPED_TEST(Streams, T13_VetoOfTheLastOif) {
  ASSERT_EQ(this->world.Add("P2", "*", "G", 2), NO_ERROR);
  this->world.TakeEvents();
  this->world.hooks("P2").creation = [](DWORD, auto* list) { list[0].bIsEnabled = FALSE; };
  EXPECT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("RPF P1 (S,G) i1", "CREATION P2 (S,G) i1 {i2}", "U P1 (S,G) F"))
      << "[INF]";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[INF]";
}

TYPED_TEST(Streams, T14_PacketOnTheWrongInterfaceAtCreation) {
  EXPECT_EQ(this->world.Packet("S", "G", 2), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents("RPF"), ElementsAre("RPF P1 (S,G) i1")) << "[DOC] the owner towards the source";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[DOC] so that the packet from i2 is not accepted [INF]";
}

template <class Family>
class WrongInterface : public ::testing::Test {};
TYPED_TEST_SUITE(WrongInterface, BothFamilies, FamilyName);

TYPED_TEST(WrongInterface, T15_WrongInterfaceLater) {
  MgmWorldOf<TypeParam> world;
  world.hooks("P2").wants_wrong_interface = true;
  for (const char* client : {"P1", "P2", "P3"}) {
    ASSERT_EQ(world.Register(client), NO_ERROR);
    ASSERT_EQ(world.Take(client, client[1] - '0'), NO_ERROR);
  }
  world.SetRoute("S", 1);
  ASSERT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  world.TakeEvents();
  EXPECT_EQ(world.Packet("S", "G", 2), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("WRONG P2 (S,G) i2")) << "[REC] the owner of where it arrived";
  EXPECT_EQ(world.Packet("S", "G", 2), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), IsEmpty()) << "[RFC] rule 2: rate-limited";
  world.Advance(1.5);
  EXPECT_EQ(world.Packet("S", "G", 2), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("WRONG P2 (S,G) i2")) << "[REC]";
  EXPECT_EQ(world.Packet("S", "G", 3), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), IsEmpty()) << "[REC] off where the pointer is NULL";
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}") << "[DOC] the entry is as it was";
}

TYPED_TEST(Streams, T16_OifEdgeOnALiveMfe) {
  this->MakeMfe({"P2", "P3"});
  ASSERT_EQ(this->world.Entry("S", "G"), "i1 -> {i2 i3}");
  EXPECT_EQ(this->world.Delete("P2", "S", "G", 2, kForward), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[RFC] one is left";
  EXPECT_EQ(this->world.Delete("P3", "S", "G", 3, kForward), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("U P1 (S,G) F")) << "[RFC] rule 4";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[RFC]";
  EXPECT_EQ(this->world.Add("P3", "S", "G", 3, kForward), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("J P1 (S,G) F")) << "[RFC] rule 5";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i3}") << "[RFC]";
  EXPECT_THAT(this->world.Enumerate("P1", ALL_SOURCES), ElementsAre("(*,G)")) << "[REC] memberships are untouched";
}

TYPED_TEST(Streams, T16_OifsOfTheIifOwnerKeepTheListNonEmpty) {
  ASSERT_EQ(this->world.Take("P1", 4), NO_ERROR);
  ASSERT_EQ(this->world.Add("P1", "*", "G", 4), NO_ERROR);
  this->MakeMfe({"P2"});
  ASSERT_EQ(this->world.Entry("S", "G"), "i1 -> {i2 i4}");
  EXPECT_EQ(this->world.Delete("P2", "S", "G", 2, kForward), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[RFC]";
}

TYPED_TEST(Streams, T17_JoinUpdatesLiveMfes) {
  this->MakeMfe({});
  EXPECT_EQ(this->world.Add("P2", "*", "G", 2), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("J P1 (*,G) T", "J P3 (*,G) T", "J P1 (S,G) F")) << "[DOC]";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i2}") << "[DOC]";
  EXPECT_EQ(this->world.Delete("P2", "*", "G", 2), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("U P1 (*,G) T", "U P3 (*,G) T", "U P1 (S,G) F")) << "[DOC] reverse";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[DOC]";
}

TYPED_TEST(Streams, T18_IifNeverAnOif) {
  this->MakeMfe({});
  EXPECT_EQ(this->world.Add("P1", "*", "G", 1), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[INF]";
  EXPECT_EQ(this->world.Add("P1", "S", "G", 1, kForward), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[INF]";
}

TYPED_TEST(Streams, T22_ReleaseClearsState) {
  this->MakeMfe({"P2", "P3"});
  this->world.SetRoute("S2", 2);
  ASSERT_EQ(this->world.Packet("S2", "G", 2), NO_ERROR);
  ASSERT_EQ(this->world.Entry("S2", "G"), "i2 -> {i3}");
  ASSERT_EQ(this->world.Add("P2", "*", "G7", 2), NO_ERROR);
  ASSERT_EQ(this->world.Delete("P3", "*", "G", 3), NO_ERROR);
  this->world.TakeEvents();
  const uint64_t applied = this->world.applied();
  const uint64_t settled = this->world.settled();
  EXPECT_EQ(this->world.Release("P2", 2), NO_ERROR) << "[DOC]";
  EXPECT_EQ(this->world.Entry("S2", "G"), "none") << "[DOC] MFEs with it as iif vanish";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}") << "[REC] it leaves every OIL";
  EXPECT_THAT(this->world.TakeEvents(),
              ElementsAre("U P1 (*,G) T", "U P3 (*,G) T", "U P1 (*,G7) T", "U P3 (*,G7) T", "U P1 (S,G) F"))
      << "[REC] memberships end with their alerts, as T8 and T16";
  EXPECT_EQ(this->world.applied() - applied, 1u) << "[REC] one batch";
  EXPECT_EQ(this->world.settled() - settled, 1u) << "[REC] one grace period";
  EXPECT_FALSE(this->world.enabled().contains(2)) << "[REC] nothing is forwarded from it any more";
}

TYPED_TEST(Streams, T23_Expiry) {
  this->MakeMfe({"P2"});
  this->world.Advance(899);
  ASSERT_TRUE(this->world.GetMfe("S", "G").has_value()) << "[DOC]";
  EXPECT_EQ(this->world.GetMfe("S", "G")->mfe.ulUpTime, 899u) << "[HDR]";
  EXPECT_EQ(this->world.GetMfe("S", "G")->mfe.ulExpiryTime, 1u) << "[HDR]";
  this->world.Advance(1);
  EXPECT_FALSE(this->world.GetMfe("S", "G").has_value()) << "[DOC]";
  EXPECT_EQ(this->world.Entry("S", "G"), "none") << "[DOC]";
  EXPECT_THAT(this->world.TakeEvents(), IsEmpty()) << "[INF]";
  EXPECT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("RPF P1 (S,G) i1", "CREATION P2 (S,G) i1 {i2}", "J P1 (S,G) F"))
      << "[DOC] in full";
}

TYPED_TEST(Streams, T23_AStreamThatFlowsIsDecidedAgain) {
  this->MakeMfe({"P2"});
  ASSERT_EQ(this->world.Add("P3", "S", "G", 3, kForward), NO_ERROR);
  this->world.SetFlowing("S", "G", true);
  this->world.Advance(890);
  this->world.TakeEvents();
  this->world.Advance(10);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("RPF P1 (S,G) i1", "CREATION P2 (S,G) i1 {i2}", "J P1 (S,G) F"))
      << "[REC] A14: the whole sequence";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i2}") << "[REC] A12: FORWARD edits die with the MFE";
  EXPECT_EQ(this->world.GetMfe("S", "G")->mfe.ulUpTime, 0u) << "[REC]";
}

TYPED_TEST(Streams, T24_RouteChange) {
  this->MakeMfe({"P2"});
  this->world.SetRoute("S", 3);
  EXPECT_EQ(this->world.RoutesChanged("S"), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(),
              ElementsAre("U P1 (S,G) F", "RPF P3 (S,G) i3", "CREATION P2 (S,G) i3 {i2}", "J P3 (S,G) F"))
      << "[RFC] rule 1: both notice; [REC] the order";
  EXPECT_EQ(this->world.Entry("S", "G"), "i3 -> {i2}") << "[RFC]";
}

// Rule 1 again, where the old owner had the stream come in by another interface of its own.
TYPED_TEST(Streams, T24_TheOwnerOfTheRoutesInterfaceChanges) {
  ASSERT_EQ(this->world.Take("P1", 4), NO_ERROR);
  this->world.hooks("P1").rpf = [](PDWORD iif, auto*) { *iif = 4; };
  this->MakeMfe({"P2"});
  ASSERT_EQ(this->world.Entry("S", "G"), "i4 -> {i2}");
  this->world.TakePrunes();
  EXPECT_EQ(this->world.Release("P1", 1), NO_ERROR);
  this->world.Poll();
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("U P1 (S,G) F")) << "[RFC] rule 1";
  EXPECT_THAT(this->world.TakePrunes(), ElementsAre("U P1 (S,G) F i4")) << "[DOC] its iif";
  EXPECT_EQ(this->world.Entry("S", "G"), "no route") << "[REC] A15";
  EXPECT_EQ(this->world.Take("P3", 1), NO_ERROR);
  EXPECT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents(), ElementsAre("RPF P3 (S,G) i1", "CREATION P2 (S,G) i1 {i2}", "J P3 (S,G) F"))
      << "[RFC] rule 1";

  ASSERT_EQ(this->world.Release("P3", 1), NO_ERROR);
  ASSERT_EQ(this->world.Take("P1", 1), NO_ERROR);
  ASSERT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  ASSERT_EQ(this->world.Entry("S", "G"), "i4 -> {i2}");
  this->world.TakeEvents();
  EXPECT_EQ(this->world.Release("P1", 1), NO_ERROR);
  EXPECT_EQ(this->world.Take("P3", 1), NO_ERROR);
  this->world.Poll();
  EXPECT_THAT(this->world.TakeEvents(),
              ElementsAre("U P1 (S,G) F", "RPF P3 (S,G) i1", "CREATION P2 (S,G) i1 {i2}", "J P3 (S,G) F"))
      << "[RFC] rule 1, with no turn in between";
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {i2}") << "[RFC]";
}

}  // namespace
}  // namespace mgmd::conformance
