// First packets: no one is lost or overtaken while there is room.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

using dataplane::kNoRoute;
using Drops = std::map<DropReason, uint64_t>;
using Kind = dataplane::WorkerMessage<Ipv4>::Kind;
constexpr int kIn = 0;
constexpr int kOut = 1;
const Ipv4FibKey kKey = SourceGroup("10.0.0.1", "239.1.1.1");

PacketBuilder Packet() { return PacketBuilder(); }

std::vector<int> Ids(const std::vector<Bytes>& frames) {
  std::vector<int> ids;
  for (const Bytes& frame : frames) ids.push_back(frame[18] << 8 | frame[19]);
  return ids;
}
std::vector<int> Range(int first, int end) {
  std::vector<int> ids;
  for (int id = first; id < end; ++id) ids.push_back(id);
  return ids;
}

// Turns until nothing is held any more. Each turn lets a little time pass, so that even a stream
// that has stopped goes on being drained.
void TurnUntilDrained(WorkerRig& rig) {
  do {
    rig.AdvanceMs(1);
    rig.Turn();
  } while (dataplane::Get(rig.stats().held) > 0);
}

class Drain : public ::testing::Test {
 protected:
  Drain() : rig_({.pending = {.streams = 16, .depth = 200, .packets = 400}}) {
    rig_.AddInterface(kIn, 0);
    rig_.AddInterface(kOut, 1);
    rig_.AddInterface(2, 2);
  }
  void ReceiveIds(int first, int end) {
    for (int id = first; id < end; ++id) rig_.Receive(0, Packet().Id(id).Build());
  }
  // Leaves 36 packets held of a stream that is being drained.
  void DrainTheFirst64Of100() {
    ReceiveIds(0, 100);
    rig_.Turn();
    rig_.Turn();  // that what was received allows no more
    rig_.AddEntry(kKey, kIn, {kOut});
    rig_.Send(Kind::kDrain, kKey);
    rig_.Turn();
    EXPECT_EQ(rig_.DiscardSent(1), 64u);
  }
  WorkerRig rig_;
};

TEST_F(Drain, SendsHeldPacketsBeforeTheFirstHit) {
  // Invariant: after a hit everything held leaves first, in order, as it would have at once.
  ReceiveIds(0, 150);
  rig_.Turn();
  EXPECT_EQ(rig_.Punts().size(), 1u);
  rig_.AddEntry(kKey, kIn, {kOut, 2});
  ReceiveIds(150, 160);
  TurnUntilDrained(rig_);
  EXPECT_EQ(Ids(rig_.Sent(1)), Range(0, 160));
  const auto second = rig_.Sent(2);
  EXPECT_EQ(Ids(second), Range(0, 160));
  EXPECT_EQ(second[0], Packet().Id(0).Ttl(63).SourceMac(MacOf(2)).Build());
  EXPECT_EQ(rig_.counts(kKey).packets, 160u);
  EXPECT_EQ(rig_.counts(kKey).held, 160u);
  EXPECT_EQ(rig_.drops(), Drops{});
  // The message comes late, and changes nothing.
  rig_.Send(Kind::kDrain, kKey);
  ReceiveIds(160, 161);
  rig_.Turn();
  EXPECT_EQ(Ids(rig_.Sent(1)), Range(160, 161));
  EXPECT_EQ(rig_.counts(kKey).held, 160u);
}

TEST_F(Drain, SendsNoMoreThanTheDeviceCanBearInATurn) {
  // Invariant: a drain begins with a batch, goes on with two packets for each received and one a
  // microsecond, and after a pause with no more than a batch.
  ReceiveIds(0, 180);
  rig_.Turn();
  rig_.Turn();
  rig_.AddEntry(kKey, kIn, {kOut});
  rig_.Send(Kind::kDrain, kKey);
  rig_.AdvanceMs(1);
  rig_.Turn();
  EXPECT_EQ(Ids(rig_.Sent(1)), Range(0, 64));
  ReceiveIds(180, 190);
  rig_.Turn();
  EXPECT_EQ(rig_.Sent(1).size(), 0u);
  EXPECT_EQ(dataplane::Get(rig_.stats().held), 126u);
  rig_.Turn();
  EXPECT_EQ(Ids(rig_.Sent(1)), Range(64, 84));
  rig_.Turn();
  EXPECT_EQ(rig_.Sent(1).size(), 0u);
  rig_.AdvanceUs(7);
  rig_.Turn();
  EXPECT_EQ(Ids(rig_.Sent(1)), Range(84, 91));
  rig_.AdvanceMs(1000);
  rig_.Turn();
  EXPECT_EQ(Ids(rig_.Sent(1)), Range(91, 155));
  TurnUntilDrained(rig_);
  EXPECT_EQ(Ids(rig_.Sent(1)), Range(155, 190));
}

TEST_F(Drain, GivesEveryDrainingStreamItsTurn) {
  // Invariant: a stream with much held does not keep one with little waiting.
  ReceiveIds(0, 150);
  rig_.Receive(0, Packet().To("239.1.1.2").Id(1000).Build());
  rig_.Turn();
  rig_.Turn();
  rig_.AddEntry(kKey, kIn, {kOut});
  rig_.AddEntry(SourceGroup("10.0.0.1", "239.1.1.2"), kIn, {2});
  rig_.Send(Kind::kDrain, kKey);
  rig_.Send(Kind::kDrain, SourceGroup("10.0.0.1", "239.1.1.2"));
  rig_.Turn();
  EXPECT_EQ(rig_.DiscardSent(1), 64u);
  EXPECT_EQ(rig_.DiscardSent(2), 0u);
  rig_.AdvanceMs(1);
  rig_.Turn();
  EXPECT_EQ(rig_.DiscardSent(1), 63u);
  EXPECT_EQ(rig_.DiscardSent(2), 1u);
}

TEST_F(Drain, DropsWhatItStillHoldsWhenTheEntryGoes) {
  // Invariant: what waits for its turn is sent by the entry of that moment, or by none.
  DrainTheFirst64Of100();
  rig_.DeleteEntry(kKey);
  TurnUntilDrained(rig_);
  EXPECT_EQ(rig_.DiscardSent(1), 0u);
  EXPECT_EQ(rig_.drops(), (Drops{{DropReason::kPendingDiscarded, 36}}));
}

TEST_F(Drain, BeginsAnewWithAPacketThatFindsTheEntryGone) {
  // Invariant: the packet asks control, and does not go with those that were held before it.
  DrainTheFirst64Of100();
  rig_.Punts();
  rig_.DeleteEntry(kKey);
  ReceiveIds(100, 102);
  rig_.Turn();
  EXPECT_EQ(rig_.drops(), (Drops{{DropReason::kPendingDiscarded, 36}}));
  EXPECT_EQ(rig_.Punts().size(), 1u);
  rig_.AddEntry(kKey, kIn, {kOut});
  rig_.Send(Kind::kDrain, kKey);
  TurnUntilDrained(rig_);
  EXPECT_EQ(Ids(rig_.Sent(1)), Range(100, 102));
}

TEST(DrainPace, IsTheSameForManySmallStreamsAndOneLarge) {
  // Invariant: the pace is the worker's, whether a drain ends in between or not.
  WorkerRig rig({.pending = {.streams = 200, .depth = 8, .packets = 400}});
  rig.AddInterface(kIn, 0);
  rig.AddInterface(kOut, 1);
  for (int stream = 0; stream < 150; ++stream) rig.Receive(0, Packet().To("239.1.1." + std::to_string(stream)).Build());
  rig.Turn();
  rig.AdvanceMs(1);
  rig.Turn();
  rig.AddEntry(AnySource("239.1.0.0", 16), kIn, {kOut});
  size_t sent = 0;
  for (int turn = 0; turn < 3; ++turn) {
    for (int stream = 50 * turn; stream < 50 * turn + 50; ++stream)
      rig.Send(Kind::kDrain, SourceGroup("10.0.0.1", "239.1.1." + std::to_string(stream)));
    rig.Turn();
    rig.Turn();
    sent += rig.DiscardSent(1);
  }
  EXPECT_EQ(sent, 64u);
  TurnUntilDrained(rig);
  EXPECT_EQ(rig.DiscardSent(1), 86u);
}

TEST_F(Drain, CanBeDiscarded) {
  // Invariant: control's discard takes a stream that is being drained like one that waits.
  DrainTheFirst64Of100();
  rig_.Send(Kind::kDiscard, AnySource("239.1.0.0", 16));
  rig_.Turn();
  EXPECT_EQ(rig_.drops(), (Drops{{DropReason::kPendingDiscarded, 36}}));
}

TEST_F(Drain, LetsNoEntryOvertakeHeldPackets) {
  // Invariant: an entry that came for another reason than the punt, without a message, sends what
  // is held first, too.
  ReceiveIds(0, 5);
  rig_.Turn();
  rig_.AddEntry(AnySource("239.1.0.0", 16), kIn, {kOut});
  ReceiveIds(5, 9);
  TurnUntilDrained(rig_);
  EXPECT_EQ(Ids(rig_.Sent(1)), Range(0, 9));
}

TEST_F(Drain, SendsHeldPacketsOnControlsMessage) {
  // Invariant: a stream that has stopped is sent all the same.
  ReceiveIds(0, 9);
  rig_.Turn();
  rig_.AddEntry(kKey, kIn, {kOut});
  rig_.Turn();
  EXPECT_EQ(rig_.DiscardSent(1), 0u);
  rig_.Send(Kind::kDrain, kKey);
  ReceiveIds(9, 12);
  rig_.Turn();
  EXPECT_EQ(Ids(rig_.Sent(1)), Range(0, 12));
  EXPECT_EQ(rig_.available(rig_.copy_pool()), 4096u);
}

TEST_F(Drain, KeepsOtherStreamsOfTheBurstInOrder) {
  // Invariant: draining in the middle of a burst neither loses nor reorders what stands around it.
  ReceiveIds(0, 70);
  rig_.Turn();
  const Ipv4FibKey other = SourceGroup("10.0.0.1", "239.1.1.2");
  rig_.AddEntry(other, kIn, {kOut, 2});
  rig_.AddEntry(kKey, kIn, {2});
  for (int id = 0; id < 91; ++id) {
    if (id % 2 == 0) {
      rig_.Receive(0, Packet().To("239.1.1.2").Id(id).Build());
    } else {
      rig_.Receive(0, Packet().Id(70 + id / 2).Build());
    }
  }
  TurnUntilDrained(rig_);
  std::vector<int> even;
  for (int id = 0; id < 91; id += 2) even.push_back(id);
  EXPECT_EQ(Ids(rig_.Sent(1)), even);
  std::vector<int> first, second;
  for (const Bytes& frame : rig_.Sent(2)) (frame[33] == 1 ? first : second).push_back(frame[18] << 8 | frame[19]);
  EXPECT_EQ(first, Range(0, 115));
  EXPECT_EQ(second, even);
}

TEST_F(Drain, DropsHeldPacketsByTheRulesOfTheEntry) {
  // Invariant: held packets pass accept like any other: wrong interface, TTL, negative entries.
  rig_.Receive(0, Packet().Ttl(1).Build());
  rig_.Receive(0, Packet().Build());
  rig_.Receive(2, Packet().Build());
  rig_.Receive(0, Packet().To("239.1.1.2").Build());
  rig_.Receive(0, Packet().To("239.1.1.3").Build());
  rig_.Turn();
  const Ipv4FibKey unwanted = SourceGroup("10.0.0.1", "239.1.1.2");
  const Ipv4FibKey unreachable = SourceGroup("10.0.0.1", "239.1.1.3");
  rig_.AddEntry(kKey, kIn, {kOut});
  rig_.AddEntry(unwanted, kIn, {});
  rig_.AddEntry(unreachable, -1, {}, kNoRoute);
  for (const Ipv4FibKey key : {kKey, unwanted, unreachable}) rig_.Send(Kind::kDrain, key);
  rig_.Turn();
  EXPECT_EQ(rig_.DiscardSent(1), 1u);
  EXPECT_EQ(rig_.drops(), (Drops{{DropReason::kWrongInterface, 1},
                                 {DropReason::kTtlExpired, 1},
                                 {DropReason::kNoReceivers, 1},
                                 {DropReason::kNoRoute, 1}}));
  EXPECT_EQ(rig_.counts(kKey).held, 3u);
  EXPECT_EQ(rig_.counts(unwanted).held, 1u);
  EXPECT_EQ(rig_.counts(unwanted).packets, 1u);
}

TEST_F(Drain, NeverSendsWhatArrivedUnderAnotherStamp) {
  // Invariant: a packet held before its arrival interface was released is dropped, even if the
  // entry was made after and names the interface's new stamp.
  ReceiveIds(0, 5);
  rig_.Turn();
  rig_.Bump(kIn);
  ReceiveIds(5, 7);
  rig_.Turn();
  rig_.AddEntry(kKey, kIn, {kOut});
  rig_.Send(Kind::kDrain, kKey);
  rig_.Turn();
  EXPECT_EQ(Ids(rig_.Sent(1)), Range(5, 7));
  EXPECT_EQ(rig_.drops(), (Drops{{DropReason::kReleased, 5}}));
  EXPECT_EQ(rig_.exceptions(kKey, -1), (Drops{{DropReason::kReleased, 5}}));
}

TEST(DrainCharges, GiveTheEntryWhatItsQueueLost) {
  // Invariant: once the entry is there, what its queue had no room for counts as the entry's.
  WorkerRig rig({.pending = {.streams = 4, .depth = 3, .packets = 4}});
  rig.AddInterface(kIn, 0);
  rig.AddInterface(kOut, 1);
  for (int p = 0; p < 5; ++p) rig.Receive(0, Packet().Build());
  for (int p = 0; p < 4; ++p) rig.Receive(0, Packet().To("239.1.1.2").Build());
  rig.Turn();
  const Ipv4FibKey other = SourceGroup("10.0.0.1", "239.1.1.2");
  rig.AddEntry(kKey, kIn, {kOut});
  rig.AddEntry(other, kIn, {kOut});
  rig.Send(Kind::kDrain, kKey);
  rig.Send(Kind::kDrain, other);
  rig.Turn();
  EXPECT_EQ(rig.DiscardSent(1), 4u);
  EXPECT_EQ(rig.exceptions(kKey, -1), (Drops{{DropReason::kPendingDepth, 2}}));
  EXPECT_EQ(rig.exceptions(other, -1), (Drops{{DropReason::kPendingPackets, 3}}));
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingDepth, 2}, {DropReason::kPendingPackets, 3}}));
}

TEST_F(Drain, DiscardsWhereTheEntryIsGoneAgain) {
  // Invariant: a drain without an entry leaves nothing held, so that the next packet asks again.
  ReceiveIds(0, 3);
  rig_.Turn();
  rig_.Punts();
  rig_.Send(Kind::kDrain, kKey);
  ReceiveIds(3, 4);
  rig_.Turn();
  EXPECT_EQ(rig_.drops(), (Drops{{DropReason::kPendingDiscarded, 3}}));
  EXPECT_EQ(rig_.Punts().size(), 1u);
}

TEST_F(Drain, DrainsEveryStreamThatAWildcardCovers) {
  // Invariant: one message for (*,G/len) sends all streams it covers by their own entries.
  for (int stream = 1; stream <= 9; ++stream) {
    rig_.Receive(0, Packet().To("239.1.1." + std::to_string(stream)).Id(stream).Build());
  }
  rig_.Receive(0, Packet().To("238.1.1.1").Build());
  rig_.Turn();
  rig_.AddEntry(AnySource("239.1.0.0", 16), kIn, {kOut});
  rig_.AddEntry(SourceGroup("10.0.0.1", "239.1.1.5"), kIn, {2});
  rig_.Send(Kind::kDrain, AnySource("239.1.0.0", 16));
  rig_.Turn();
  EXPECT_EQ(Ids(rig_.Sent(1)), (std::vector{1, 2, 3, 4, 6, 7, 8, 9}));
  EXPECT_EQ(Ids(rig_.Sent(2)), (std::vector{5}));
  EXPECT_EQ(dataplane::Get(rig_.stats().held), 1u);
}

TEST(DrainLong, HoldsAndSendsJumboAndMultiSegmentPackets) {
  // Invariant: what does not fit a pending buffer is held in several.
  WorkerRig rig({.frame = 1024});
  rig.AddInterface(kIn, 0);
  rig.AddInterface(kOut, {.port = 1, .mtu = 9000});
  rig.AddInterface(2, {.port = 2, .vlan = 3, .mtu = 9000});
  const PacketBuilder packet = Packet().Payload(5000).Options(Bytes(40, 1));
  rig.ReceiveInSegments(0, PacketBuilder(packet).Build(), {20, 800, 900, 1000, 1000, 1000});
  rig.Turn();
  rig.AddEntry(kKey, kIn, {kOut, 2});
  rig.Send(Kind::kDrain, kKey);
  rig.Turn();
  EXPECT_EQ(rig.Sent(1), Frames{PacketBuilder(packet).Ttl(63).SourceMac(MacOf(kOut)).Build()});
  EXPECT_EQ(rig.Sent(2), Frames{PacketBuilder(packet).Ttl(63).SourceMac(MacOf(2)).Vlan(3).Build()});
}

TEST(DrainWorkers, EachSendsWhatItHoldsItself) {
  // Invariant: several workers may hold packets of one stream; each keeps its own order.
  WorkerRig rig({.workers = 2});
  rig.AddInterface(kIn, 0);
  rig.AddInterface(kOut, 1);
  for (int id = 0; id < 6; ++id) rig.Receive(0, Packet().Id(id).Build(), id % 2);
  rig.Turn();
  const auto punts = rig.Punts();
  ASSERT_EQ(punts.size(), 2u);
  EXPECT_EQ(punts[1].worker, 1);
  rig.AddEntry(kKey, kIn, {kOut});
  rig.Send(Kind::kDrain, kKey, 1);
  rig.Turn();
  EXPECT_EQ(Ids(rig.Sent(1)), (std::vector{1, 3, 5}));
  rig.Send(Kind::kDrain, kKey, 0);
  rig.Turn();
  EXPECT_EQ(Ids(rig.Sent(1)), (std::vector{0, 2, 4}));
  EXPECT_EQ(rig.counts(kKey).held, 6u);
}

}  // namespace
}  // namespace mgmd::testing
