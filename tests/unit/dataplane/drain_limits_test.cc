// Held packets where a worker has other limits: many small streams, queues that overflow, packets longer than a buffer,
// and another worker beside it. The same in both families.

#include <gtest/gtest.h>

#include <map>
#include <type_traits>
#include <vector>

#include "tests/support/family_streams.h"
#include "tests/support/worker_rig.h"
#include "tests/unit/dataplane/drain_support.h"

namespace mgmd::testing {
namespace {

using Drops = std::map<DropReason, uint64_t>;
constexpr int kIn = 0;
constexpr int kOut = 1;

// 40 octets of padding among them.
template <class Family>
PacketBuilder WithOptions(PacketBuilder packet) {
  return std::is_same_v<Family, Ipv4> ? packet.Options(Bytes(40, 1)) : packet.Extension(0, Bytes(38, 0));
}

template <class Family>
class DrainLimits : public ::testing::Test {
 protected:
  using Kind = typename dataplane::WorkerMessage<Family>::Kind;
};
TYPED_TEST_SUITE(DrainLimits, BothFamilies);

TYPED_TEST(DrainLimits, HasThePaceOfOneLargeStreamForManySmallOnes) {
  // Invariant: the pace is the worker's, whether a drain ends in between or not.
  using Family = TypeParam;
  WorkerRig rig({.pending = {.streams = 300, .depth = 8, .packets = 400}});
  rig.AddInterface(kIn, 0);
  rig.AddInterface(kOut, 1);
  for (int stream = 0; stream < 150; ++stream) rig.Receive(0, Packet<Family>(stream).Build());
  rig.Turn();
  rig.AdvanceMs(1);
  rig.Turn();
  rig.AddEntry(Streams<Family>(), kIn, {kOut});
  size_t sent = 0;
  for (int turn = 0; turn < 3; ++turn) {
    for (int stream = 50 * turn; stream < 50 * turn + 50; ++stream)
      rig.Send(TestFixture::Kind::kDrain, Key<Family>(stream));
    rig.Turn();
    rig.Turn();
    sent += rig.DiscardSent(1);
  }
  EXPECT_EQ(sent, 64u);
  TurnUntilDrained(rig);
  EXPECT_EQ(rig.DiscardSent(1), 86u);
}

TYPED_TEST(DrainLimits, GivesTheEntryWhatItsQueueLost) {
  // Invariant: once the entry is there, what its queue had no room for counts as the entry's.
  using Family = TypeParam;
  WorkerRig rig({.pending = {.streams = 8, .depth = 3, .packets = 8}});
  rig.AddInterface(kIn, 0);
  rig.AddInterface(kOut, 1);
  for (int p = 0; p < 5; ++p) rig.Receive(0, Packet<Family>().Build());
  for (int p = 0; p < 3; ++p) rig.Receive(0, Packet<Family>(2).Build());
  for (int stream = 3; stream < 7; ++stream) rig.Receive(1, Packet<Family>(stream).Build());
  rig.Turn();
  for (int p = 0; p < 3; ++p) rig.Receive(0, Packet<Family>(2).Build());
  rig.Turn();
  const FibKey<Family> other = Key<Family>(2);
  rig.AddEntry(Key<Family>(1), kIn, {kOut});
  rig.AddEntry(other, kIn, {kOut});
  rig.Send(TestFixture::Kind::kDrain, Key<Family>(1));
  rig.Send(TestFixture::Kind::kDrain, other);
  rig.Turn();
  EXPECT_EQ(rig.DiscardSent(1), 4u);
  EXPECT_EQ(rig.exceptions(Key<Family>(1), -1), (Drops{{DropReason::kPendingDepth, 2}}));
  const Drops of_other = {{DropReason::kPendingPackets, 3}, {DropReason::kPendingShare, 2}};
  EXPECT_EQ(rig.exceptions(other, -1), of_other);
  Drops all = of_other;
  all[DropReason::kPendingDepth] = 2;
  EXPECT_EQ(rig.drops(), all);
}

TYPED_TEST(DrainLimits, HoldsAndSendsJumboAndMultiSegmentPackets) {
  // Invariant: what does not fit a pending buffer is held in several.
  using Family = TypeParam;
  WorkerRig rig({.frame = 1024});
  rig.AddInterface(kIn, 0);
  rig.AddInterface(kOut, {.port = 1, .mtu = 9000});
  rig.AddInterface(2, {.port = 2, .vlan = 3, .mtu = 9000});
  const PacketBuilder packet = WithOptions<Family>(Packet<Family>().Payload(5000));
  rig.ReceiveInSegments(0, PacketBuilder(packet).Build(), {20, 800, 900, 1000, 1000, 1000});
  rig.Turn();
  rig.AddEntry(Key<Family>(1), kIn, {kOut, 2});
  rig.Send(TestFixture::Kind::kDrain, Key<Family>(1));
  rig.Turn();
  EXPECT_EQ(rig.Sent(1), Frames{PacketBuilder(packet).Ttl(63).SourceMac(MacOf(kOut)).Build()});
  EXPECT_EQ(rig.Sent(2), Frames{PacketBuilder(packet).Ttl(63).SourceMac(MacOf(2)).Vlan(3).Build()});
}

TYPED_TEST(DrainLimits, LetsEachWorkerSendWhatItHoldsItself) {
  // Invariant: several workers may hold packets of one stream; each keeps its own order.
  using Family = TypeParam;
  WorkerRig rig({.workers = 2});
  rig.AddInterface(kIn, 0);
  rig.AddInterface(kOut, 1);
  for (int id = 0; id < 6; ++id) rig.Receive(0, Packet<Family>().Id(id).Build(), id % 2);
  rig.Turn();
  const auto punts = rig.template Punts<Family>();
  ASSERT_EQ(punts.size(), 2u);
  EXPECT_EQ(punts[1].worker, 1);
  rig.AddEntry(Key<Family>(1), kIn, {kOut});
  rig.Send(TestFixture::Kind::kDrain, Key<Family>(1), 1);
  rig.Turn();
  EXPECT_EQ(Ids<Family>(rig.Sent(1)), (std::vector{1, 3, 5}));
  rig.Send(TestFixture::Kind::kDrain, Key<Family>(1), 0);
  rig.Turn();
  EXPECT_EQ(Ids<Family>(rig.Sent(1)), (std::vector{0, 2, 4}));
  EXPECT_EQ(rig.counts(Key<Family>(1)).held, 6u);
}

}  // namespace
}  // namespace mgmd::testing
