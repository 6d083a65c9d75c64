// T11 to T18, T22 to T24, T28: MFEs.

#include "tests/conformance/conformance.h"

namespace mgmd::conformance {
namespace {

class Streams : public ThreeProtocols {
 protected:
  Streams() { world.SetRoute("S", 1); }
  // The live MFE of T11 without its events.
  void MakeMfe(const Lines& joins) {
    for (const std::string& client : joins) {
      ASSERT_EQ(world.Add(client, "*", "G", client[1] - '0'), NO_ERROR);
    }
    ASSERT_EQ(world.Packet("S", "G", 1), NO_ERROR);
    world.TakeEvents();
  }
};

TEST_F(Streams, T11_FirstPacketReceiversExist) {
  ASSERT_EQ(world.Add("P2", "*", "G", 2), NO_ERROR);
  world.TakeEvents();
  BOOL offered = FALSE;
  DWORD route_interface = 0;
  world.hooks("P1").rpf = [&](PDWORD, PMGM_EXT_ROUTE route) { route_interface = route->dwIfIndex; };
  world.hooks("P2").creation = [&](DWORD, PMGM_IF_ENTRY list) { offered = list[0].bIsEnabled; };
  EXPECT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("RPF P1 (S,G) i1", "CREATION P2 (S,G) i1 {i2}", "J P1 (S,G) F"))
      << "[DOC] who is asked; [RFC] rule 5; [INF] the order";
  EXPECT_EQ(route_interface, 1u) << "[DOC] the route is supplied";
  EXPECT_EQ(offered, TRUE) << "[REC]";
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}") << "[DOC]";
  const auto mfe = world.GetMfe("S", "G");
  ASSERT_TRUE(mfe.has_value()) << "[DOC]";
  EXPECT_EQ(mfe->mfe.dwInIfIndex, 1u) << "[HDR]";
  EXPECT_EQ(mfe->mfe.dwInIfProtocol, PROTOCOL_ID(1, 0x137, 100)) << "[HDR]";
  EXPECT_THAT(mfe->oifs, ElementsAre(2)) << "[DOC]";
  EXPECT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), IsEmpty()) << "[DOC] further packets call nobody";
}

TEST_F(Streams, T11_TheCalleeMayChooseAnotherInterfaceOfItsOwn) {
  ASSERT_EQ(world.Take("P1", 4), NO_ERROR);
  world.hooks("P1").rpf = [](PDWORD iif, PMGM_EXT_ROUTE) { *iif = 4; };
  EXPECT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i4 -> {}") << "[DOC]";
  world.hooks("P1").rpf = [](PDWORD iif, PMGM_EXT_ROUTE) { *iif = 2; };
  EXPECT_EQ(world.Packet("S", "G2", 1), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G2"), "i1 -> {}") << "[REC] only one of its own (RFC rule 1)";
}

TEST_F(Streams, T12_FirstPacketNobodyWantsIt) {
  DWORD offered = 0;
  world.hooks("P1").prune = [&](PDWORD timeout, BOOL) {
    offered = *timeout;
    *timeout = 120;
  };
  EXPECT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("RPF P1 (S,G) i1", "U P1 (S,G) F")) << "[RFC] rule 4; [DOC] no CREATION";
  EXPECT_EQ(offered, 900u) << "[DOC]";
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}") << "[DOC] negative";
  const auto mfe = world.GetMfe("S", "G");
  ASSERT_TRUE(mfe.has_value()) << "[DOC]";
  EXPECT_EQ(mfe->mfe.ulTimeOut, 120u) << "[DOC]";
  EXPECT_EQ(mfe->mfe.ulExpiryTime, 120u) << "[DOC]";

  MIB_IPMCAST_MFE key = {};
  key.dwSource = fakes::Address::Of("S");
  key.dwGroup = fakes::Address::Of("G");
  MIB_IPMCAST_MFE_STATS_EX stats = {};
  DWORD size = sizeof(stats);
  EXPECT_EQ(MgmGetMfeStats(&key, &size, reinterpret_cast<PBYTE>(&stats), MGM_MFE_STATS_1), NO_ERROR) << "[DOC]";
  EXPECT_EQ(stats.ulNegativeMfe, 5u) << "[DOC] as the forwarder counts them";
}

TEST_F(Streams, T13_VetoOfTheLastOif) {
  ASSERT_EQ(world.Add("P2", "*", "G", 2), NO_ERROR);
  world.TakeEvents();
  world.hooks("P2").creation = [](DWORD, PMGM_IF_ENTRY list) { list[0].bIsEnabled = FALSE; };
  EXPECT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("RPF P1 (S,G) i1", "CREATION P2 (S,G) i1 {i2}", "U P1 (S,G) F"))
      << "[INF]";
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}") << "[INF]";
}

TEST_F(Streams, T14_PacketOnTheWrongInterfaceAtCreation) {
  EXPECT_EQ(world.Packet("S", "G", 2), NO_ERROR);
  EXPECT_THAT(world.TakeEvents("RPF"), ElementsAre("RPF P1 (S,G) i1")) << "[DOC] the owner towards the source";
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}") << "[DOC] so that the packet from i2 is not accepted [INF]";
}

TEST(WrongInterface, T15_WrongInterfaceLater) {
  MgmWorld world;
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

TEST_F(Streams, T16_OifEdgeOnALiveMfe) {
  MakeMfe({"P2", "P3"});
  ASSERT_EQ(world.Entry("S", "G"), "i1 -> {i2 i3}");
  EXPECT_EQ(world.Delete("P2", "S", "G", 2, kForward), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), IsEmpty()) << "[RFC] one is left";
  EXPECT_EQ(world.Delete("P3", "S", "G", 3, kForward), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("U P1 (S,G) F")) << "[RFC] rule 4";
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}") << "[RFC]";
  EXPECT_EQ(world.Add("P3", "S", "G", 3, kForward), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("J P1 (S,G) F")) << "[RFC] rule 5";
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i3}") << "[RFC]";
  EXPECT_THAT(world.Enumerate("P1", ALL_SOURCES), ElementsAre("(*,G)")) << "[REC] memberships are untouched";
}

TEST_F(Streams, T16_OifsOfTheIifOwnerKeepTheListNonEmpty) {
  ASSERT_EQ(world.Take("P1", 4), NO_ERROR);
  ASSERT_EQ(world.Add("P1", "*", "G", 4), NO_ERROR);
  MakeMfe({"P2"});
  ASSERT_EQ(world.Entry("S", "G"), "i1 -> {i2 i4}");
  EXPECT_EQ(world.Delete("P2", "S", "G", 2, kForward), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), IsEmpty()) << "[RFC]";
}

TEST_F(Streams, T17_JoinUpdatesLiveMfes) {
  MakeMfe({});
  EXPECT_EQ(world.Add("P2", "*", "G", 2), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("J P1 (*,G) T", "J P3 (*,G) T", "J P1 (S,G) F")) << "[DOC]";
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}") << "[DOC]";
  EXPECT_EQ(world.Delete("P2", "*", "G", 2), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("U P1 (*,G) T", "U P3 (*,G) T", "U P1 (S,G) F")) << "[DOC] reverse";
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}") << "[DOC]";
}

TEST_F(Streams, T18_IifNeverAnOif) {
  MakeMfe({});
  EXPECT_EQ(world.Add("P1", "*", "G", 1), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}") << "[INF]";
  EXPECT_EQ(world.Add("P1", "S", "G", 1, kForward), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}") << "[INF]";
}

TEST_F(Streams, T22_ReleaseClearsState) {
  MakeMfe({"P2", "P3"});
  world.SetRoute("S2", 2);
  ASSERT_EQ(world.Packet("S2", "G", 2), NO_ERROR);
  ASSERT_EQ(world.Entry("S2", "G"), "i2 -> {i3}");
  ASSERT_EQ(world.Add("P2", "*", "G7", 2), NO_ERROR);
  ASSERT_EQ(world.Delete("P3", "*", "G", 3), NO_ERROR);
  world.TakeEvents();
  const uint64_t applied = world.applied();
  const uint64_t settled = world.settled();
  EXPECT_EQ(world.Release("P2", 2), NO_ERROR) << "[DOC]";
  EXPECT_EQ(world.Entry("S2", "G"), "none") << "[DOC] MFEs with it as iif vanish";
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}") << "[REC] it leaves every OIL";
  EXPECT_THAT(world.TakeEvents(),
              ElementsAre("U P1 (*,G) T", "U P3 (*,G) T", "U P1 (*,G7) T", "U P3 (*,G7) T", "U P1 (S,G) F"))
      << "[REC] memberships end with their alerts, as T8 and T16";
  EXPECT_EQ(world.applied() - applied, 1u) << "[REC] one batch";
  EXPECT_EQ(world.settled() - settled, 1u) << "[REC] one grace period";
  EXPECT_FALSE(world.enabled().contains(2)) << "[REC] nothing is forwarded from it any more";
}

TEST_F(Streams, T23_Expiry) {
  MakeMfe({"P2"});
  world.Advance(899);
  ASSERT_TRUE(world.GetMfe("S", "G").has_value()) << "[DOC]";
  EXPECT_EQ(world.GetMfe("S", "G")->mfe.ulUpTime, 899u) << "[HDR]";
  EXPECT_EQ(world.GetMfe("S", "G")->mfe.ulExpiryTime, 1u) << "[HDR]";
  world.Advance(1);
  EXPECT_FALSE(world.GetMfe("S", "G").has_value()) << "[DOC]";
  EXPECT_EQ(world.Entry("S", "G"), "none") << "[DOC]";
  EXPECT_THAT(world.TakeEvents(), IsEmpty()) << "[INF]";
  EXPECT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("RPF P1 (S,G) i1", "CREATION P2 (S,G) i1 {i2}", "J P1 (S,G) F"))
      << "[DOC] in full";
}

TEST_F(Streams, T23_AStreamThatFlowsIsDecidedAgain) {
  MakeMfe({"P2"});
  ASSERT_EQ(world.Add("P3", "S", "G", 3, kForward), NO_ERROR);
  world.SetFlowing("S", "G", true);
  world.Advance(890);
  world.TakeEvents();
  world.Advance(10);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("RPF P1 (S,G) i1", "CREATION P2 (S,G) i1 {i2}", "J P1 (S,G) F"))
      << "[REC] A14: the whole sequence";
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}") << "[REC] A12: FORWARD edits die with the MFE";
  EXPECT_EQ(world.GetMfe("S", "G")->mfe.ulUpTime, 0u) << "[REC]";
}

TEST_F(Streams, T24_RouteChange) {
  MakeMfe({"P2"});
  world.SetRoute("S", 3);
  EXPECT_EQ(world.RoutesChanged("S"), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(),
              ElementsAre("U P1 (S,G) F", "RPF P3 (S,G) i3", "CREATION P2 (S,G) i3 {i2}", "J P3 (S,G) F"))
      << "[RFC] rule 1: both notice; [REC] the order";
  EXPECT_EQ(world.Entry("S", "G"), "i3 -> {i2}") << "[RFC]";
}

// Rule 1 again, where the old owner had the stream come in by another interface of its own.
TEST_F(Streams, T24_TheOwnerOfTheRoutesInterfaceChanges) {
  ASSERT_EQ(world.Take("P1", 4), NO_ERROR);
  world.hooks("P1").rpf = [](PDWORD iif, PMGM_EXT_ROUTE) { *iif = 4; };
  MakeMfe({"P2"});
  ASSERT_EQ(world.Entry("S", "G"), "i4 -> {i2}");
  world.TakePrunes();
  EXPECT_EQ(world.Release("P1", 1), NO_ERROR);
  world.Poll();
  EXPECT_THAT(world.TakeEvents(), ElementsAre("U P1 (S,G) F")) << "[RFC] rule 1";
  EXPECT_THAT(world.TakePrunes(), ElementsAre("U P1 (S,G) F i4")) << "[DOC] its iif";
  EXPECT_EQ(world.Entry("S", "G"), "no route") << "[REC] A15";
  EXPECT_EQ(world.Take("P3", 1), NO_ERROR);
  EXPECT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("RPF P3 (S,G) i1", "CREATION P2 (S,G) i1 {i2}", "J P3 (S,G) F"))
      << "[RFC] rule 1";

  ASSERT_EQ(world.Release("P3", 1), NO_ERROR);
  ASSERT_EQ(world.Take("P1", 1), NO_ERROR);
  ASSERT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  ASSERT_EQ(world.Entry("S", "G"), "i4 -> {i2}");
  world.TakeEvents();
  EXPECT_EQ(world.Release("P1", 1), NO_ERROR);
  EXPECT_EQ(world.Take("P3", 1), NO_ERROR);
  world.Poll();
  EXPECT_THAT(world.TakeEvents(),
              ElementsAre("U P1 (S,G) F", "RPF P3 (S,G) i1", "CREATION P2 (S,G) i1 {i2}", "J P3 (S,G) F"))
      << "[RFC] rule 1, with no turn in between";
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}") << "[RFC]";
}

// What IGMP did to single MFEs on an interface that P2 owns ends when IGMP leaves it.
TEST_F(Streams, T20_ForwardStateOfIgmpEndsWithIt) {
  ASSERT_EQ(world.Register("I"), NO_ERROR);
  ASSERT_EQ(world.Take("I", 2), NO_ERROR);
  ASSERT_EQ(world.Add("P2", "*", "G2", 2), NO_ERROR);
  ASSERT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  ASSERT_EQ(world.Packet("S", "G2", 1), NO_ERROR);
  ASSERT_EQ(world.Packet("S", "G3", 1), NO_ERROR);
  ASSERT_EQ(world.Add("I", "S", "G", 2, kForward), NO_ERROR);
  ASSERT_EQ(world.Delete("I", "S", "G2", 2, kForward), NO_ERROR);
  ASSERT_EQ(world.Add("I", "S", "G3", 2, kForward), NO_ERROR);
  ASSERT_EQ(world.Add("P2", "S", "G3", 2, kForward), NO_ERROR);
  ASSERT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
  ASSERT_EQ(world.Entry("S", "G2"), "i1 -> {}");
  ASSERT_EQ(world.Entry("S", "G3"), "i1 -> {i2}");
  world.TakeEvents();
  EXPECT_EQ(world.Release("I", 2), NO_ERROR) << "[DOC]";
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}") << "[DOC] T22: nothing of it is left";
  EXPECT_EQ(world.Entry("S", "G2"), "i1 -> {i2}") << "[REC] P2 has joined it";
  EXPECT_EQ(world.Entry("S", "G3"), "i1 -> {i2}") << "[REC] P2 forwards it, too";
  EXPECT_THAT(world.TakeEvents(), UnorderedElementsAre("U P1 (S,G) F", "J P1 (S,G2) F")) << "[RFC] rules 4 and 5";
  EXPECT_EQ(world.DeRegister("I"), NO_ERROR) << "[DOC]";
}

TEST_F(Streams, T28_Exclude) {
  ASSERT_EQ(world.Register("I"), NO_ERROR);
  ASSERT_EQ(world.Take("I", 4), NO_ERROR);
  world.SetRoute("S2", 1);
  ASSERT_EQ(world.Add("I", "*", "G", 4), NO_ERROR);
  world.TakeEvents();
  world.hooks("I").creation = [](DWORD count, PMGM_IF_ENTRY list) {
    for (DWORD i = 0; i < count; ++i) list[i].bIsEnabled = FALSE;
  };
  EXPECT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents("CREATION"), ElementsAre("CREATION I (S,G) i1 {i4}")) << "[REC]";
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}") << "[REC] nothing reaches i4";
  world.SetFlowing("S", "G", true);
  world.Advance(890);
  world.Advance(10);
  EXPECT_THAT(world.TakeEvents("CREATION"), ElementsAre("CREATION I (S,G) i1 {i4}")) << "[REC] after expiry the same";
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}") << "[REC]";
  world.hooks("I").creation = nullptr;
  EXPECT_EQ(world.Packet("S2", "G", 1), NO_ERROR);
  EXPECT_EQ(world.Entry("S2", "G"), "i1 -> {i4}") << "[REC]";
}

}  // namespace
}  // namespace mgmd::conformance
