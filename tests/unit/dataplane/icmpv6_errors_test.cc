// What control is asked to tell senders of IPv6 packets: which packet it was, as it was received, and what was wrong.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

using Kind = Icmpv6ErrorKind;
using Drops = std::map<DropReason, uint64_t>;

constexpr int kIn = 0;
constexpr int kInTagged = 4;
const Ipv6FibKey kKey = KeyOf<Ipv6>("2001:db8::1", "ff0e::1");

PacketBuilder Packet(size_t ip_octets) { return PacketBuilder::Ipv6().Payload(ip_octets - 40); }

// The Ethernet header and the packet as a message can quote them.
Bytes Quoted(const PacketBuilder& packet) {
  Bytes frame = packet.Build();
  frame.resize(std::min(frame.size(), size_t{14 + kMostQuoted}));
  return frame;
}

class Icmpv6Errors : public ::testing::Test {
 protected:
  explicit Icmpv6Errors(RigOptions options = {}) : rig_(options) {
    rig_.AddInterface(kIn, 0);
    rig_.AddInterface(kInTagged, 0, 9);
    rig_.AddInterface(1, {.port = 1, .mtu = 1500});
    rig_.AddInterface(2, {.port = 2, .mtu = 1280});
    rig_.AddInterface(3, {.port = 3, .mtu = 9000});
  }
  uint64_t suppressed() const { return dataplane::Get(rig_.stats().icmpv6_errors_suppressed); }

  WorkerRig rig_;
};

TEST_F(Icmpv6Errors, NameTheSmallestMtuThatAPacketMeets) {
  // Invariant: whatever the order of the oifs, one request for a packet, with the smallest MTU among those that it is
  // too long for, whether the oifs that take it come before, after or between; those get their copies.
  std::vector<int> oifs = {1, 2, 3};
  do {
    rig_.AddEntry(kKey, kIn, oifs);
    for (const auto& [octets, mtu, copies] :
         {std::tuple{1280, 0, 3}, std::tuple{1281, 1280, 2}, std::tuple{1500, 1280, 2}, std::tuple{1501, 1280, 1}}) {
      const PacketBuilder packet = Packet(static_cast<size_t>(octets)).TrafficClass(7);
      rig_.ReceiveInSegments(0, packet.Build(), {});
      rig_.Turn();
      size_t sent = 0;
      for (const int port : {1, 2, 3}) {
        for (const Bytes& frame : rig_.Sent(port)) {
          EXPECT_EQ(frame, PacketBuilder(packet).Ttl(63).SourceMac(MacOf(port)).Build());
          ++sent;
        }
      }
      EXPECT_EQ(sent, static_cast<size_t>(copies)) << octets;
      const auto errors = rig_.TakeErrors();
      ASSERT_EQ(errors.size(), mtu == 0 ? 0u : 1u) << octets;
      if (mtu == 0) continue;
      EXPECT_EQ(errors[0].kind, Kind::kPacketTooBig);
      EXPECT_EQ(errors[0].value, static_cast<uint32_t>(mtu));
      EXPECT_EQ(errors[0].slot, SlotOf<Ipv6>(kIn));
      EXPECT_EQ(errors[0].quote, Quoted(packet));
    }
    rig_.AdvanceMs(1000);
  } while (std::next_permutation(oifs.begin(), oifs.end()));
  EXPECT_EQ(suppressed(), 0u);
}

TEST_F(Icmpv6Errors, CountOnlyOifsThatThePacketPassesInAllElse) {
  // Invariant: an oif that would not have sent the packet anyway says nothing about MTUs.
  rig_.AddInterface(2, {.port = 2, .mtu = 1280, .ttl_threshold = 64});
  rig_.AddEntry(kKey, kIn, {2, 1});
  rig_.Receive(0, Packet(1501).Build());
  rig_.Turn();
  auto errors = rig_.TakeErrors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].value, 1500u);
  rig_.interfaces().SetUp(SlotOf<Ipv6>(1), false);
  rig_.Receive(0, Packet(1501).Build());
  rig_.Turn();
  EXPECT_TRUE(rig_.TakeErrors().empty());
  EXPECT_EQ(rig_.drops(),
            (Drops{{DropReason::kTtlThreshold, 2}, {DropReason::kFragmentationNeeded, 1}, {DropReason::kOifDown, 1}}));
}

TEST_F(Icmpv6Errors, QuoteWhatWasHeldAndWhatCameTaggedOrInSegments) {
  // Invariant: as it was received, without the tag, and with the interface that it arrived on.
  const PacketBuilder packet = Packet(1400).SourceMac({2, 0, 0, 0, 0, 7});
  rig_.Receive(0, PacketBuilder(packet).Vlan(9, 5).Build());
  rig_.Turn();
  EXPECT_TRUE(rig_.TakeErrors().empty());
  rig_.AddEntry(kKey, kInTagged, {2});
  rig_.Send(dataplane::WorkerMessage<Ipv6>::Kind::kDrain, kKey);
  rig_.AdvanceMs(1);
  rig_.Turn();
  rig_.ReceiveInSegments(0, PacketBuilder(packet).Vlan(9).Build(), {20, 3, 400});
  rig_.Turn();
  const auto errors = rig_.TakeErrors();
  ASSERT_EQ(errors.size(), 2u);
  for (const auto& error : errors) {
    EXPECT_EQ(error.value, 1280u);
    EXPECT_EQ(error.slot, SlotOf<Ipv6>(kInTagged));
    EXPECT_EQ(error.quote, Quoted(packet));
  }
}

TEST_F(Icmpv6Errors, TellEverySenderOfABurst) {
  // Invariant: of packets that go together each is told of, and of those that fit none.
  rig_.AddEntry(kKey, kIn, {3, 2});
  for (int i = 0; i < 64; ++i) rig_.Receive(0, Packet(i % 8 == 5 ? 1400 : 1200).Id(i).Build());
  rig_.Turn();
  EXPECT_EQ(rig_.DiscardSent(3), 64u);
  EXPECT_EQ(rig_.DiscardSent(2), 56u);
  const auto errors = rig_.TakeErrors();
  ASSERT_EQ(errors.size(), 8u);
  for (int n = 0; n < 8; ++n) EXPECT_EQ(errors[static_cast<size_t>(n)].quote, Quoted(Packet(1400).Id(8 * n + 5)));
}

TEST_F(Icmpv6Errors, HaveARateForEachInterface) {
  // Invariant: ten at once, then ten a second; what is above is counted, and another interface has its own.
  rig_.AddEntry(kKey, kIn, {2});
  const auto send = [&](int count) {
    for (int i = 0; i < count; ++i) rig_.Receive(0, Packet(1400).Build());
    rig_.Turn();
    return rig_.TakeErrors().size();
  };
  EXPECT_EQ(send(30), 10u);
  EXPECT_EQ(suppressed(), 20u);
  rig_.AdvanceMs(500);
  EXPECT_EQ(send(30), 5u);
  rig_.AddEntry(KeyOf<Ipv6>("2001:db8::2", "ff0e::1"), kInTagged, {2});
  rig_.Receive(0, Packet(1400).From("2001:db8::2").Vlan(9).Build());
  rig_.Turn();
  EXPECT_EQ(rig_.TakeErrors().size(), 1u);
  EXPECT_EQ(rig_.drops(DropReason::kFragmentationNeeded), 61u);
}

class OtherRateOfIcmpv6Errors : public Icmpv6Errors, public ::testing::WithParamInterface<uint32_t> {
 protected:
  OtherRateOfIcmpv6Errors() : Icmpv6Errors({.icmpv6_errors = GetParam()}) {}
};

TEST_P(OtherRateOfIcmpv6Errors, IsKept) {
  // Invariant: so many at once as the operator says, none where that is 0; the others are counted.
  rig_.AddEntry(kKey, kIn, {2});
  for (int i = 0; i < 30; ++i) rig_.Receive(0, Packet(1400).Build());
  rig_.Turn();
  EXPECT_EQ(rig_.TakeErrors().size(), GetParam());
  EXPECT_EQ(suppressed(), 30u - GetParam());
}
INSTANTIATE_TEST_SUITE_P(Rates, OtherRateOfIcmpv6Errors, ::testing::Values(0u, 1u, 25u));

TEST_F(Icmpv6Errors, AreNotOfIpv4) {
  rig_.AddEntry(SourceGroup("10.0.0.1", "239.1.1.1"), kIn, {2});
  rig_.Receive(0, PacketBuilder().Payload(1400).DontFragment().Build());
  rig_.Turn();
  EXPECT_EQ(rig_.drops(), (Drops{{DropReason::kFragmentationNeeded, 1}}));
  EXPECT_TRUE(rig_.TakeErrors().empty());
}

TEST_F(Icmpv6Errors, NameTheOptionThatIsNotKnown) {
  // Invariant: of the four actions of an unknown option one has an answer; it names the place of the option's type.
  // None is asked for on an interface without owner.
  rig_.AddEntry(kKey, kIn, {3});
  const auto with = [](Bytes options) { return Packet(200).Extension(0, std::move(options)); };
  const PacketBuilder reported = with({1, 0, 0x1E, 1, 0, 0x9E, 2, 0, 0, 0x9E, 0});
  for (const PacketBuilder& packet : {with({0x1E, 0}), with({0x5E, 0}), with({0xDE, 0}), with({5, 1, 0}), reported}) {
    rig_.Receive(0, packet.Build());
    rig_.ReceiveInSegments(0, packet.Build(), {50, 10});
  }
  rig_.Turn();
  const auto errors = rig_.TakeErrors();
  ASSERT_EQ(errors.size(), 2u);
  for (const auto& error : errors) {
    EXPECT_EQ(error.kind, Kind::kParameterProblem);
    EXPECT_EQ(error.value, 40u + 2 + 5);
    EXPECT_EQ(error.slot, SlotOf<Ipv6>(kIn));
    EXPECT_EQ(error.quote, Quoted(reported));
  }
  rig_.interfaces().SetEnabled(SlotOf<Ipv6>(kIn), false);
  rig_.Receive(0, reported.Build());
  rig_.Turn();
  EXPECT_TRUE(rig_.TakeErrors().empty());
  EXPECT_EQ(rig_.drops(),
            (Drops{{DropReason::kInterfaceDisabled, 1}, {DropReason::kHbhMalformed, 2}, {DropReason::kHbhOption, 6}}));
}

class Icmpv6ErrorsWhileShared : public Icmpv6Errors {
 protected:
  Icmpv6ErrorsWhileShared() : Icmpv6Errors({.header_buffers = 1024, .share_above = 128}) {}
};

TEST_F(Icmpv6ErrorsWhileShared, QuoteThePayloadOfOthers) {
  // Invariant: a packet whose buffer is the payload of copies already is quoted whole.
  rig_.AddInterface(5, {.port = 4, .mtu = 9000});
  rig_.AddEntry(kKey, kIn, {3, 2, 5});
  for (int i = 0; i < 9; ++i) rig_.Receive(0, Packet(1400).Id(i).Build());
  rig_.Turn();
  for (const int port : {3, 4}) EXPECT_EQ(rig_.DiscardSent(port), 9u);
  const auto errors = rig_.TakeErrors();
  ASSERT_EQ(errors.size(), 9u);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(errors[static_cast<size_t>(i)].quote, Quoted(Packet(1400).Id(i)));
}

}  // namespace
}  // namespace mgmd::testing
