// Both address families beside each other in one worker. What is the same in both is shown of both, with the other's
// traffic between; and what an interface or a stream goes through in one does not touch the other.

#include "tests/support/families.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/support/family_streams.h"
#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

using Drops = std::map<DropReason, uint64_t>;

constexpr int kIn = 0;
constexpr int kOut = 1;
constexpr int kBeside = 2;

template <class TheFamily>
class Families : public ::testing::Test {
 protected:
  using Family = TheFamily;
  using Others = OtherFamily<Family>;

  Families() {
    for (const int interface : {kIn, kOut, kBeside}) rig_.AddInterface(interface, interface);
    rig_.AddEntry(Key<Family>(1), kIn, {kOut});
    rig_.AddEntry(Key<Others>(1), kIn, {kOut});
    EXPECT_EQ(rig_.template fib<Family>().Find(Key<Family>(1)), rig_.template fib<Others>().Find(Key<Others>(1)))
        << "equal indices, so that whatever they had in common would show";
  }
  ~Families() override { EXPECT_EQ(SentOf<Others>(), others_) << "the other family loses no packet"; }

  // Each packet with one of the other family's after it.
  void Receive(const PacketBuilder& packet, int port = 0) {
    rig_.Receive(port, packet.Build());
    rig_.Receive(0, Packet<Others>(1).Build());
    ++others_;
  }
  void Turn() {
    rig_.Turn();
    for (Bytes& frame : rig_.Sent(1)) (frame[12] == 0x08 ? sent4_ : sent6_).push_back(std::move(frame));
  }
  template <class Either>
  Frames& Sent() {
    return std::is_same_v<Either, Ipv4> ? sent4_ : sent6_;
  }
  template <class Either>
  size_t SentOf() {
    return Sent<Either>().size();
  }
  static Bytes Forwarded(PacketBuilder packet) { return packet.Ttl(63).SourceMac(MacOf(kOut)).Build(); }

  WorkerRig rig_;
  Frames sent4_, sent6_;
  size_t others_ = 0;
};

TYPED_TEST_SUITE(Families, BothFamilies);

TYPED_TEST(Families, ForwardWithTheirOwnHeaders) {
  // Invariant: a hop less, the group's address, the interface's address, and otherwise the same octets.
  using Family = TypeParam;
  const PacketBuilder packet = Packet<Family>(1).TrafficClass(0xBB).Payload(300);
  for (int i = 0; i < 20; ++i) this->Receive(packet);
  this->Turn();
  EXPECT_EQ(this->template Sent<Family>(), Frames(20, this->Forwarded(packet)));
  EXPECT_TRUE(this->rig_.drops().empty());
}

TYPED_TEST(Families, CountTheirOwnStreams) {
  // Invariant: nothing that is counted of an entry shows at the other's of the same index; what is deleted and made
  // anew begins at zero.
  using Family = TypeParam;
  auto& rig = this->rig_;
  for (int i = 0; i < 3; ++i) this->Receive(Packet<Family>(1));
  this->Receive(Packet<Family>(1).Ttl(1));
  this->Receive(Packet<Family>(1), 2);
  this->Turn();
  const auto counts = rig.counts(Key<Family>(1));
  EXPECT_EQ(counts.packets, 3u);
  EXPECT_EQ(counts.octets, 3 * Packet<Family>(1).BuildIp().size());
  EXPECT_EQ(counts.ttl_packets, 1u);
  EXPECT_EQ(counts.different_if_packets, 1u);
  EXPECT_EQ(rig.counts(Key<typename TestFixture::Others>(1)).packets, 5u);
  EXPECT_EQ(rig.counts(Key<typename TestFixture::Others>(1)).ttl_packets, 0u);
}

TYPED_TEST(Families, ChargeCopiesThatADeviceRefusesToTheirOwnStream) {
  using Family = TypeParam;
  using Others = typename TestFixture::Others;
  auto& rig = this->rig_;
  rig.LimitTx(1, 0);
  for (int i = 0; i < 5; ++i) rig.Receive(0, Packet<Family>(1).Build());
  for (int i = 0; i < 2; ++i) rig.Receive(0, Packet<Others>(1).Build());
  rig.Turn();
  EXPECT_EQ(rig.exceptions(Key<Family>(1), kOut), (Drops{{DropReason::kTxFull, 5}}));
  EXPECT_EQ(rig.exceptions(Key<Others>(1), kOut), (Drops{{DropReason::kTxFull, 2}}));
  // Deleted and folded in one.
  rig.DeleteEntry(Key<Family>(1));
  rig.Turn();
  EXPECT_GT(rig.template fib<Family>().Poll(), 0u);
  EXPECT_EQ(rig.exceptions(Key<Others>(1), kOut), (Drops{{DropReason::kTxFull, 2}}));
  rig.DiscardSent(1);
}

TYPED_TEST(Families, LoseAnInterfaceEachByItself) {
  // Invariant: releasing an interface in one family costs the other not a packet, as iif and as oif.
  using Family = TypeParam;
  auto& rig = this->rig_;
  rig.template Bump<Family>(kIn);
  this->Receive(Packet<Family>(1));
  this->Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kReleased, 1}}));
  rig.AddEntry(Key<Family>(1), kIn, {kOut});
  rig.template Bump<Family>(kOut);
  this->Receive(Packet<Family>(1));
  this->Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kReleased, 1}, {DropReason::kStaleOif, 1}}));
  rig.AddEntry(Key<Family>(1), kIn, {kOut});
  this->Receive(Packet<Family>(1));
  this->Turn();
  EXPECT_EQ(this->template SentOf<Family>(), 1u);
}

TYPED_TEST(Families, HoldAskAndDrainByThemselves) {
  // Invariant: packets of an unknown stream wait, control is asked once with the whole key, and they leave in order
  // before what comes later.
  using Family = TypeParam;
  using Kind = typename dataplane::WorkerMessage<Family>::Kind;
  auto& rig = this->rig_;
  for (int i = 0; i < 4; ++i) this->Receive(Packet<Family>(2).Id(i));
  this->Turn();
  EXPECT_EQ(dataplane::Get(rig.stats().held), 4u);
  const auto punts = rig.template Punts<Family>();
  ASSERT_EQ(punts.size(), 1u);
  EXPECT_EQ(punts[0].key, Key<Family>(2));
  EXPECT_EQ(punts[0].arrival, SlotOf<Family>(kIn));
  EXPECT_EQ(punts[0].reason, PuntReason::kNoEntry);
  const Bytes ip = Packet<Family>(2).Id(0).BuildIp();
  EXPECT_EQ(Bytes(punts[0].header_bytes().begin(), punts[0].header_bytes().end()), ip);
  EXPECT_TRUE(rig.template Punts<typename TestFixture::Others>().empty());

  rig.AddEntry(Key<Family>(2), kIn, {kOut});
  ASSERT_TRUE(rig.Send(Kind::kDrain, Key<Family>(2)));
  this->Receive(Packet<Family>(2).Id(4));
  for (int turn = 0; turn < 3; ++turn) {
    rig.AdvanceMs(1);
    this->Turn();
  }
  Frames expected;
  for (int i = 0; i < 5; ++i) expected.push_back(this->Forwarded(Packet<Family>(2).Id(i)));
  EXPECT_EQ(this->template Sent<Family>(), expected);
  EXPECT_EQ(dataplane::Get(rig.stats().held), 0u);
  EXPECT_EQ(rig.counts(Key<Family>(2)).held, 4u);
}

TYPED_TEST(Families, ForgetWhatControlCannotDecideByThemselves) {
  // Invariant: discarding, time and a release end what waits in a family, and nothing else.
  using Family = TypeParam;
  using Others = typename TestFixture::Others;
  using Kind = typename dataplane::WorkerMessage<Family>::Kind;
  auto& rig = this->rig_;
  const auto hold = [&](int stream) {
    this->Receive(Packet<Family>(stream));
    rig.Receive(0, Packet<Others>(stream).Build());
    this->Turn();
  };
  hold(2);
  rig.Send(Kind::kDiscard, FibKey<Family>::AllGroups());
  this->Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingDiscarded, 1}}));
  hold(3);
  rig.template Bump<Family>(kIn);
  rig.Send(Kind::kDropReleased);
  this->Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kPendingDiscarded, 1}, {DropReason::kReleased, 1}}));
  EXPECT_EQ(dataplane::Get(rig.stats().held), 2u);
  hold(4);
  rig.AdvanceMs(10001);
  this->Turn();
  EXPECT_EQ(rig.drops(DropReason::kPendingTimeout), 4u);
  EXPECT_EQ(dataplane::Get(rig.stats().held_streams), 0u);
}

TYPED_TEST(Families, LookAgainAtWhatWaitsByThemselves) {
  // Invariant: a worker that missed messages drains what has an entry by now, and asks for the rest anew.
  using Family = TypeParam;
  using Kind = typename dataplane::WorkerMessage<Family>::Kind;
  auto& rig = this->rig_;
  this->Receive(Packet<Family>(2));
  this->Receive(Packet<Family>(3));
  this->Turn();
  EXPECT_EQ(rig.template Punts<Family>().size(), 2u);
  rig.AddEntry(Key<Family>(2), kIn, {kOut});
  rig.Send(Kind::kReread);
  for (int turn = 0; turn < 3; ++turn) {
    rig.AdvanceMs(1);
    this->Turn();
  }
  EXPECT_EQ(this->template Sent<Family>(), Frames{this->Forwarded(Packet<Family>(2))});
  const auto punts = rig.template Punts<Family>();
  ASSERT_EQ(punts.size(), 1u);
  EXPECT_EQ(punts[0].key, Key<Family>(3));
}

TYPED_TEST(Families, AlertAboutWhatArrivesElsewhereByThemselves) {
  using Family = TypeParam;
  auto& rig = this->rig_;
  rig.interfaces().SetWrongInterfaceAlert(SlotOf<Family>(kBeside), true);
  for (int i = 0; i < 2; ++i) this->Receive(Packet<Family>(1), 2);
  rig.Receive(2, Packet<typename TestFixture::Others>(1).Build());
  this->Turn();
  const auto punts = rig.template Punts<Family>();
  ASSERT_EQ(punts.size(), 1u) << "once in an interval";
  EXPECT_EQ(punts[0].key, Key<Family>(1));
  EXPECT_EQ(punts[0].reason, PuntReason::kWrongInterface);
  EXPECT_TRUE(rig.template Punts<typename TestFixture::Others>().empty());
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kWrongInterface, 3}}));
}

TYPED_TEST(Families, DropWhatNobodyWantsForTheirOwnReasons) {
  // Invariant: 232/8 and ff3x::/32 are source-specific: no wildcard is theirs.
  using Family = TypeParam;
  auto& rig = this->rig_;
  const std::string specific = SourceSpecificGroup<Family>(1);
  rig.AddEntry(FibKey<Family>::AllGroups(), kIn, {kOut});
  rig.AddEntry(KeyOf<Family>(kSource<Family>, specific), kIn, {});
  rig.AddEntry(Key<Family>(2), kIn, {});
  this->Receive(Packet<Family>(1).To(specific));
  this->Receive(Packet<Family>(2));
  this->Receive(Packet<Family>(3));
  this->Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kSourceSpecificUnwanted, 1}, {DropReason::kNoReceivers, 1}}));
  EXPECT_EQ(this->template SentOf<Family>(), 1u);
}

TYPED_TEST(Families, StopAtTheirOwnThresholds) {
  using Family = TypeParam;
  auto& rig = this->rig_;
  rig.AddInterface(3, {.port = 1, .vlan = 5, .ttl_threshold = 16});
  rig.AddEntry(Key<Family>(2), kIn, {3});
  for (const int hops : {15, 16, 17, 255}) this->Receive(Packet<Family>(2).Ttl(hops));
  rig.Turn();
  size_t tagged = 0;
  for (Bytes& frame : rig.Sent(1)) {
    if (frame[12] == 0x81) {
      ++tagged;
    } else {
      this->template Sent<typename TestFixture::Others>().push_back(std::move(frame));
    }
  }
  EXPECT_EQ(tagged, 2u);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kTtlThreshold, 2}}));
}

TYPED_TEST(Families, StopAtTheirOwnBoundaries) {
  // Invariant: in and out, and the other family's boundaries are no question.
  using Family = TypeParam;
  using Prefix = typename Family::Prefix;
  auto& rig = this->rig_;
  const auto group = Family::Address::Parse(Group<Family>(2)).value();
  const uint64_t mask =
      *rig.template boundaries<Family>().InterfaceMask(std::vector{Prefix(group, Family::kAddressBits)});
  const bool ipv4 = std::is_same_v<Family, Ipv4>;
  rig.AddInterface(3, {.port = 1, .vlan = 5, .boundary = ipv4 ? mask : 0}, ipv4 ? 0 : mask);
  rig.AddEntry(Key<Family>(2), kIn, {kOut, 3});
  rig.AddEntry(Key<Family>(3), kIn, {kOut});
  this->Receive(Packet<Family>(2));
  this->Receive(Packet<Family>(3));
  rig.Receive(1, Packet<Family>(2).Vlan(5).Build());
  this->Turn();
  EXPECT_EQ(this->template SentOf<Family>(), 2u);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kScopeBoundaryIn, 1}, {DropReason::kScopeBoundaryOut, 1}}));
  EXPECT_EQ(rig.exceptions(Key<Family>(2), 3), (Drops{{DropReason::kScopeBoundaryOut, 1}}));
}

TEST(FamiliesInOneWorker, KeepZonesOfAScopeInside) {
  // Invariant: the border of zones up to a scope stops groups of these scopes, both ways, whatever their flags.
  WorkerRig rig;
  const uint64_t border = *rig.boundaries<Ipv6>().InterfaceMask({}, 5);
  rig.AddInterface(kIn, 0);
  rig.AddInterface(kOut, {.port = 1}, border);
  for (const int interface : {kIn, kOut}) {
    const int other = interface == kIn ? kOut : kIn;
    rig.AddEntry(Ipv6FibKey::AllGroups(), interface, {other});
    for (const char* group : {"ff03::1", "ff05::1", "ff15::1", "ff06::1", "ff0e::1"}) {
      rig.Receive(interface, PacketBuilder::Ipv6().To(group).Build());
    }
    rig.Turn();
    EXPECT_EQ(rig.DiscardSent(other), 2u);
  }
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kScopeBoundaryIn, 3}, {DropReason::kScopeBoundaryOut, 3}}));
}

TEST(FamiliesInOneWorker, TakeTurnsWhileBothDrain) {
  // Invariant: neither waits until the other's held packets have all left.
  WorkerRig rig({.pending = {.streams = 16, .depth = 200, .packets = 256, .timeout_ms = 10000}});
  for (const int interface : {kIn, kOut}) rig.AddInterface(interface, interface);
  for (int i = 0; i < 200; ++i) {
    rig.Receive(0, Packet<Ipv4>(2).Build());
    rig.Receive(0, Packet<Ipv6>(2).Build());
    if (i % 50 == 49) rig.Turn();
  }
  rig.AddEntry(Key<Ipv4>(2), kIn, {kOut});
  rig.AddEntry(Key<Ipv6>(2), kIn, {kOut});
  rig.Send(dataplane::WorkerMessage<Ipv4>::Kind::kDrain, Key<Ipv4>(2));
  rig.Send(dataplane::WorkerMessage<Ipv6>::Kind::kDrain, Key<Ipv6>(2));
  std::map<uint8_t, size_t> sent;
  for (int turn = 0; turn < 1000 && (sent[0x08] < 100 || sent[0x86] < 100); ++turn) {
    rig.AdvanceUs(100);
    rig.Turn();
    for (const Bytes& frame : rig.Sent(1)) ++sent[frame[12]];
    const size_t apart = std::max(sent[0x08], sent[0x86]) - std::min(sent[0x08], sent[0x86]);
    ASSERT_LE(apart, size_t{64}) << turn;
  }
  EXPECT_GE(sent[0x08], 100u);
  EXPECT_GE(sent[0x86], 100u);
}

}  // namespace
}  // namespace mgmd::testing
