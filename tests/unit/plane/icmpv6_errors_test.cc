// ICMPv6 errors from the packet that arrives to the message that leaves: a worker on ring ports asks, control answers
// by the same worker. Frames are compared octet by octet with what the RFCs say.

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "control/local/icmpv6/error_sender.h"
#include "control/plane/dpdk_local_packets.h"
#include "tests/support/icmpv6_frame.h"
#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

constexpr int kIn = 0;
constexpr int kInTagged = 4;
constexpr const char* kSource = "2001:db8:1::fe";
constexpr const char* kSourceTagged = "2001:db8:9::fe";
const Ipv6FibKey kKey = KeyOf<Ipv6>("2001:db8::1", "ff0e::1");

OwnAddress<Ipv6> Own(int interface, const char* address) {
  return {SlotOf<Ipv6>(interface), Ipv6Address::Parse(address).value(), 64};
}

// With an own sender, so that it does not come from where the router's frames do.
PacketBuilder Packet(size_t ip_octets) {
  return PacketBuilder::Ipv6().Payload(ip_octets - 40).SourceMac({2, 0, 0, 0, 7, 7});
}

class AnsweredIcmpv6Errors : public ::testing::Test {
 protected:
  explicit AnsweredIcmpv6Errors(RigOptions options = {}) : rig_(options) {
    rig_.AddInterface(kIn, 0);
    rig_.AddInterface(kInTagged, 0, 9);
    rig_.AddInterface(1, {.port = 1, .mtu = 1500});
    rig_.AddInterface(2, {.port = 2, .mtu = 1280});
    rig_.AddInterface(3, {.port = 3, .mtu = 9000});
    plane::LocalParts parts{.workers = {}, .interfaces = &rig_.interfaces(), .inject_pool = rig_.copy_pool()};
    for (uint8_t worker = 0; worker < options.workers; ++worker) {
      parts.workers.push_back({.local = nullptr, .errors = &rig_.errors(worker), .inject = &rig_.inject(worker)});
    }
    packets_.emplace(std::move(parts));
    injector_.emplace(*packets_);
    const std::vector<OwnAddress<Ipv6>> own = {Own(kIn, "fe80::1"), Own(kIn, kSource), Own(kInTagged, kSourceTagged)};
    sender_.emplace(*packets_, *injector_, icmpv6::OwnAddresses(own), stats_, kIcmpv6ErrorsPerSecond,
                    [this] { return now_; });
  }

  // Workers, control and workers again.
  void Turn() {
    rig_.Turn();
    sender_->Poll();
    injector_->Poll();
    rig_.Turn();
  }
  void Advance(uint64_t ms) {
    rig_.AdvanceMs(ms);
    now_ += std::chrono::milliseconds(ms);
  }
  uint64_t sent() const { return stats_.icmpv6_errors_sent; }
  uint64_t suppressed() const { return stats_.icmpv6_errors_suppressed; }

  WorkerRig rig_;
  std::optional<plane::DpdkLocalPackets> packets_;
  std::optional<local::Injector> injector_;
  views::ControlStats stats_;
  icmpv6::ErrorSender::Clock::time_point now_{std::chrono::hours(1)};
  std::optional<icmpv6::ErrorSender> sender_;
};

TEST_F(AnsweredIcmpv6Errors, TellTheSmallestMtuThatAPacketMeets) {
  // Invariant: what fits an MTU to the octet brings nothing; one octet more brings one message with the smallest MTU
  // that is too small, to the station that sent the frame, with as much of the packet as 1,280 octets have room for.
  rig_.AddEntry(kKey, kIn, {1, 2, 3});
  for (const auto& [octets, mtu] :
       {std::pair(1280, 0), std::pair(1281, 1280), std::pair(1500, 1280), std::pair(1501, 1280)}) {
    const Bytes frame = Packet(static_cast<size_t>(octets)).TrafficClass(7).Ttl(9).Build();
    rig_.ReceiveInSegments(0, frame, {});
    Turn();
    Frames expected;
    if (mtu != 0) {
      expected.push_back(Icmpv6Frame(kPacketTooBig, static_cast<uint32_t>(mtu), kSource, MacOf(kIn), frame).Build());
      EXPECT_EQ(expected[0].size(), 14u + 1280);
    }
    EXPECT_EQ(rig_.Sent(0), expected) << octets;
  }
  rig_.AddEntry(kKey, kIn, {3, 1});
  const Bytes fits = Packet(1500).Build();
  const Bytes too_long = Packet(1501).Build();
  for (const Bytes& frame : {fits, too_long}) rig_.ReceiveInSegments(0, frame, {});
  Turn();
  EXPECT_EQ(rig_.Sent(0), Frames{Icmpv6Frame(kPacketTooBig, 1500, kSource, MacOf(kIn), too_long).Build()});
  EXPECT_EQ(sent(), 4u);
}

TEST_F(AnsweredIcmpv6Errors, CountOnlyOifsThatThePacketPassesInAllElse) {
  rig_.AddInterface(2, {.port = 2, .mtu = 1280, .ttl_threshold = 64});
  rig_.AddEntry(kKey, kIn, {2, 1});
  const Bytes frame = Packet(1501).Build();
  rig_.ReceiveInSegments(0, frame, {});
  Turn();
  EXPECT_EQ(rig_.Sent(0), Frames{Icmpv6Frame(kPacketTooBig, 1500, kSource, MacOf(kIn), frame).Build()});
}

TEST_F(AnsweredIcmpv6Errors, TellOfWhatWasHeld) {
  // Invariant: a packet that waited for a decision is quoted as it was received, too.
  const Bytes frame = Packet(1400).Ttl(2).Build();
  rig_.Receive(0, frame);
  Turn();
  EXPECT_EQ(rig_.Sent(0), Frames{});
  rig_.AddEntry(kKey, kIn, {2});
  rig_.Send(dataplane::WorkerMessage<Ipv6>::Kind::kDrain, kKey);
  Advance(1);
  Turn();
  EXPECT_EQ(rig_.Sent(0), Frames{Icmpv6Frame(kPacketTooBig, 1280, kSource, MacOf(kIn), frame).Build()});
}

TEST_F(AnsweredIcmpv6Errors, GoOutWithTheTagOfWhatArrivedTagged) {
  // Invariant: the message has the tag of the arrival interface, and its address; the quote has no tag, and the tag's
  // priority is not the message's.
  rig_.AddEntry(kKey, kInTagged, {2});
  const PacketBuilder packet = Packet(1400);
  const Bytes expected =
      Icmpv6Frame(kPacketTooBig, 1280, kSourceTagged, MacOf(kInTagged), PacketBuilder(packet).Build()).Vlan(9).Build();
  rig_.ReceiveInSegments(0, PacketBuilder(packet).Vlan(9, 5).Build(), {20, 30});
  Turn();
  EXPECT_EQ(rig_.Sent(0), Frames{expected});
  rte_mbuf* const stripped = rig_.MakeMbuf(PacketBuilder(packet).Build());
  stripped->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
  stripped->vlan_tci = 9;
  rig_.ReceiveMbuf(0, stripped);
  Turn();
  EXPECT_EQ(rig_.Sent(0), Frames{expected});
}

TEST_F(AnsweredIcmpv6Errors, NameTheOptionThatIsNotKnown) {
  // Invariant: the pointer is the option's type, the hop limit of the quote that of the wire, whatever it was.
  rig_.AddEntry(kKey, kIn, {3});
  const Bytes frame = Packet(200).Ttl(1).Extension(0, {1, 0, 0x1E, 1, 0, 0x9E, 2, 0, 0, 0x9E, 0}).Build();
  rig_.ReceiveInSegments(0, frame, {50, 10});
  Turn();
  EXPECT_EQ(rig_.Sent(0), Frames{Icmpv6Frame(kUnknownOption, 40 + 2 + 5, kSource, MacOf(kIn), frame).Build()});
}

TEST_F(AnsweredIcmpv6Errors, PointBehindTheMessage) {
  // Invariant: where the option stands after what can be quoted, the pointer is where it stands all the same (RFC 4443
  // section 3.4).
  Bytes options;
  for (int padding = 0; padding < 5; ++padding) {
    options.insert(options.end(), {1, 254});
    options.resize(options.size() + 254);
  }
  options.insert(options.end(), {0x9E, 0});
  const Bytes frame = Packet(100).Extension(0, options).Build();
  rig_.ReceiveInSegments(0, frame, {});
  Turn();
  EXPECT_EQ(rig_.Sent(0), Frames{Icmpv6Frame(kUnknownOption, 40 + 2 + 5 * 256, kSource, MacOf(kIn), frame).Build()});
}

TEST_F(AnsweredIcmpv6Errors, AreNotSentAboutErrorsOrToManyNodes) {
  // Invariant: the packet is lost and counted as any other, and so is that nobody is told.
  rig_.AddEntry(kKey, kIn, {2});
  rig_.AddEntry(KeyOf<Ipv6>("2001:db8:1::", "ff0e::1"), kIn, {2});
  const PacketBuilder packet = Packet(1400);
  rig_.Receive(0, PacketBuilder(packet).Protocol(58).Payload(1360, 1).Build());
  rig_.Receive(0, PacketBuilder(packet).Extension(60, {1, 4}).Protocol(58).Payload(1360, 137).Build());
  rig_.Receive(0, PacketBuilder(packet).SourceMac({3, 0, 0, 0, 7, 7}).Build());
  rig_.Receive(0, PacketBuilder(packet).From("2001:db8:1::").Build());
  Turn();
  EXPECT_EQ(rig_.Sent(0), Frames{});
  EXPECT_EQ(suppressed(), 4u);
  EXPECT_EQ(sent(), 0u);
  EXPECT_EQ(rig_.drops(DropReason::kFragmentationNeeded), 4u);
}

TEST_F(AnsweredIcmpv6Errors, GoNowhereWhenTheInterfaceIsDown) {
  // Invariant: what cannot leave any more is counted by the worker.
  rig_.AddEntry(kKey, kIn, {2});
  rig_.Receive(0, Packet(1400).Build());
  rig_.Turn();
  sender_->Poll();
  rig_.interfaces().SetUp(SlotOf<Ipv6>(kIn), false);
  rig_.Turn();
  EXPECT_EQ(rig_.Sent(0), Frames{});
  EXPECT_EQ(rig_.drops(DropReason::kOifDown), 1u);
}

class AnsweredIcmpv6ErrorsOfTwo : public AnsweredIcmpv6Errors {
 protected:
  AnsweredIcmpv6ErrorsOfTwo() : AnsweredIcmpv6Errors({.workers = 2}) {}
};

TEST_F(AnsweredIcmpv6ErrorsOfTwo, HaveOneRateForAnInterface) {
  // Invariant: ten at once and ten a second, whichever workers ask; each that was asked for is sent or counted.
  rig_.AddEntry(kKey, kIn, {2});
  const auto flood = [&] {
    for (int n = 0; n < 30; ++n) rig_.Receive(0, Packet(1400).Build(), n % 2);
    Turn();
    return rig_.DiscardSent(0);
  };
  EXPECT_EQ(flood(), 10u);
  Advance(500);
  EXPECT_EQ(flood(), 5u);
  uint64_t asked = 0;
  for (const int worker : {0, 1}) asked += dataplane::Get(rig_.stats(worker).icmpv6_errors);
  EXPECT_EQ(asked, 30u) << "ten and five of each";
  EXPECT_EQ(sent(), 15u);
  EXPECT_EQ(suppressed(), 15u);
}

}  // namespace
}  // namespace mgmd::testing
