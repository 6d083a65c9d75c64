#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/fakes/mgm_world.h"

// Release as a batch, its trace, and what the cache does after it.

namespace mgmd {
namespace {

using fakes::MgmWorld;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Steps(const MGM_EXT_RELEASE_TRACE& trace) {
  std::vector<std::string> steps;
  for (DWORD i = 0; i < trace.dwSteps; ++i) {
    const uint64_t count = trace.Steps[i].ullCount;
    steps.push_back(trace.Steps[i].szName + (count == 0 ? "" : " " + std::to_string(count)));
  }
  return steps;
}

// The trace tells every step in its order, with what it worked on.
TEST(Release, TraceOfASharedInterface) {
  MgmWorld world;
  for (const char* client : {"P1", "P2", "I"}) world.Register(client);
  world.Take("P1", 1);
  world.Take("P2", 2);
  world.Take("I", 1);
  world.SetRoute("S", 1);
  world.SetRoute("S2", 2);
  world.Add("P1", "*", "G", 1);
  world.Add("I", "*", "G2", 1);
  world.Packet("S", "G", 1);
  world.Packet("S2", "G", 2);
  world.Packet("S2", "G2", 2);
  ASSERT_EQ(world.Release("P1", 1), NO_ERROR);
  world.Poll();
  MGM_EXT_RELEASE_TRACE trace;
  ASSERT_EQ(MgmExtGetReleaseTrace(0, &trace), NO_ERROR);
  EXPECT_EQ(trace.dwIfIndex, 1u);
  EXPECT_EQ(trace.bTake, FALSE);
  EXPECT_EQ(trace.bSettled, TRUE);
  EXPECT_EQ(trace.bReclaimed, TRUE);
  EXPECT_THAT(Steps(trace), ElementsAre("IGMP disabled", "memberships dropped 2", "alerts queued 5", "MFEs deleted 1",
                                        "entries updated 2", "batch applied 3", "grace period", "IGMP enabled",
                                        "alerts delivered 5", "reclaimed"));
  EXPECT_EQ(MgmExtGetReleaseTrace(1, &trace), ERROR_NOT_FOUND);
}

// IGMP's own release is one like any other, though the owner keeps its MFEs.
TEST(Release, TraceOfIgmpsOwn) {
  MgmWorld world;
  for (const char* client : {"P1", "P2", "I"}) world.Register(client);
  world.Take("P1", 1);
  world.Take("P2", 2);
  world.Take("I", 1);
  world.SetRoute("S2", 2);
  world.Add("P1", "*", "G", 1);
  world.Add("I", "*", "G2", 1);
  world.Packet("S2", "G", 2);
  world.Packet("S2", "G2", 2);
  const uint64_t applied = world.applied();
  ASSERT_EQ(world.Release("I", 1), NO_ERROR);
  EXPECT_EQ(world.applied() - applied, 1u);
  world.Poll();
  MGM_EXT_RELEASE_TRACE trace;
  ASSERT_EQ(MgmExtGetReleaseTrace(0, &trace), NO_ERROR);
  EXPECT_EQ(trace.dwProtocolId, MS_IP_IGMP);
  EXPECT_EQ(trace.dwIfIndex, 1u);
  EXPECT_EQ(trace.bTake, FALSE);
  EXPECT_EQ(trace.bReclaimed, TRUE);
  EXPECT_THAT(Steps(trace), ElementsAre("memberships dropped 1", "alerts queued 3", "MFEs deleted", "entries updated 1",
                                        "batch applied 1", "grace period", "alerts delivered 3", "reclaimed"));
  EXPECT_EQ(MgmExtGetReleaseTrace(1, &trace), ERROR_NOT_FOUND);
}

TEST(Release, TheLastSixteenAreKept) {
  MgmWorld world;
  world.Register("P1");
  for (DWORD interface = 1; interface <= 20; ++interface) {
    ASSERT_EQ(world.Take("P1", interface), NO_ERROR);
    ASSERT_EQ(world.Release("P1", interface), NO_ERROR);
  }
  MGM_EXT_RELEASE_TRACE trace;
  ASSERT_EQ(MgmExtGetReleaseTrace(0, &trace), NO_ERROR);
  EXPECT_EQ(trace.dwIfIndex, 20u);
  ASSERT_EQ(MgmExtGetReleaseTrace(15, &trace), NO_ERROR);
  EXPECT_EQ(trace.dwIfIndex, 5u);
  EXPECT_EQ(MgmExtGetReleaseTrace(16, &trace), ERROR_NOT_FOUND);
}

// Thousands of MFEs are one batch; those that died can be made again before the old ones have been
// reclaimed, and the walk never shows a dead one.
TEST(Release, ManyMfesAreOneBatchAndComeBack) {
  constexpr int kGroups = 200;
  constexpr int kSources = 200;  // 40,000 MFEs, more than one turn reclaims
  MgmWorld world;
  world.Register("P1");
  world.Register("P2");
  world.Take("P1", 1);
  world.Take("P2", 2);
  for (int group = 1; group <= kGroups; ++group) world.Add("P2", "*", "G" + std::to_string(group), 2);
  for (int source = 1; source <= kSources; ++source) {
    world.SetRoute("S" + std::to_string(source), 1);
    for (int group = 1; group <= kGroups; ++group) {
      ASSERT_EQ(world.Packet("S" + std::to_string(source), "G" + std::to_string(group), 1), NO_ERROR);
    }
  }
  ASSERT_EQ(world.table().size(), static_cast<size_t>(kGroups * kSources));
  ASSERT_EQ(world.Walk(1 << 16).size(), static_cast<size_t>(kGroups * kSources));
  uint64_t applied = world.applied();
  ASSERT_EQ(world.Release("P1", 1), NO_ERROR);
  EXPECT_EQ(world.applied() - applied, 1u);
  EXPECT_THAT(world.table(), IsEmpty());
  EXPECT_THAT(world.Walk(), IsEmpty());

  ASSERT_EQ(world.Take("P1", 1), NO_ERROR);
  for (int group = 1; group <= kGroups; group += 7) {
    ASSERT_EQ(world.Packet("S9", "G" + std::to_string(group), 1), NO_ERROR);
  }
  const size_t again = world.table().size();
  for (int turn = 0; turn < 10; ++turn) {
    world.Poll();
    EXPECT_EQ(world.Walk().size(), again);
  }
  EXPECT_EQ(world.Entry("S9", "G8"), "i1 -> {i2}");

  applied = world.applied();
  ASSERT_EQ(world.Release("P2", 2), NO_ERROR);
  EXPECT_EQ(world.applied() - applied, 1u);
  EXPECT_EQ(world.Entry("S9", "G8"), "i1 -> {}");
  EXPECT_EQ(world.table().size(), again);
}

// There are 32,767 slots for interfaces; one that was released counts no longer.
TEST(Limits, MoreInterfacesThanSlotsComeAndGo) {
  MgmWorld world;
  world.Register("P1");
  for (DWORD link = 1; link <= 70'000; ++link) {
    ASSERT_EQ(world.Take("P1", 7, link), NO_ERROR) << link;
    ASSERT_EQ(world.Release("P1", 7, link), NO_ERROR) << link;
  }
  for (DWORD link = 1; link <= 32'767; ++link) ASSERT_EQ(world.Take("P1", 8, link), NO_ERROR) << link;
  EXPECT_EQ(world.Take("P1", 9), ERROR_NOT_ENOUGH_MEMORY);
  ASSERT_EQ(world.Release("P1", 8, 4), NO_ERROR);
  EXPECT_EQ(world.Take("P1", 9), NO_ERROR);
}

// The oldest idle negative MFE makes room; one whose stream flows stays.
TEST(Limits, NegativeMfesMakeRoom) {
  MgmWorld world(0, 0, 3);
  world.Register("P1");
  world.Take("P1", 1);
  for (int source = 1; source <= 5; ++source) world.SetRoute("S" + std::to_string(source), 1);
  world.SetFlowing("S", "G", true);
  for (const char* source : {"S", "S2", "S3", "S4"}) ASSERT_EQ(world.Packet(source, "G", 1), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}") << "flows";
  EXPECT_EQ(world.Entry("S2", "G"), "none") << "the oldest idle one";
  EXPECT_EQ(world.Entry("S4", "G"), "i1 -> {}");
  EXPECT_EQ(world.table().size(), 3u);
}

TEST(Limits, NoRoomForAnotherMfe) {
  MgmWorld world(0, 2);
  world.Register("P1");
  world.Take("P1", 1);
  world.SetRoute("S", 1);
  for (const char* group : {"G", "G2"}) {
    world.SetFlowing("S", group, true);
    EXPECT_EQ(world.Packet("S", group, 1), NO_ERROR);
  }
  EXPECT_EQ(world.Packet("S", "G3", 1), ERROR_NOT_ENOUGH_MEMORY);
  EXPECT_EQ(world.Packet("S", "G", 1), NO_ERROR);
}

// Streams that come to their end together are decided again at 10,000 a second, and forwarded
// meanwhile (A14).
TEST(Limits, DecisionsAgainAreRateLimited) {
  constexpr int kGroups = 120;
  constexpr int kSources = 100;
  MgmWorld world;
  world.Register("P1");
  world.Take("P1", 1);
  for (int source = 1; source <= kSources; ++source) {
    const std::string s = "S" + std::to_string(source);
    world.SetRoute(s, 1);
    for (int group = 1; group <= kGroups; ++group) {
      const std::string g = "G" + std::to_string(group);
      world.SetFlowing(s, g, true);
      ASSERT_EQ(world.Packet(s, g, 1), NO_ERROR);
    }
  }
  world.Advance(890);
  world.TakeEvents();
  world.Advance(10);
  EXPECT_EQ(world.TakeEvents("RPF").size(), 10'000u);
  EXPECT_EQ(world.table().size(), static_cast<size_t>(kGroups * kSources));
  world.Advance(0.1);
  EXPECT_EQ(world.TakeEvents("RPF").size(), 1'000u);
  world.Advance(1);
  EXPECT_EQ(world.TakeEvents("RPF").size(), 1'000u) << "and each only once";
}

// What the forwarder refuses is kept and tried again; the call succeeded (A18).
TEST(Limits, RefusedEntriesAreTriedAgain) {
  MgmWorld world;
  world.Register("P1");
  world.Register("P2");
  world.Take("P1", 1);
  world.Take("P2", 2);
  world.SetRoute("S", 1);
  ASSERT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  world.RefuseEntries(true);
  EXPECT_EQ(world.Add("P2", "*", "G", 2), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}");
  EXPECT_THAT(world.GetMfe("S", "G")->oifs, ElementsAre(2));
  world.Advance(0.02);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}");
  world.RefuseEntries(false);
  world.Advance(0.02);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
}

// What waits to be decided again, and has been decided meanwhile, is not decided once more: its
// owner would be asked and told twice.
TEST(Redecision, OfWhatHasBeenDecidedMeanwhileIsNone) {
  MgmWorld world;
  for (const char* client : {"P1", "P2", "P3"}) {
    world.Register(client);
    world.Take(client, client[1] - '0');
  }
  world.SetRoute("S", 1);
  world.Add("P2", "*", "G", 2);
  ASSERT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  world.hooks("P3").join = [&](BOOL) {
    world.hooks("P3").join = nullptr;
    world.SetRoute("S", 3);
    EXPECT_EQ(world.RoutesChanged("S"), NO_ERROR);  // inside a callback: decided in the next turn
    EXPECT_EQ(world.Release("P1", 1), NO_ERROR);
    EXPECT_EQ(world.Packet("S", "G", 3), NO_ERROR);
  };
  world.TakeEvents();
  ASSERT_EQ(world.Add("P2", "*", "G2", 2), NO_ERROR);
  world.Poll();
  EXPECT_THAT(world.TakeEvents(), ElementsAre("J P1 (*,G2) T", "J P3 (*,G2) T", "RPF P3 (S,G) i3",
                                              "CREATION P2 (S,G) i3 {i2}", "J P3 (S,G) F"));
  EXPECT_EQ(world.Entry("S", "G"), "i3 -> {i2}");
}

// A stream that found nobody on its way is decided anew when somebody takes the interface (A15).
TEST(Orphans, AreDecidedAgainWhenTheirInterfaceIsTaken) {
  MgmWorld world;
  world.Register("P2");
  world.Take("P2", 2);
  world.SetRoute("S", 1);
  world.Add("P2", "*", "G", 2);
  ASSERT_EQ(world.Packet("S", "G", 2), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "no route");
  EXPECT_EQ(world.GetMfe("S", "G")->mfe.dwInIfProtocol, 0u);
  world.Register("P1");
  world.TakeEvents();
  ASSERT_EQ(world.Take("P1", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), IsEmpty()) << "no callback before the owner is ready";
  EXPECT_EQ(world.Entry("S", "G"), "none");
  ASSERT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
}

}  // namespace
}  // namespace mgmd
