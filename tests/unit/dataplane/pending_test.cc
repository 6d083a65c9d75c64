// Holding packets of unknown streams: what is held, what is not, and for how long.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

using Drops = std::map<DropReason, uint64_t>;
using Kind = dataplane::WorkerMessage<Ipv4>::Kind;
constexpr int kIn = 0;
constexpr int kOut = 1;
const Ipv4FibKey kKey = SourceGroup("10.0.0.1", "239.1.1.1");

PacketBuilder Packet() { return PacketBuilder(); }
std::string Group(int stream) { return "239.1." + std::to_string(stream / 256) + "." + std::to_string(stream % 256); }

void AddInterfaces(WorkerRig& rig) {
  rig.AddInterface(kIn, 0);
  rig.AddInterface(kOut, 1);
}

TEST(Pending, PuntsTheFirstPacketOfAStreamAndHoldsAll) {
  // Invariant: one punt for a stream, however many packets follow; held packets take nothing from
  // the rx pool.
  WorkerRig rig;
  AddInterfaces(rig);
  for (int p = 0; p < 4; ++p) {
    rig.Receive(0, Packet().Build());
    rig.Receive(0, Packet().To("239.1.1.2").Payload(200).Build());
  }
  rig.Turn();
  rig.Receive(0, Packet().Build());
  rig.Turn();
  const auto punts = rig.Punts();
  ASSERT_EQ(punts.size(), 2u);
  EXPECT_EQ(punts[0].key, kKey);
  EXPECT_EQ(punts[0].reason, PuntReason::kNoEntry);
  EXPECT_EQ(punts[0].arrival, SlotOf(kIn));
  EXPECT_EQ(punts[0].worker, 0);
  EXPECT_EQ(punts[0].header_size, 38);
  EXPECT_EQ(punts[1].header_size, 99);
  EXPECT_EQ(dataplane::Get(rig.stats().held), 9u);
  EXPECT_EQ(dataplane::Get(rig.stats().held_streams), 2u);
  EXPECT_EQ(rig.available(rig.rx_pool()), 1024u);
  EXPECT_EQ(rig.drops(), Drops{});
}

TEST(Pending, CountsEachBoundByItsOwnReason) {
  // Invariant: streams, packets of a stream, packets in all, and the pool: each full bound drops
  // the packet that exceeds it and leaves what is held alone.
  WorkerRig rig({.pending = {.streams = 3, .depth = 4, .packets = 10}});
  AddInterfaces(rig);
  for (int p = 0; p < 6; ++p) rig.Receive(0, Packet().To(Group(1)).Build());
  rig.Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingDepth, 2}}));
  for (int p = 0; p < 4; ++p) rig.Receive(0, Packet().To(Group(2)).Build());
  for (int p = 0; p < 4; ++p) rig.Receive(0, Packet().To(Group(3)).Build());
  rig.Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingDepth, 2}, {DropReason::kPendingPackets, 2}}));
  rig.Receive(0, Packet().To(Group(4)).Build());
  rig.Turn();
  EXPECT_EQ(rig.drops(DropReason::kPendingStreams), 1u);
  EXPECT_EQ(rig.Punts().size(), 3u);
  EXPECT_EQ(dataplane::Get(rig.stats().held), 10u);
}

TEST(Pending, CountsAnEmptyPoolAsNoRoomForPackets) {
  // Invariant: a packet that finds no buffer is dropped as one too many, and a stream of which
  // nothing could be held is not punted either.
  WorkerRig empty({.pending_buffers = 5, .pending = {.streams = 8, .depth = 8, .packets = 64}});
  AddInterfaces(empty);
  for (int p = 0; p < 7; ++p) empty.Receive(0, Packet().Build());
  empty.Receive(0, Packet().To(Group(9)).Build());
  empty.Turn();
  EXPECT_EQ(empty.drops(), (Drops{{DropReason::kPendingPackets, 3}}));
  EXPECT_EQ(empty.Punts().size(), 1u);
}

TEST(Pending, LeavesNoStreamBehindThatControlWasNotToldOf) {
  // Invariant: with a full punt ring the packet is dropped and the stream's next packet is its
  // first again.
  WorkerRig rig({.punt_ring = 1});
  AddInterfaces(rig);
  for (int stream = 1; stream <= 3; ++stream) rig.Receive(0, Packet().To(Group(stream)).Build());
  rig.Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPuntRingFull, 2}}));
  EXPECT_EQ(dataplane::Get(rig.stats().held_streams), 1u);
  EXPECT_EQ(rig.Punts().size(), 1u);
  rig.Receive(0, Packet().To(Group(3)).Build());
  rig.Turn();
  const auto punts = rig.Punts();
  ASSERT_EQ(punts.size(), 1u);
  EXPECT_EQ(punts[0].key, SourceGroup("10.0.0.1", Group(3)));
}

TEST(Pending, GivesUpAfterTheTimeoutCountedFromTheFirstPacket) {
  // Invariant: a stream is dropped when its first packet has waited for the timeout, later packets
  // notwithstanding, and not before; its next packet is a first one.
  WorkerRig rig;
  AddInterfaces(rig);
  rig.Receive(0, Packet().Build());
  rig.Turn();
  rig.AdvanceMs(6000);
  rig.Receive(0, Packet().Build());
  rig.Receive(0, Packet().To(Group(7)).Build());
  rig.Turn();
  EXPECT_EQ(rig.Punts().size(), 2u);
  rig.AdvanceMs(3999);
  rig.Turn();
  EXPECT_EQ(rig.drops(), Drops{});
  rig.AdvanceMs(1);
  rig.Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingTimeout, 2}}));
  EXPECT_EQ(dataplane::Get(rig.stats().held), 1u);
  rig.Receive(0, Packet().Build());
  rig.Turn();
  EXPECT_EQ(rig.Punts().size(), 1u);
}

TEST(Pending, DropsWhatControlDiscards) {
  // Invariant: a discard drops the stream it names, or all that a wildcard covers, and no other;
  // nobody answers.
  WorkerRig rig;
  AddInterfaces(rig);
  for (int stream = 1; stream <= 5; ++stream) {
    rig.Receive(0, Packet().To(Group(stream)).Build());
    rig.Receive(0, Packet().To("238.0.0." + std::to_string(stream)).Build());
  }
  rig.Turn();
  rig.Send(Kind::kDiscard, SourceGroup("10.0.0.1", Group(2)));
  rig.Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingDiscarded, 1}}));
  rig.Send(Kind::kDiscard, AnySource("238.0.0.0", 8));
  rig.Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingDiscarded, 6}}));
  EXPECT_EQ(dataplane::Get(rig.stats().held), 4u);
}

TEST(Pending, DropsWhatArrivedOnAReleasedInterface) {
  // Invariant: the walk takes exactly the packets whose arrival stamp is not current; streams of
  // other interfaces stay.
  WorkerRig rig({.pending_buffers = 2000, .pending = {.streams = 600, .depth = 8, .packets = 2000}});
  AddInterfaces(rig);
  for (int stream = 0; stream < 500; ++stream) {
    rig.Receive(0, Packet().To(Group(stream)).Build());
    if (stream % 2 == 0) rig.Receive(1, Packet().To(Group(stream)).Build());
    if (stream % 5 == 0) rig.Receive(1, Packet().From("10.7.7.7").To(Group(stream)).Build());
    if (stream % 50 == 49) rig.Turn();
  }
  EXPECT_EQ(dataplane::Get(rig.stats().held), 850u);
  rig.Bump(kIn);
  rig.Send(Kind::kDropReleased);
  for (int i = 0; i < 5; ++i) rig.Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kReleased, 500}}));
  EXPECT_EQ(dataplane::Get(rig.stats().held), 350u);
  EXPECT_EQ(dataplane::Get(rig.stats().held_streams), 350u);
  // The streams that are left are whole: they can be sent.
  rig.AddEntry(AnySource("239.1.0.0", 16), kOut, {kIn});
  rig.Send(Kind::kDrain, AnySource("239.1.0.0", 16));
  for (int i = 0; i < 6; ++i) {
    rig.Turn();
    rig.AdvanceMs(1);
  }
  EXPECT_EQ(rig.DiscardSent(0), 350u);
}

TEST(Pending, LooksAgainAtAllThatWaitsWhenMessagesWereLeftOut) {
  // Invariant: after a kReread what has an entry is sent, what arrived on a released interface is
  // dropped, and for all else control is asked once more.
  WorkerRig rig;
  AddInterfaces(rig);
  rig.AddInterface(2, 2);
  for (int id = 0; id < 3; ++id) rig.Receive(0, Packet().To(Group(1)).Id(id).Build());
  for (int id = 0; id < 2; ++id) rig.Receive(0, Packet().To(Group(2)).Id(id).Build());
  rig.Receive(2, Packet().To(Group(3)).Build());
  rig.Turn();
  EXPECT_EQ(rig.Punts().size(), 3u);
  rig.AddEntry(SourceGroup("10.0.0.1", Group(1)), kIn, {kOut});
  rig.Bump(2);
  rig.Send(Kind::kReread);
  for (int turn = 0; turn < 3; ++turn) {
    rig.AdvanceMs(1);
    rig.Turn();
  }
  const auto sent = rig.Sent(1);
  ASSERT_EQ(sent.size(), 3u);
  for (size_t id = 0; id < 3; ++id) EXPECT_EQ(sent[id][19], id);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kReleased, 1}}));
  const auto punts = rig.Punts();
  ASSERT_EQ(punts.size(), 1u);
  EXPECT_EQ(punts[0].key, SourceGroup("10.0.0.1", Group(2)));
  EXPECT_EQ(punts[0].reason, PuntReason::kNoEntry);
  EXPECT_EQ(punts[0].arrival, SlotOf(kIn));
  EXPECT_EQ(punts[0].header_size, 38);
  EXPECT_EQ(dataplane::Get(rig.stats().held), 2u);
  EXPECT_EQ(dataplane::Get(rig.stats().rereads), 1u);
}

TEST(Pending, AsksAgainAsControlHasRoom) {
  // Invariant: what finds the punt ring half full is asked about later, and nothing twice; what goes in
  // between is not asked about at all.
  WorkerRig rig({.pending = {.streams = 32, .depth = 8, .packets = 64}, .punt_ring = 7});
  AddInterfaces(rig);
  for (int stream = 0; stream < 21; ++stream) {
    rig.Receive(0, Packet().To(Group(stream)).Build());
    if (stream % 7 != 6) continue;
    rig.Turn();
    EXPECT_EQ(rig.Punts().size(), 7u);
  }
  rig.Send(Kind::kReread);
  std::map<Ipv4FibKey, int> asked;
  for (int turn = 0; turn < 5; ++turn) {
    rig.Turn();
    for (const Punt<Ipv4>& punt : rig.Punts()) ++asked[punt.key];
    // The next to be asked about, the newest being the first, and the one after.
    if (turn == 0) {
      for (const int stream : {16, 15}) rig.Send(Kind::kDiscard, SourceGroup("10.0.0.1", Group(stream)));
    }
  }
  EXPECT_EQ(asked.size(), 19u);
  for (const auto& [key, times] : asked) EXPECT_EQ(times, 1) << key.ToString();
  EXPECT_EQ(asked.count(SourceGroup("10.0.0.1", Group(16))), 0u);
  EXPECT_EQ(asked.count(SourceGroup("10.0.0.1", Group(15))), 0u);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingDiscarded, 2}}));
}

TEST(Pending, CountsWhatIsHeldWhenTheWorkerStops) {
  // Invariant: nothing vanishes at the end either.
  WorkerRig rig;
  AddInterfaces(rig);
  for (int stream = 1; stream <= 5; ++stream) rig.Receive(0, Packet().To(Group(stream)).Build());
  rig.Turn();
  const std::atomic<bool> stop = true;
  rig.worker().Run(stop);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kStopped, 5}}));
  EXPECT_EQ(dataplane::Get(rig.stats().held), 0u);
}

TEST(Pending, FindsEveryStreamThroughChurn) {
  // Invariant: the table neither loses nor doubles a stream while thousands come, go and collide.
  WorkerRig rig(
      {.pending_buffers = 4096, .pending = {.streams = 1000, .depth = 8, .packets = 4000}, .punt_ring = 8192});
  AddInterfaces(rig);
  uint64_t discarded = 0;
  for (int round = 0; round < 20; ++round) {
    for (int stream = 0; stream < 900; ++stream) {
      rig.Receive(0, Packet().To(Group(stream)).Build());
      if (stream % 60 == 59) rig.Turn();
    }
    rig.Turn();
    for (int stream = round % 3; stream < 900; stream += 3) {
      rig.Send(Kind::kDiscard, SourceGroup("10.0.0.1", Group(stream)));
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
