// First packets: no one is lost or overtaken while there is room, in either family.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/support/family_streams.h"
#include "tests/support/worker_rig.h"
#include "tests/unit/dataplane/drain_support.h"

namespace mgmd::testing {
namespace {

using dataplane::kNoRoute;
using Drops = std::map<DropReason, uint64_t>;
constexpr int kIn = 0;
constexpr int kOut = 1;

// The last octet of the group, in an untagged frame.
template <class Family>
uint8_t LastOfGroup(const Bytes& frame) {
  return frame[14 + kHeaderOctets<Family> - 1];
}
template <class Family>
class Drain : public ::testing::Test {
 protected:
  using Kind = typename dataplane::WorkerMessage<Family>::Kind;

  Drain() : rig_({.pending = {.streams = 32, .depth = 200, .packets = 400}}) {
    rig_.AddInterface(kIn, 0);
    rig_.AddInterface(kOut, 1);
    rig_.AddInterface(2, 2);
  }
  void ReceiveIds(int first, int end) {
    for (int id = first; id < end; ++id) rig_.Receive(0, Packet<Family>().Id(id).Build());
  }
  // Leaves 36 packets held of a stream that is being drained.
  void DrainTheFirst64Of100() {
    ReceiveIds(0, 100);
    rig_.Turn();
    rig_.Turn();  // that what was received allows no more
    rig_.AddEntry(Key<Family>(1), kIn, {kOut});
    rig_.Send(Kind::kDrain, Key<Family>(1));
    rig_.Turn();
    EXPECT_EQ(rig_.DiscardSent(1), 64u);
  }
  WorkerRig rig_;
};
TYPED_TEST_SUITE(Drain, BothFamilies);

TYPED_TEST(Drain, SendsHeldPacketsBeforeTheFirstHit) {
  // Invariant: after a hit everything held leaves first, in order, as it would have at once.
  using Family = TypeParam;
  auto& rig = this->rig_;
  this->ReceiveIds(0, 150);
  rig.Turn();
  EXPECT_EQ(rig.template Punts<Family>().size(), 1u);
  rig.AddEntry(Key<Family>(1), kIn, {kOut, 2});
  this->ReceiveIds(150, 160);
  TurnUntilDrained(rig);
  EXPECT_EQ(Ids<Family>(rig.Sent(1)), Range(0, 160));
  const auto second = rig.Sent(2);
  EXPECT_EQ(Ids<Family>(second), Range(0, 160));
  EXPECT_EQ(second[0], Packet<Family>().Id(0).Ttl(63).SourceMac(MacOf(2)).Build());
  EXPECT_EQ(rig.counts(Key<Family>(1)).packets, 160u);
  EXPECT_EQ(rig.counts(Key<Family>(1)).held, 160u);
  EXPECT_EQ(rig.drops(), Drops{});
  // The message comes late, and changes nothing.
  rig.Send(TestFixture::Kind::kDrain, Key<Family>(1));
  this->ReceiveIds(160, 161);
  rig.Turn();
  EXPECT_EQ(Ids<Family>(rig.Sent(1)), Range(160, 161));
  EXPECT_EQ(rig.counts(Key<Family>(1)).held, 160u);
}

TYPED_TEST(Drain, SendsNoMoreThanTheDeviceCanBearInATurn) {
  // Invariant: a drain begins with a batch, goes on with two packets for each received and one a
  // microsecond, and after a pause with no more than a batch.
  using Family = TypeParam;
  auto& rig = this->rig_;
  this->ReceiveIds(0, 180);
  rig.Turn();
  rig.Turn();
  rig.AddEntry(Key<Family>(1), kIn, {kOut});
  rig.Send(TestFixture::Kind::kDrain, Key<Family>(1));
  rig.AdvanceMs(1);
  rig.Turn();
  EXPECT_EQ(Ids<Family>(rig.Sent(1)), Range(0, 64));
  this->ReceiveIds(180, 190);
  rig.Turn();
  EXPECT_EQ(rig.Sent(1).size(), 0u);
  EXPECT_EQ(dataplane::Get(rig.stats().held), 126u);
  rig.Turn();
  EXPECT_EQ(Ids<Family>(rig.Sent(1)), Range(64, 84));
  rig.Turn();
  EXPECT_EQ(rig.Sent(1).size(), 0u);
  rig.AdvanceUs(7);
  rig.Turn();
  EXPECT_EQ(Ids<Family>(rig.Sent(1)), Range(84, 91));
  rig.AdvanceMs(1000);
  rig.Turn();
  EXPECT_EQ(Ids<Family>(rig.Sent(1)), Range(91, 155));
  TurnUntilDrained(rig);
  EXPECT_EQ(Ids<Family>(rig.Sent(1)), Range(155, 190));
}

TYPED_TEST(Drain, GivesEveryDrainingStreamItsTurn) {
  // Invariant: a stream with much held does not keep one with little waiting.
  using Family = TypeParam;
  auto& rig = this->rig_;
  this->ReceiveIds(0, 150);
  rig.Receive(0, Packet<Family>(2).Id(1000).Build());
  rig.Turn();
  rig.Turn();
  rig.AddEntry(Key<Family>(1), kIn, {kOut});
  rig.AddEntry(Key<Family>(2), kIn, {2});
  rig.Send(TestFixture::Kind::kDrain, Key<Family>(1));
  rig.Send(TestFixture::Kind::kDrain, Key<Family>(2));
  rig.Turn();
  EXPECT_EQ(rig.DiscardSent(1), 64u);
  EXPECT_EQ(rig.DiscardSent(2), 0u);
  rig.AdvanceMs(1);
  rig.Turn();
  EXPECT_EQ(rig.DiscardSent(1), 63u);
  EXPECT_EQ(rig.DiscardSent(2), 1u);
}

TYPED_TEST(Drain, DropsWhatItStillHoldsWhenTheEntryGoes) {
  // Invariant: what waits for its turn is sent by the entry of that moment, or by none.
  using Family = TypeParam;
  auto& rig = this->rig_;
  this->DrainTheFirst64Of100();
  rig.DeleteEntry(Key<Family>(1));
  TurnUntilDrained(rig);
  EXPECT_EQ(rig.DiscardSent(1), 0u);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingDiscarded, 36}}));
}

TYPED_TEST(Drain, BeginsAnewWithAPacketThatFindsTheEntryGone) {
  // Invariant: the packet asks control, and does not go with those that were held before it.
  using Family = TypeParam;
  auto& rig = this->rig_;
  this->DrainTheFirst64Of100();
  rig.template Punts<Family>();
  rig.DeleteEntry(Key<Family>(1));
  this->ReceiveIds(100, 102);
  rig.Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingDiscarded, 36}}));
  EXPECT_EQ(rig.template Punts<Family>().size(), 1u);
  rig.AddEntry(Key<Family>(1), kIn, {kOut});
  rig.Send(TestFixture::Kind::kDrain, Key<Family>(1));
  TurnUntilDrained(rig);
  EXPECT_EQ(Ids<Family>(rig.Sent(1)), Range(100, 102));
}

TYPED_TEST(Drain, CanBeDiscarded) {
  // Invariant: control's discard takes a stream that is being drained like one that waits.
  using Family = TypeParam;
  auto& rig = this->rig_;
  this->DrainTheFirst64Of100();
  rig.Send(TestFixture::Kind::kDiscard, Streams<Family>());
  rig.Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingDiscarded, 36}}));
}

TYPED_TEST(Drain, LetsNoEntryOvertakeHeldPackets) {
  // Invariant: an entry that came for another reason than the punt, without a message, sends what
  // is held first, too.
  using Family = TypeParam;
  auto& rig = this->rig_;
  this->ReceiveIds(0, 5);
  rig.Turn();
  rig.AddEntry(Streams<Family>(), kIn, {kOut});
  this->ReceiveIds(5, 9);
  TurnUntilDrained(rig);
  EXPECT_EQ(Ids<Family>(rig.Sent(1)), Range(0, 9));
}

TYPED_TEST(Drain, SendsHeldPacketsOnControlsMessage) {
  // Invariant: a stream that has stopped is sent all the same.
  using Family = TypeParam;
  auto& rig = this->rig_;
  this->ReceiveIds(0, 9);
  rig.Turn();
  rig.AddEntry(Key<Family>(1), kIn, {kOut});
  rig.Turn();
  EXPECT_EQ(rig.DiscardSent(1), 0u);
  rig.Send(TestFixture::Kind::kDrain, Key<Family>(1));
  this->ReceiveIds(9, 12);
  rig.Turn();
  EXPECT_EQ(Ids<Family>(rig.Sent(1)), Range(0, 12));
  EXPECT_EQ(rig.available(rig.copy_pool()), 4096u);
}

TYPED_TEST(Drain, KeepsOtherStreamsOfTheBurstInOrder) {
  // Invariant: draining in the middle of a burst neither loses nor reorders what stands around it.
  using Family = TypeParam;
  auto& rig = this->rig_;
  this->ReceiveIds(0, 70);
  rig.Turn();
  const FibKey<Family> other = Key<Family>(2);
  rig.AddEntry(other, kIn, {kOut, 2});
  rig.AddEntry(Key<Family>(1), kIn, {2});
  for (int id = 0; id < 91; ++id) {
    if (id % 2 == 0) {
      rig.Receive(0, Packet<Family>(2).Id(id).Build());
    } else {
      rig.Receive(0, Packet<Family>().Id(70 + id / 2).Build());
    }
  }
  TurnUntilDrained(rig);
  std::vector<int> even;
  for (int id = 0; id < 91; id += 2) even.push_back(id);
  EXPECT_EQ(Ids<Family>(rig.Sent(1)), even);
  std::vector<int> first, second;
  for (const Bytes& frame : rig.Sent(2))
    (LastOfGroup<Family>(frame) == 1 ? first : second).push_back(IdOf<Family>(frame));
  EXPECT_EQ(first, Range(0, 115));
  EXPECT_EQ(second, even);
}

TYPED_TEST(Drain, DropsHeldPacketsByTheRulesOfTheEntry) {
  // Invariant: held packets pass accept like any other: wrong interface, TTL, negative entries.
  using Family = TypeParam;
  auto& rig = this->rig_;
  rig.Receive(0, Packet<Family>().Ttl(1).Build());
  rig.Receive(0, Packet<Family>().Build());
  rig.Receive(2, Packet<Family>().Build());
  rig.Receive(0, Packet<Family>(2).Build());
  rig.Receive(0, Packet<Family>(3).Build());
  rig.Turn();
  const FibKey<Family> unwanted = Key<Family>(2);
  const FibKey<Family> unreachable = Key<Family>(3);
  rig.AddEntry(Key<Family>(1), kIn, {kOut});
  rig.AddEntry(unwanted, kIn, {});
  rig.AddEntry(unreachable, -1, {}, kNoRoute);
  for (const FibKey<Family> key : {Key<Family>(1), unwanted, unreachable}) rig.Send(TestFixture::Kind::kDrain, key);
  rig.Turn();
  EXPECT_EQ(rig.DiscardSent(1), 1u);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kWrongInterface, 1},
                                {DropReason::kTtlExpired, 1},
                                {DropReason::kNoReceivers, 1},
                                {DropReason::kNoRoute, 1}}));
  EXPECT_EQ(rig.counts(Key<Family>(1)).held, 3u);
  EXPECT_EQ(rig.counts(unwanted).held, 1u);
  EXPECT_EQ(rig.counts(unwanted).packets, 1u);
}

TYPED_TEST(Drain, NeverSendsWhatArrivedUnderAnotherStamp) {
  // Invariant: a packet held before its arrival interface was released is dropped, even if the
  // entry was made after and names the interface's new stamp.
  using Family = TypeParam;
  auto& rig = this->rig_;
  this->ReceiveIds(0, 5);
  rig.Turn();
  rig.template Bump<Family>(kIn);
  this->ReceiveIds(5, 7);
  rig.Turn();
  rig.AddEntry(Key<Family>(1), kIn, {kOut});
  rig.Send(TestFixture::Kind::kDrain, Key<Family>(1));
  rig.Turn();
  EXPECT_EQ(Ids<Family>(rig.Sent(1)), Range(5, 7));
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kReleased, 5}}));
  EXPECT_EQ(rig.exceptions(Key<Family>(1), -1), (Drops{{DropReason::kReleased, 5}}));
}

TYPED_TEST(Drain, DiscardsWhereTheEntryIsGoneAgain) {
  // Invariant: a drain without an entry leaves nothing held, so that the next packet asks again.
  using Family = TypeParam;
  auto& rig = this->rig_;
  this->ReceiveIds(0, 3);
  rig.Turn();
  rig.template Punts<Family>();
  rig.Send(TestFixture::Kind::kDrain, Key<Family>(1));
  this->ReceiveIds(3, 4);
  rig.Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingDiscarded, 3}}));
  EXPECT_EQ(rig.template Punts<Family>().size(), 1u);
}

TYPED_TEST(Drain, DrainsEveryStreamThatAWildcardCovers) {
  // Invariant: one message for (*,G/len) sends all streams it covers by their own entries.
  using Family = TypeParam;
  auto& rig = this->rig_;
  for (int stream = 1; stream <= 9; ++stream) {
    rig.Receive(0, Packet<Family>(stream).Id(stream).Build());
  }
  rig.Receive(0, PacketTo<Family>(OtherGroup<Family>(1)).Build());
  rig.Turn();
  rig.AddEntry(Streams<Family>(), kIn, {kOut});
  rig.AddEntry(Key<Family>(5), kIn, {2});
  rig.Send(TestFixture::Kind::kDrain, Streams<Family>());
  rig.Turn();
  EXPECT_EQ(Ids<Family>(rig.Sent(1)), (std::vector{1, 2, 3, 4, 6, 7, 8, 9}));
  EXPECT_EQ(Ids<Family>(rig.Sent(2)), (std::vector{5}));
  EXPECT_EQ(dataplane::Get(rig.stats().held), 1u);
}

}  // namespace
}  // namespace mgmd::testing
