#include <string>

#include "control/mgm/rules/decision_queue.h"
#include "control/mgm/rules/oil_edits.h"
#include "control/mgm/rules/room.h"
#include "tests/unit/mgm/rules/rules_scene.h"

// MFEs on their way to the forwarder and to the observer, what is counted about them, how long they live, and what goes
// for another one.

namespace mgmd::mgm {
namespace {

struct LifetimesTest : RulesScene {};
struct MfeWriterTest : RulesScene {};
struct MfesTest : RulesScene {};
struct OilEditsTest : RulesScene {
  OpenDecisions<Ipv4> open{tables.ssm, std::chrono::milliseconds(500), 2};
  Questions<Ipv4> questions{tables, clock, calls, open, false};
};
struct DecisionQueueTest : RulesScene {};
struct RoomTest : RulesScene {
  uint32_t max_negative = 100;
  Room<Ipv4> MakeRoom() { return {tables, limits, max_negative, forwarder, clock, observer, mfes}; }
};
// The owner of an interface may have three MFEs; those that memberships hold are never idle.
struct OwnersRoomTest : RulesScene {
  void Hold(const std::set<uint8_t>& sources) {
    for (uint8_t source = 1; source <= 4; ++source) {
      const uint32_t mfe = tables.cache.Find(Stream(source));
      if (mfe != kNoMfe) tables.cache[mfe].Set(Mfe::kProactive, sources.contains(source));
    }
  }
  // Whether there is room for another MFE when all that are not held have been looked at twice.
  bool GetsRoomOnceIdle(const Interface<Ipv4>& iif) {
    EXPECT_FALSE(room.Make({Limit::kPerOwner}, Stream(9), iif.slot));
    clock.now += std::chrono::seconds(2);
    return room.Make({Limit::kPerOwner}, Stream(9), iif.slot);
  }
  MfeLimits<Ipv4> owners{{0, 0, 0, 3}};
  Room<Ipv4> room{tables, owners, 100, forwarder, clock, observer, mfes};
};

TEST_F(LifetimesTest, AnMfeEndsAtItsTimeoutAndItIsKnownWhetherItFlows) {
  const Interface<Ipv4>& iif = Own(AddClient(), 1);
  const uint32_t mfe = MakeMfe(Stream(1), iif);
  std::vector<bool> ended;
  const auto run = [&] {
    return lifetimes.Run(100, [&](uint32_t due, bool flows) {
      EXPECT_EQ(due, mfe);
      ended.push_back(flows);
      lifetimes.Begin(due);
    });
  };
  clock.now += std::chrono::seconds(Lifetimes<Ipv4>::kDefaultTimeout) - Lifetimes<Ipv4>::kIdle;
  EXPECT_TRUE(run());  // looks at its counter
  EXPECT_THAT(ended, IsEmpty());
  forwarder.activity = 1;
  clock.now += Lifetimes<Ipv4>::kIdle;
  EXPECT_TRUE(run());
  EXPECT_THAT(ended, ElementsAre(true));
  lifetimes.SetRest(mfe, 5);
  clock.now += std::chrono::seconds(5);
  EXPECT_TRUE(run());
  EXPECT_THAT(ended, ElementsAre(true, false));
  EXPECT_FALSE(run());
}

TEST_F(MfeWriterTest, WritesWhatIsDirtyOnceAndTellsTheObserver) {
  const Interface<Ipv4>& iif = Own(AddClient(), 1);
  const uint32_t mfe = MakeMfe(Stream(1), iif);
  writer.MarkDirty(mfe);
  writer.Write();
  EXPECT_THAT(forwarder.calls, ElementsAre("apply 1+0 -0"));
  EXPECT_THAT(TakeTold(), ElementsAre("new (10.0.0.1,239.1.1.1)"));
  writer.Write();
  EXPECT_EQ(forwarder.calls.size(), 1U);
  writer.MarkDirty(mfe);
  writer.Write();
  EXPECT_THAT(TakeTold(), ElementsAre("changed (10.0.0.1,239.1.1.1)"));
}

TEST_F(MfeWriterTest, TriesAgainWhatTheForwarderRefuses) {
  const uint32_t mfe = MakeMfe(Stream(1), Own(AddClient(), 1));
  tables.cache[mfe].Set(Mfe::kDrain, true);
  forwarder.refused.insert(Stream(1));
  writer.Write();
  EXPECT_THAT(TakeTold(), ElementsAre("new (10.0.0.1,239.1.1.1)", "refused (10.0.0.1,239.1.1.1)"));
  forwarder.refused.clear();
  EXPECT_EQ(writer.refused().size(), 1U);
  ASSERT_TRUE(writer.NextDeadline().has_value());
  clock.now = *writer.NextDeadline();
  EXPECT_TRUE(writer.RetryRefused());
  forwarder.calls.clear();
  writer.Write();
  EXPECT_THAT(forwarder.calls, ElementsAre("apply 1+1 -0"));  // what is held has not been forgotten
  EXPECT_FALSE(writer.RetryRefused());
}

TEST_F(MfesTest, CountWhatTheyMakeAndDrop) {
  Interface<Ipv4>& iif = Own(AddClient(), 1);
  const uint32_t mfe = MakeMfe(Stream(1), iif);
  EXPECT_EQ(limits.CountOf(kGroup), 1U);
  EXPECT_EQ(mfes.negative().count(), 1U);
  const Route<Ipv4> route{Ipv4Prefix(Stream(1).source(), 24), {9, {}}, {}, 3};
  mfes.SetWay(mfe, iif.slot, RouteUse<Ipv4>{route, route.prefix, 3});
  EXPECT_TRUE(mfes.HasLedAway({9, {}}));
  ASSERT_NE(mfes.RouteOf(mfe), nullptr);
  EXPECT_EQ(mfes.RouteOf(mfe)->route.interface.index, 9U);
  writer.Write();
  TakeTold();
  mfes.Drop(mfe);
  EXPECT_EQ(limits.CountOf(kGroup), 0U);
  EXPECT_EQ(mfes.negative().count(), 0U);
  EXPECT_FALSE(mfes.HasLedAway({9, {}}));
  writer.Write();
  EXPECT_THAT(forwarder.entries, IsEmpty());
  EXPECT_THAT(TakeTold(), ElementsAre("gone (10.0.0.1,239.1.1.1)"));
}

TEST_F(MfesTest, AreCountedOffWhenAReleaseKillsThem) {
  Interface<Ipv4>& iif = Own(AddClient(), 1);
  MakeMfe(Stream(1), iif);
  MakeMfe(Stream(2), iif);
  size_t killed = 0;
  mfes.KillAllOf(iif, [&](uint32_t) { ++killed; });
  EXPECT_EQ(killed, 2U);
  EXPECT_EQ(limits.CountOf(kGroup), 0U);
  EXPECT_EQ(mfes.negative().count(), 0U);
}

TEST_F(MfesTest, ThatAReleaseHasKilledDoNotEndOnceMore) {
  Interface<Ipv4>& iif = Own(AddClient(), 1);
  MakeMfe(Stream(1), iif);
  MakeMfe(Stream(2), iif);
  mfes.KillAllOf(iif, [](uint32_t) {});
  clock.now += std::chrono::seconds(Lifetimes<Ipv4>::kDefaultTimeout);  // nobody has reclaimed them yet
  size_t visited = 0;
  EXPECT_FALSE(lifetimes.Run(100, [&](uint32_t, bool) { ++visited; }));
  EXPECT_EQ(visited, 0U);
}

TEST_F(OilEditsTest, MembershipsAndEditsMakeAnOif) {
  OilEdits<Ipv4> oils(tables, mfe_alerts, writer, mfes, questions);
  const ClientIndex up = AddClient();
  const ClientIndex down = AddClient();
  const Interface<Ipv4>& iif = Own(up, 1);
  const Interface<Ipv4>& oif = Own(down, 2);
  const uint32_t mfe = MakeMfe(Stream(1), iif);
  Join(AnySource(), oif);
  oils.Join(AnySource(), oif, false);
  EXPECT_EQ(tables.cache[mfe].active, 1U);
  EXPECT_THAT(TakeTold(), ElementsAre("JOIN 0 (10.0.0.1,239.1.1.1)"));
  oils.Edit(Stream(1), oif, false, false);  // taken out in spite of the membership
  EXPECT_EQ(tables.cache[mfe].active, 0U);
  EXPECT_THAT(TakeTold(), ElementsAre("PRUNE 0 (10.0.0.1,239.1.1.1)"));
  oils.Edit(Stream(1), oif, false, true);
  EXPECT_EQ(tables.cache[mfe].active, 1U);
  Leave(AnySource(), oif);
  oils.Leave(AnySource(), oif, false);  // the edit has only lifted the mark (A24)
  EXPECT_EQ(tables.cache[mfe].active, 0U);
  oils.Edit(Stream(1), oif, false, true);  // and now it holds the oif
  EXPECT_EQ(tables.cache[mfe].active, 1U);
  oils.Join(AnySource(), iif, false);  // the iif is no oif
  EXPECT_EQ(tables.cache[mfe].active, 1U);
}

TEST_F(RoomTest, AnIdleMfeGoesAndOneThatFlowsStays) {
  Room<Ipv4> room = MakeRoom();
  const Interface<Ipv4>& iif = Own(AddClient(), 1);
  MakeMfe(Stream(1), iif);
  MakeMfe(Stream(2), iif);
  writer.Write();
  TakeTold();
  EXPECT_FALSE(room.Make({Limit::kPerGroup}, Stream(3), kNoSlot));  // looked at for the first time
  EXPECT_FALSE(room.Refusal().ok());
  EXPECT_THAT(TakeTold(), ElementsAre("mfes_per_group"));
  EXPECT_TRUE(room.Make({Limit::kPerGroup}, Stream(3, Ipv4Address(239, 1, 1, 2)), kNoSlot));
  clock.now += std::chrono::seconds(2);
  forwarder.activity = 1;
  EXPECT_FALSE(room.Make({Limit::kPerGroup}, Stream(3), kNoSlot));
  clock.now += std::chrono::seconds(2);
  EXPECT_TRUE(room.Make({Limit::kPerGroup}, Stream(3), kNoSlot));
  EXPECT_EQ(tables.cache.size(), 1U);
  EXPECT_EQ(limits.counts(Limit::kPerGroup).made_room, 1U);
}

TEST_F(OwnersRoomTest, AllMfesOfAnInterfaceAreLookedAtWhereverTheLastSearchEnded) {
  const Interface<Ipv4>& iif = Own(AddClient(), 1);
  for (const uint8_t source : {1, 2, 3}) MakeMfe(Stream(source), iif);
  writer.Write();
  Hold({1, 3});
  ASSERT_TRUE(GetsRoomOnceIdle(iif));  // ends at the second of them
  EXPECT_EQ(tables.cache.Find(Stream(2)), kNoMfe);
  MakeMfe(Stream(4), iif);
  writer.Write();
  Hold({3, 4});
  EXPECT_TRUE(GetsRoomOnceIdle(iif));
  EXPECT_EQ(tables.cache.Find(Stream(1)), kNoMfe);
}

TEST_F(OwnersRoomTest, OneSearchStepsOverSomeInterfacesAndTheNextOneGoesOn) {
  const Interface<Ipv4>& first = Own(AddClient(), 1);
  const ClientIndex other = AddClient();
  for (uint32_t n = 0; n < 2 * Room<Ipv4>::kInterfaces; ++n) Own(other, 2 + n);
  const Interface<Ipv4>& last = Own(0, 2 + 2 * Room<Ipv4>::kInterfaces);
  for (const uint8_t source : {1, 2}) MakeMfe(Stream(source), first);
  MakeMfe(Stream(3), last);
  writer.Write();
  Hold({1, 2});
  for (int searches = 0; searches < 3; ++searches) EXPECT_FALSE(room.Make({Limit::kPerOwner}, Stream(9), first.slot));
  EXPECT_TRUE(tables.cache[tables.cache.Find(Stream(3))].Is(Mfe::kLookedAt));
  clock.now += std::chrono::seconds(2);
  EXPECT_FALSE(room.Make({Limit::kPerOwner}, Stream(9), first.slot));
  EXPECT_FALSE(room.Make({Limit::kPerOwner}, Stream(9), first.slot));
  EXPECT_TRUE(room.Make({Limit::kPerOwner}, Stream(9), first.slot));
  EXPECT_EQ(tables.cache.Find(Stream(3)), kNoMfe);
}

TEST_F(RoomTest, TheOldestOfTooManyNegativeMfesGo) {
  max_negative = 1;
  Room<Ipv4> room = MakeRoom();
  const Interface<Ipv4>& iif = Own(AddClient(), 1);
  MakeMfe(Stream(1), iif);
  EXPECT_FALSE(room.HasSurplusOfNegative());
  MakeMfe(Stream(2), iif);
  EXPECT_TRUE(room.HasSurplusOfNegative());
  EXPECT_EQ(room.MakeForNegative(10), 0U) << "the forwarder has not seen them";
  writer.Write();
  EXPECT_EQ(room.MakeForNegative(10), 1U);
  EXPECT_EQ(tables.cache.Find(Stream(1)), kNoMfe);
  EXPECT_NE(tables.cache.Find(Stream(2)), kNoMfe);
}

// In a full table: what nobody wants has the place of a negative MFE whose stream has ended, what somebody wants that
// of any.
TEST_F(RoomTest, NegativeMfesGoFirstForAWantedStreamWhetherTheyFlowOrNot) {
  MfeLimits<Ipv4> full{{3, 0, 0, 0}};
  Room<Ipv4> room{tables, full, 100, forwarder, clock, observer, mfes};
  const Interface<Ipv4>& iif = Own(AddClient(), 1);
  const Interface<Ipv4>& oif = Own(0, 2);
  MakeMfe(Stream(1), iif, {oif.slot});
  MakeMfe(Stream(2), iif);
  MakeMfe(Stream(3), iif);
  writer.Write();
  const auto flow = [&] { ++forwarder.activity; };
  flow();
  EXPECT_FALSE(room.Make({Limit::kAll}, Stream(9), kNoSlot)) << "all have packets";
  EXPECT_TRUE(room.Make({Limit::kAll}, Stream(9), kNoSlot));
  EXPECT_EQ(tables.cache.Find(Stream(2)), kNoMfe) << "the older of the two that have none any more";
  MakeMfe(Stream(4), iif);
  writer.Write();
  Join(AnySource(), oif);
  flow();
  EXPECT_TRUE(room.Make({Limit::kAll}, Stream(9), kNoSlot));
  EXPECT_EQ(tables.cache.Find(Stream(3)), kNoMfe) << "the oldest";
  EXPECT_NE(tables.cache.Find(Stream(1)), kNoMfe) << "it has an oif";
}

TEST_F(DecisionQueueTest, TakesEachOnceAndNotMoreThanItMayInASecond) {
  DecisionQueue<Ipv4> queue(tables.cache, clock);
  MakeMfe(Stream(1), Own(AddClient(), 1));
  queue.Add(Stream(1));
  queue.Add(Stream(1));
  queue.Refill();
  EXPECT_EQ(queue.TakeNext(), Stream(1));
  EXPECT_EQ(queue.TakeNext(), std::nullopt);
  for (uint32_t i = 0; i < 2 * DecisionQueue<Ipv4>::kPerSecond; ++i) queue.Add(AnySource());  // no MFE: each time
  uint32_t taken = 0;
  while (queue.TakeNext().has_value()) ++taken;
  EXPECT_EQ(taken, DecisionQueue<Ipv4>::kPerSecond - 1);
  // Nothing is left, and nothing comes before the next turn.
  constexpr auto kTurn = DecisionQueue<Ipv4>::kTurn;
  EXPECT_EQ(queue.NextTurn(), clock.now + kTurn);
  clock.now += kTurn - Time(1);
  queue.Refill();
  EXPECT_EQ(queue.TakeNext(), std::nullopt);
  EXPECT_EQ(queue.NextTurn(), clock.now + Time(1));
  clock.now += Time(1);
  queue.Refill();
  EXPECT_EQ(queue.NextTurn(), clock.now);
  for (taken = 0; queue.TakeNext().has_value();) ++taken;
  EXPECT_EQ(taken, DecisionQueue<Ipv4>::kPerSecond / 100);
  clock.now += 10 * kTurn;
  queue.Refill();
  for (taken = 0; queue.TakeNext().has_value();) ++taken;
  EXPECT_EQ(taken, DecisionQueue<Ipv4>::kPerSecond / 10);
}

TEST_F(DecisionQueueTest, WhatIsMissingIsTriedEachSecondTheWiderFirst) {
  DecisionQueue<Ipv4> queue(tables.cache, clock);
  queue.AddMissing(Stream(1), RefusedBy::kLimit);
  queue.AddMissing(AnySource(16), RefusedBy::kNoIif);
  EXPECT_TRUE(queue.RetryMissingIfDue());
  EXPECT_FALSE(queue.RetryMissingIfDue());
  EXPECT_EQ(queue.TakeNext(), AnySource(16));
  EXPECT_EQ(queue.TakeNext(), Stream(1));
  queue.RemoveMissing(Stream(1));
  EXPECT_EQ(queue.NextRetry(), clock.now + std::chrono::seconds(1));
  clock.now += std::chrono::seconds(1);
  EXPECT_TRUE(queue.RetryMissingIfDue());
  EXPECT_EQ(queue.TakeNext(), AnySource(16));
  EXPECT_EQ(queue.TakeNext(), std::nullopt);
}

}  // namespace
}  // namespace mgmd::mgm
