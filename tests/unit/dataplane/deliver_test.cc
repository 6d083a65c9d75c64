// Copies of streams for listeners on the host itself, beside the streams, which are as without them.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/support/families.h"
#include "tests/unit/dataplane/drain_support.h"
#include "tests/unit/dataplane/local_support.h"

namespace mgmd::testing {
namespace {

template <class Family>
class Delivered : public ::testing::Test {
 protected:
  static constexpr bool kIpv4 = std::is_same_v<Family, Ipv4>;
  static constexpr uint32_t kCeiling = 100;

  Delivered() : rig_({.rx_buffers = 1024, .local_buffers = kCeiling}) {
    AddLocalInterfaces(rig_);
    rig_.template AddEntry<Family>(FibKey<Family>::AnySource(Group(1), Family::kAddressBits), kIn, {kOut});
    for (const int interface : {kIn, kDisabled}) {
      rig_.interfaces().AddDelivered(SlotOf<Family>(interface), Group(1));
      rig_.interfaces().AddDelivered(SlotOf<Family>(interface), Group(2));
    }
  }

  // Of a group.
  static PacketBuilder Packet(int group) {
    return PacketBuilder().From(kIpv4 ? "10.0.0.1" : "2001:db8::1").To(Group(group).ToString());
  }
  static typename Family::Address Group(int number) {
    return Family::Address::Parse((kIpv4 ? "239.1.1." : "ff1e::") + std::to_string(number)).value();
  }
  uint64_t delivered() const { return dataplane::Get(rig_.stats().local[static_cast<size_t>(LocalClass::kDeliver)]); }
  // The frames that the host gets.
  std::vector<Bytes> Taken() {
    std::vector<Bytes> frames;
    for (const auto& one : rig_.TakeLocal()) {
      EXPECT_EQ(one.local_class, LocalClass::kDeliver);
      frames.push_back(one.frame);
    }
    return frames;
  }

  WorkerRig rig_;
};

TYPED_TEST_SUITE(Delivered, BothFamilies);

TYPED_TEST(Delivered, AreCopiesOfTheGroupsPackets) {
  // Invariant: the host gets each of the group's packets whole as it came, and the stream leaves as ever; packets of
  // others groups, and on other interfaces, are the stream's alone.
  const Bytes frame = this->Packet(1).Payload(100).Build();
  this->rig_.Receive(0, frame);
  this->rig_.Turn();
  EXPECT_EQ(this->Taken(), Frames{frame});
  const std::vector<Bytes> sent = this->rig_.Sent(1);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0], this->Packet(1).Payload(100).Ttl(63).SourceMac(MacOf(kOut)).Build());
  this->rig_.Receive(0, this->Packet(3).Build());
  this->rig_.Receive(0, this->Packet(1).Vlan(100).Build());
  this->rig_.Turn();
  EXPECT_TRUE(this->Taken().empty());
  EXPECT_EQ(this->delivered(), 1u);
}

TYPED_TEST(Delivered, NeedNoEntryOwnerOrTtl) {
  // Invariant: the host listens, whatever becomes of the stream: unknown, ending here, or of an interface that nobody
  // forwards from. What is no valid packet is nobody's.
  this->rig_.Receive(0, this->Packet(2).Build());
  this->rig_.Receive(0, this->Packet(1).Ttl(1).Build());
  this->rig_.Receive(2, this->Packet(1).Build());
  this->rig_.Receive(2, this->Packet(3).Build());
  this->rig_.Receive(0, this->Packet(1).From(this->kIpv4 ? "127.0.0.1" : "::1").Build());
  this->rig_.Turn();
  EXPECT_EQ(this->Taken().size(), 3u);
  EXPECT_EQ(dataplane::Get(this->rig_.stats().held), 1u);
  EXPECT_EQ(this->rig_.drops(),
            (std::map<DropReason, uint64_t>{
                {DropReason::kTtlExpired, 1}, {DropReason::kInterfaceDisabled, 2}, {DropReason::kSourceInvalid, 1}}));
}

TYPED_TEST(Delivered, ComeOnceForAPacketThatWaits) {
  // Invariant: the first packet of a stream is delivered when it arrives, and not again when its entry comes.
  this->rig_.Receive(0, this->Packet(2).Build());
  this->rig_.Turn();
  EXPECT_EQ(this->Taken().size(), 1u);
  const auto key = FibKey<TypeParam>::AnySource(this->Group(2), TypeParam::kAddressBits);
  this->rig_.template AddEntry<TypeParam>(key, kIn, {kOut});
  this->rig_.Send(dataplane::WorkerMessage<TypeParam>::Kind::kDrain, key);
  TurnUntilDrained(this->rig_);
  EXPECT_EQ(this->rig_.DiscardSent(1), 1u);
  EXPECT_TRUE(this->Taken().empty());
}

TYPED_TEST(Delivered, ComeOnlyWhereControlWantsThem) {
  this->rig_.Want(kIn, {LocalClass::kHost});
  this->rig_.Receive(0, this->Packet(1).Build());
  this->rig_.Turn();
  EXPECT_TRUE(this->Taken().empty());
  EXPECT_EQ(this->rig_.DiscardSent(1), 1u);
  EXPECT_TRUE(this->rig_.drops().empty());
}

TYPED_TEST(Delivered, ArePacketsOfManySegmentsAmongFullBurstsToo) {
  for (const int place : {0, 31, 63}) {
    for (int i = 0; i < 64; ++i) this->rig_.Receive(0, this->Packet(i == place ? 1 : 3).Id(i).Build());
    this->rig_.Turn();
    EXPECT_EQ(this->Taken(), Frames{this->Packet(1).Id(place).Build()});
    this->rig_.DiscardSent(1);
  }
  const Bytes frame = this->Packet(1).Payload(1400).Build();
  this->rig_.ReceiveInSegments(0, frame, {100, 300, 7});
  this->rig_.Turn();
  EXPECT_EQ(this->Taken(), Frames{frame});
  EXPECT_EQ(this->rig_.DiscardSent(1), 1u);
}

TYPED_TEST(Delivered, HaveARateAndACeilingAndTheStreamGoesOn) {
  // Invariant: a copy that is too many is lost and counted as a copy; no packet is, and no buffer.
  const uint32_t all = this->rig_.available(this->rig_.rx_pool());
  constexpr uint32_t kPackets = 500;
  uint64_t sent = 0;
  for (uint32_t i = 0; i < kPackets; ++i) {
    this->rig_.Receive(0, this->Packet(1).Build());
    this->rig_.Turn();
    sent += this->rig_.DiscardSent(1);
    EXPECT_GE(this->rig_.available(this->rig_.rx_pool()), all - this->kCeiling);
  }
  EXPECT_EQ(sent, kPackets);
  EXPECT_EQ(this->delivered(), this->kCeiling);
  EXPECT_EQ(this->rig_.drops(),
            (std::map<DropReason, uint64_t>{{DropReason::kDeliverRingFull, kPackets - this->kCeiling}}));
  EXPECT_EQ(this->Taken().size(), this->kCeiling);
  EXPECT_EQ(this->rig_.available(this->rig_.rx_pool()), all);

  const uint32_t burst = kLocalRates[static_cast<size_t>(LocalClass::kDeliver)].burst;
  for (uint32_t i = this->kCeiling; i < burst + 50; ++i) {
    this->rig_.Receive(0, this->Packet(1).Build());
    if (i % 64 != 0 && i != burst + 49) continue;
    this->rig_.Turn();
    this->rig_.DiscardSent(1);
    this->Taken();
  }
  EXPECT_EQ(this->delivered(), burst);
  EXPECT_EQ(this->rig_.drops(DropReason::kDeliverRate), 50u);
  EXPECT_EQ(dataplane::Get(this->rig_.stats().packets), kPackets + burst + 50 - this->kCeiling);
}

}  // namespace
}  // namespace mgmd::testing
