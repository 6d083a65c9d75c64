// Holding packets of unknown streams: what is held, what is not, and for how long. The same in both families.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/support/family_streams.h"
#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

using Drops = std::map<DropReason, uint64_t>;
constexpr int kIn = 0;
constexpr int kOut = 1;

void AddInterfaces(WorkerRig& rig) {
  rig.AddInterface(kIn, 0);
  rig.AddInterface(kOut, 1);
}

template <class Family>
class Pending : public ::testing::Test {
 protected:
  using Kind = typename dataplane::WorkerMessage<Family>::Kind;
};
TYPED_TEST_SUITE(Pending, BothFamilies);

TYPED_TEST(Pending, PuntsTheFirstPacketOfAStreamAndHoldsAll) {
  // Invariant: one punt for a stream, however many packets follow; held packets take nothing from
  // the rx pool.
  using Family = TypeParam;
  WorkerRig rig;
  AddInterfaces(rig);
  for (int p = 0; p < 4; ++p) {
    rig.Receive(0, Packet<Family>().Build());
    rig.Receive(0, Packet<Family>(2).Payload(200).Build());
  }
  rig.Turn();
  rig.Receive(0, Packet<Family>().Build());
  rig.Turn();
  const auto punts = rig.template Punts<Family>();
  ASSERT_EQ(punts.size(), 2u);
  EXPECT_EQ(punts[0].key, Key<Family>(1));
  EXPECT_EQ(punts[0].reason, PuntReason::kNoEntry);
  EXPECT_EQ(punts[0].arrival, SlotOf<Family>(kIn));
  EXPECT_EQ(punts[0].worker, 0);
  EXPECT_EQ(punts[0].header_size, kHeaderOctets<Family> + 18);
  EXPECT_EQ(punts[1].header_size, 99);
  EXPECT_EQ(dataplane::Get(rig.stats().held), 9u);
  EXPECT_EQ(dataplane::Get(rig.stats().held_streams), 2u);
  EXPECT_EQ(rig.available(rig.rx_pool()), 1024u);
  EXPECT_EQ(rig.drops(), Drops{});
}

TYPED_TEST(Pending, CountsEachBoundByItsOwnReason) {
  // Invariant: streams, packets of a stream, packets in all, and the pool: each full bound drops
  // the packet that exceeds it and leaves what is held alone.
  using Family = TypeParam;
  WorkerRig rig({.pending = {.streams = 3, .depth = 4, .packets = 10}});
  AddInterfaces(rig);
  rig.AddInterface(2, 2);
  for (int p = 0; p < 6; ++p) rig.Receive(0, Packet<Family>(1).Build());
  rig.Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingDepth, 2}}));
  for (int p = 0; p < 4; ++p) rig.Receive(1, Packet<Family>(2).Build());
  for (int p = 0; p < 4; ++p) rig.Receive(2, Packet<Family>(3).Build());
  rig.Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingDepth, 2}, {DropReason::kPendingPackets, 2}}));
  rig.Receive(0, Packet<Family>(4).Build());
  rig.Turn();
  EXPECT_EQ(rig.drops(DropReason::kPendingStreams), 1u);
  EXPECT_EQ(rig.template Punts<Family>().size(), 3u);
  EXPECT_EQ(dataplane::Get(rig.stats().held), 10u);
}

TYPED_TEST(Pending, LeavesHalfOfTheStreamsToOtherInterfaces) {
  // Invariant: on one interface no more streams begin than half of those that may wait, whatever its port; the rest is
  // for others, whose streams wait whether they come before or after.
  using Family = TypeParam;
  WorkerRig rig({.pending = {.streams = 9, .depth = 8, .packets = 64}});
  AddInterfaces(rig);
  rig.AddInterface(2, 0, 7);
  for (int stream = 0; stream < 40; ++stream) rig.Receive(0, Packet<Family>(stream).Build());
  rig.Turn();
  EXPECT_EQ(dataplane::Get(rig.stats().held_streams), 4u);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingShare, 36}}));
  // Another packet of a stream that waits takes no stream's place.
  rig.Receive(0, Packet<Family>(0).Build());
  for (int stream = 40; stream < 42; ++stream) rig.Receive(1, Packet<Family>(stream).Build());
  for (int stream = 42; stream < 46; ++stream) rig.Receive(0, Packet<Family>(stream).Vlan(7).Build());
  rig.Turn();
  EXPECT_EQ(dataplane::Get(rig.stats().held_streams), 9u);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingShare, 36}, {DropReason::kPendingStreams, 1}}));
}

TYPED_TEST(Pending, LeavesHalfOfThePacketsToOtherInterfaces) {
  // Invariant: a packet counts for the interface that it arrived on, whoever's stream it is of; once the stream has its
  // entry, what was refused is told of it.
  using Family = TypeParam;
  WorkerRig rig({.pending = {.streams = 8, .depth = 40, .packets = 20}});
  AddInterfaces(rig);
  for (int p = 0; p < 15; ++p) rig.Receive(1, Packet<Family>().Build());
  for (int p = 0; p < 7; ++p) rig.Receive(0, Packet<Family>().Build());
  rig.Turn();
  EXPECT_EQ(dataplane::Get(rig.stats().held), 17u);
  rig.Receive(1, Packet<Family>(2).Build());
  rig.Turn();
  for (int p = 0; p < 4; ++p) rig.Receive(0, Packet<Family>(3).Build());
  rig.Turn();
  EXPECT_EQ(dataplane::Get(rig.stats().held), 20u);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingShare, 6}, {DropReason::kPendingPackets, 1}}));
  rig.AddEntry(Key<Family>(1), kIn, {kOut});
  rig.Send(TestFixture::Kind::kDrain, Key<Family>(1));
  rig.Turn();
  EXPECT_EQ(rig.exceptions(Key<Family>(1), -1)[DropReason::kPendingShare], 5u);
}

TYPED_TEST(Pending, GivesAnInterfaceItsHalfBackHoweverStreamsGo) {
  // Invariant: sent in parts, discarded, timed out, released: what went makes room for as much.
  using Family = TypeParam;
  using Kind = typename TestFixture::Kind;
  WorkerRig rig({.pending_buffers = 1024, .pending = {.streams = 4, .depth = 200, .packets = 400}});
  AddInterfaces(rig);
  const auto fill = [&](std::string_view after) {
    const uint64_t before = rig.drops(DropReason::kPendingShare);
    for (int p = 0; p < 100; ++p) {
      for (const int stream : {1, 2}) rig.Receive(0, Packet<Family>(stream).Build());
    }
    rig.Turn();
    EXPECT_EQ(dataplane::Get(rig.stats().held), 200u) << after;
    EXPECT_EQ(rig.drops(DropReason::kPendingShare), before) << after;
    rig.Receive(0, Packet<Family>(1).Build());
    rig.Receive(0, Packet<Family>(3).Build());
    rig.Turn();
    EXPECT_EQ(rig.drops(DropReason::kPendingShare), before + 2) << after;
  };
  fill("nothing");
  rig.AddEntry(Streams<Family>(), kIn, {kOut});
  rig.Send(Kind::kDrain, Streams<Family>());
  while (dataplane::Get(rig.stats().held) > 0) {
    rig.AdvanceMs(1);
    rig.Turn();
  }
  EXPECT_EQ(rig.DiscardSent(1), 200u);
  rig.DeleteEntry(Streams<Family>());
  fill("a drain");
  rig.Send(Kind::kDiscard, Streams<Family>());
  rig.Turn();
  fill("a discard");
  rig.AdvanceMs(10000);
  rig.Turn();
  fill("the timeout");
  rig.template Bump<Family>(kIn);
  rig.Send(Kind::kDropReleased);
  rig.Turn();
  fill("a release");
}

TYPED_TEST(Pending, CountsAnEmptyPoolAsNoRoomForPackets) {
  // Invariant: a packet that finds no buffer is dropped as one too many, and a stream of which
  // nothing could be held is not punted either.
  using Family = TypeParam;
  WorkerRig empty({.pending_buffers = 5, .pending = {.streams = 8, .depth = 8, .packets = 64}});
  AddInterfaces(empty);
  for (int p = 0; p < 7; ++p) empty.Receive(0, Packet<Family>().Build());
  empty.Receive(0, Packet<Family>(9).Build());
  empty.Turn();
  EXPECT_EQ(empty.drops(), (Drops{{DropReason::kPendingPackets, 3}}));
  EXPECT_EQ(empty.template Punts<Family>().size(), 1u);
}

TYPED_TEST(Pending, AsksAboutEachStreamInTurnAsControlHasRoom) {
  // Invariant: what finds the punt ring full waits, and control is asked in the order in which the streams began, about
  // each once; about one that goes meanwhile not at all, and one that has an entry by then is sent.
  using Family = TypeParam;
  WorkerRig rig({.punt_ring = 1});
  AddInterfaces(rig);
  for (int stream = 1; stream <= 6; ++stream) rig.Receive(0, Packet<Family>(stream).Build());
  rig.Turn();
  EXPECT_EQ(dataplane::Get(rig.stats().held_streams), 6u);
  rig.Send(TestFixture::Kind::kDiscard, Key<Family>(2));
  rig.AddEntry(Key<Family>(4), kIn, {kOut});
  std::vector<FibKey<Family>> asked;
  for (int turn = 0; turn < 8; ++turn) {
    for (const Punt<Family>& punt : rig.template Punts<Family>()) {
      EXPECT_EQ(punt.reason, PuntReason::kNoEntry);
      EXPECT_EQ(punt.header_size, kHeaderOctets<Family> + 18);
      asked.push_back(punt.key);
    }
    // Begins when there is room in the ring, but others wait.
    if (turn == 0) rig.Receive(0, Packet<Family>(7).Build());
    rig.AdvanceMs(1);
    rig.Turn();
  }
  EXPECT_EQ(asked, (std::vector{Key<Family>(1), Key<Family>(3), Key<Family>(5), Key<Family>(6), Key<Family>(7)}));
  EXPECT_EQ(rig.DiscardSent(1), 1u);
  EXPECT_EQ(dataplane::Get(rig.stats().held_streams), 5u);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingDiscarded, 1}}));
}

TYPED_TEST(Pending, GivesUpAfterTheTimeoutCountedFromTheFirstPacket) {
  // Invariant: a stream is dropped when its first packet has waited for the timeout, later packets
  // notwithstanding, and not before; its next packet is a first one.
  using Family = TypeParam;
  WorkerRig rig;
  AddInterfaces(rig);
  rig.Receive(0, Packet<Family>().Build());
  rig.Turn();
  rig.AdvanceMs(6000);
  rig.Receive(0, Packet<Family>().Build());
  rig.Receive(0, Packet<Family>(7).Build());
  rig.Turn();
  EXPECT_EQ(rig.template Punts<Family>().size(), 2u);
  rig.AdvanceMs(3999);
  rig.Turn();
  EXPECT_EQ(rig.drops(), Drops{});
  rig.AdvanceMs(1);
  rig.Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingTimeout, 2}}));
  EXPECT_EQ(dataplane::Get(rig.stats().held), 1u);
  rig.Receive(0, Packet<Family>().Build());
  rig.Turn();
  EXPECT_EQ(rig.template Punts<Family>().size(), 1u);
}

TYPED_TEST(Pending, DropsWhatControlDiscards) {
  // Invariant: a discard drops the stream it names, or all that a wildcard covers, and no other;
  // nobody answers.
  using Family = TypeParam;
  WorkerRig rig;
  AddInterfaces(rig);
  for (int stream = 1; stream <= 5; ++stream) {
    rig.Receive(0, Packet<Family>(stream).Build());
    rig.Receive(0, PacketTo<Family>(OtherGroup<Family>(stream)).Build());
  }
  rig.Turn();
  rig.Send(TestFixture::Kind::kDiscard, Key<Family>(2));
  rig.Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingDiscarded, 1}}));
  rig.Send(TestFixture::Kind::kDiscard, OtherStreams<Family>());
  rig.Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingDiscarded, 6}}));
  EXPECT_EQ(dataplane::Get(rig.stats().held), 4u);
}

TYPED_TEST(Pending, DropsWhatArrivedOnAReleasedInterface) {
  // Invariant: the walk takes exactly the packets whose arrival stamp is not current; streams of
  // other interfaces stay.
  using Family = TypeParam;
  WorkerRig rig({.pending_buffers = 2000, .pending = {.streams = 1000, .depth = 8, .packets = 2000}});
  AddInterfaces(rig);
  for (int stream = 0; stream < 500; ++stream) {
    rig.Receive(0, Packet<Family>(stream).Build());
    if (stream % 2 == 0) rig.Receive(1, Packet<Family>(stream).Build());
    if (stream % 5 == 0) rig.Receive(1, Packet<Family>(stream).From(kOtherSource<Family>).Build());
    if (stream % 50 == 49) rig.Turn();
  }
  EXPECT_EQ(dataplane::Get(rig.stats().held), 850u);
  rig.template Bump<Family>(kIn);
  rig.Send(TestFixture::Kind::kDropReleased);
  for (int i = 0; i < 5; ++i) rig.Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kReleased, 500}}));
  EXPECT_EQ(dataplane::Get(rig.stats().held), 350u);
  EXPECT_EQ(dataplane::Get(rig.stats().held_streams), 350u);
  // The streams that are left are whole: they can be sent.
  rig.AddEntry(Streams<Family>(), kOut, {kIn});
  rig.Send(TestFixture::Kind::kDrain, Streams<Family>());
  for (int i = 0; i < 6; ++i) {
    rig.Turn();
    rig.AdvanceMs(1);
  }
  EXPECT_EQ(rig.DiscardSent(0), 350u);
}

TYPED_TEST(Pending, LooksAgainAtAllThatWaitsWhenMessagesWereLeftOut) {
  // Invariant: after a kReread what has an entry is sent, what arrived on a released interface is
  // dropped, and for all else control is asked once more.
  using Family = TypeParam;
  WorkerRig rig;
  AddInterfaces(rig);
  rig.AddInterface(2, 2);
  for (int id = 0; id < 3; ++id) rig.Receive(0, Packet<Family>(1).Id(id).Build());
  for (int id = 0; id < 2; ++id) rig.Receive(0, Packet<Family>(2).Id(id).Build());
  rig.Receive(2, Packet<Family>(3).Build());
  rig.Turn();
  EXPECT_EQ(rig.template Punts<Family>().size(), 3u);
  rig.AddEntry(Key<Family>(1), kIn, {kOut});
  rig.template Bump<Family>(2);
  rig.Send(TestFixture::Kind::kReread);
  for (int turn = 0; turn < 3; ++turn) {
    rig.AdvanceMs(1);
    rig.Turn();
  }
  const auto sent = rig.Sent(1);
  ASSERT_EQ(sent.size(), 3u);
  for (size_t id = 0; id < 3; ++id) EXPECT_EQ(IdOf<Family>(sent[id]), static_cast<int>(id));
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kReleased, 1}}));
  const auto punts = rig.template Punts<Family>();
  ASSERT_EQ(punts.size(), 1u);
  EXPECT_EQ(punts[0].key, Key<Family>(2));
  EXPECT_EQ(punts[0].reason, PuntReason::kNoEntry);
  EXPECT_EQ(punts[0].arrival, SlotOf<Family>(kIn));
  EXPECT_EQ(punts[0].header_size, kHeaderOctets<Family> + 18);
  EXPECT_EQ(dataplane::Get(rig.stats().held), 2u);
  EXPECT_EQ(dataplane::Get(rig.stats().rereads), 1u);
}

TYPED_TEST(Pending, AsksAgainAboutEachStreamInTurn) {
  // Invariant: what finds the punt ring full when all is asked about again is asked about later, and nothing twice;
  // what goes in between is not asked about at all.
  using Family = TypeParam;
  WorkerRig rig({.pending = {.streams = 64, .depth = 8, .packets = 64}, .punt_ring = 7});
  AddInterfaces(rig);
  for (int stream = 0; stream < 21; ++stream) {
    rig.Receive(0, Packet<Family>(stream).Build());
    if (stream % 7 != 6) continue;
    rig.Turn();
    EXPECT_EQ(rig.template Punts<Family>().size(), 7u);
  }
  rig.Send(TestFixture::Kind::kReread);
  std::map<FibKey<Family>, int> asked;
  for (int turn = 0; turn < 5; ++turn) {
    rig.Turn();
    for (const Punt<Family>& punt : rig.template Punts<Family>()) ++asked[punt.key];
    // The next to be asked about, and the one after.
    if (turn == 0) {
      for (const int stream : {7, 8}) rig.Send(TestFixture::Kind::kDiscard, Key<Family>(stream));
    }
  }
  EXPECT_EQ(asked.size(), 19u);
  for (const auto& [key, times] : asked) EXPECT_EQ(times, 1) << key.ToString();
  EXPECT_EQ(asked.count(Key<Family>(7)), 0u);
  EXPECT_EQ(asked.count(Key<Family>(8)), 0u);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingDiscarded, 2}}));
}

TYPED_TEST(Pending, CountsWhatIsHeldWhenTheWorkerStops) {
  // Invariant: nothing vanishes at the end either.
  using Family = TypeParam;
  WorkerRig rig;
  AddInterfaces(rig);
  for (int stream = 1; stream <= 5; ++stream) rig.Receive(0, Packet<Family>(stream).Build());
  rig.Turn();
  const std::atomic<bool> stop = true;
  rig.worker().Run(stop);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kStopped, 5}}));
  EXPECT_EQ(dataplane::Get(rig.stats().held), 0u);
}

TYPED_TEST(Pending, FindsEveryStreamThroughChurn) {
  // Invariant: the table neither loses nor doubles a stream while thousands come, go and collide.
  using Family = TypeParam;
  WorkerRig rig(
      {.pending_buffers = 4096, .pending = {.streams = 2000, .depth = 8, .packets = 8000}, .punt_ring = 8192});
  AddInterfaces(rig);
  uint64_t discarded = 0;
  for (int round = 0; round < 20; ++round) {
    for (int stream = 0; stream < 900; ++stream) {
      rig.Receive(0, Packet<Family>(stream).Build());
      if (stream % 60 == 59) rig.Turn();
    }
    rig.Turn();
    for (int stream = round % 3; stream < 900; stream += 3) {
      rig.Send(TestFixture::Kind::kDiscard, Key<Family>(stream));
      discarded += static_cast<uint64_t>(1);
      if (stream % 60 > 56) rig.Turn();
    }
    for (int i = 0; i < 12; ++i) rig.Turn();
  }
  EXPECT_EQ(dataplane::Get(rig.stats().held_streams), 600u);
  EXPECT_EQ(rig.drops(DropReason::kPendingDiscarded) + rig.drops(DropReason::kPendingDepth) +
                dataplane::Get(rig.stats().held),
            20u * 900u);
  EXPECT_EQ(discarded, 6000u);
}

}  // namespace
}  // namespace mgmd::testing
