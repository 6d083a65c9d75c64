// Copies: how many, for whom, with which octets, in which order.

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

using Drops = std::map<DropReason, uint64_t>;
constexpr int kIn = 0;
const Ipv4FibKey kKey = SourceGroup("10.0.0.1", "239.1.1.1");
const Ipv6FibKey kKey6 = KeyOf<Ipv6>("2001:db8::1", "ff0e::1");

PacketBuilder Packet(bool ipv6 = false) { return ipv6 ? PacketBuilder::Ipv6() : PacketBuilder(); }

// The same stream of both families.
void AddEntries(WorkerRig& rig, const std::vector<int>& oifs) {
  rig.AddEntry(kKey, kIn, oifs);
  rig.AddEntry(kKey6, kIn, oifs);
}

// Port of the n-th output interface of a fan-out test, and its VLAN.
int PortOf(int n) { return 1 + n % 4; }
int VlanOf(int n) { return n < 4 ? 0 : n / 4; }

std::vector<int> AddOutputs(WorkerRig& rig, int fan_out) {
  std::vector<int> oifs;
  for (int n = 0; n < fan_out; ++n) {
    rig.AddInterface(n + 1, PortOf(n), VlanOf(n));
    oifs.push_back(n + 1);
  }
  return oifs;
}

Bytes CopyFor(int n, PacketBuilder packet) {
  packet.Ttl(63).SourceMac(MacOf(n + 1));
  if (VlanOf(n) != 0) packet.Vlan(VlanOf(n));
  return packet.Build();
}

struct Size {
  int packets;
  int fan_out;
  bool ipv6;
};

class BurstAndFanOut : public ::testing::TestWithParam<Size> {};

TEST_P(BurstAndFanOut, GivesEveryOutputEveryPacketInOrder) {
  // Invariant: each oif gets each packet once, in the order of arrival, with its own MAC and tag;
  // counters agree.
  const auto [packets, fan_out, ipv6] = GetParam();
  WorkerRig rig({.copy_buffers = static_cast<uint32_t>(packets * fan_out + 64), .frame = 128});
  rig.AddInterface(kIn, 0);
  AddEntries(rig, AddOutputs(rig, fan_out));
  for (int p = 0; p < packets; ++p) rig.Receive(0, Packet(ipv6).Id(p).Build());
  EXPECT_EQ(rig.Turn(), static_cast<uint32_t>(packets));

  // By port and VLAN: the packets that left, in order.
  std::map<std::pair<int, int>, std::vector<Bytes>> sent;
  for (int port = 1; port < kRigPorts; ++port) {
    for (Bytes& frame : rig.Sent(port)) {
      const int vlan = frame[12] == 0x81 ? frame[14] << 8 | frame[15] : 0;
      sent[{port, vlan}].push_back(std::move(frame));
    }
  }
  EXPECT_EQ(sent.size(), packets == 0 ? 0u : static_cast<size_t>(fan_out));
  for (int n = 0; n < fan_out; ++n) {
    const auto& frames = sent[{PortOf(n), VlanOf(n)}];
    ASSERT_EQ(frames.size(), static_cast<size_t>(packets)) << "oif " << n;
    for (int p = 0; p < packets; ++p) {
      ASSERT_EQ(frames[size_t(p)], CopyFor(n, Packet(ipv6).Id(p))) << "oif " << n << " packet " << p;
    }
  }
  EXPECT_EQ(rig.counts(kKey).packets, static_cast<uint64_t>(ipv6 ? 0 : packets));
  EXPECT_EQ(rig.counts(kKey6).packets, static_cast<uint64_t>(ipv6 ? packets : 0));
  EXPECT_EQ(rig.drops(), fan_out == 0 && packets > 0
                             ? (Drops{{DropReason::kNoReceivers, static_cast<uint64_t>(packets)}})
                             : Drops{});
  EXPECT_EQ(dataplane::Get(rig.stats().copies), static_cast<uint64_t>(packets) * static_cast<uint64_t>(fan_out));
}

std::vector<Size> AllSizes() {
  std::vector<Size> sizes;
  for (const int packets : {0, 1, 31, 32, 33, 91}) {
    for (const int fan_out : {0, 1, 4, 5, 8, 13, 14, 255, 256, 257, 300, 1024}) {
      // The largest products only where a boundary is crossed.
      if (packets > 33 && fan_out > 300) continue;
      for (const bool ipv6 : {false, true}) sizes.push_back({packets, fan_out, ipv6});
    }
  }
  return sizes;
}
INSTANTIATE_TEST_SUITE_P(All, BurstAndFanOut, ::testing::ValuesIn(AllSizes()), [](const auto& info) {
  return std::to_string(info.param.packets) + (info.param.ipv6 ? "ipv6" : "ipv4") + "packets" +
         std::to_string(info.param.fan_out) + "oifs";
});

TEST(Replicate, KeepsStreamsApartInOneBurst) {
  // Invariant: whatever streams share a burst, every oif gets exactly the packets of the streams
  // that name it, each stream's in order. Random entries, random order, groups of equal and of
  // different oifs.
  WorkerRig rig;
  rig.AddInterface(kIn, 0);
  AddOutputs(rig, 12);
  std::mt19937 random(3);
  std::vector<std::vector<int>> oifs_of(20);
  for (int stream = 0; stream < 20; ++stream) {
    for (int n = 0; n < 12; ++n) {
      if (random() % 3 == 0) oifs_of[size_t(stream)].push_back(n + 1);
    }
    if (stream % 4 == 1) oifs_of[size_t(stream)] = oifs_of[size_t(stream) - 1];
    rig.AddEntry(SourceGroup("10.0.0.1", "239.1.1." + std::to_string(stream)), kIn, oifs_of[size_t(stream)]);
  }
  for (int round = 0; round < 50; ++round) {
    std::map<std::pair<int, int>, std::map<int, std::vector<Bytes>>> expected;  // by output, by stream
    int stream = 0;
    for (int p = 0; p < 91; ++p) {
      if (round % 2 == 0 || p % 12 == 0) stream = static_cast<int>(random() % 20);
      const PacketBuilder packet = Packet().To("239.1.1." + std::to_string(stream)).Id(p);
      rig.Receive(0, PacketBuilder(packet).Build());
      for (const int oif : oifs_of[size_t(stream)]) {
        expected[{PortOf(oif - 1), VlanOf(oif - 1)}][stream].push_back(CopyFor(oif - 1, packet));
      }
    }
    rig.Turn();
    std::map<std::pair<int, int>, std::map<int, std::vector<Bytes>>> sent;
    for (int port = 1; port < kRigPorts; ++port) {
      for (Bytes& frame : rig.Sent(port)) {
        const int vlan = frame[12] == 0x81 ? frame[14] << 8 | frame[15] : 0;
        const int group = frame[vlan == 0 ? 33 : 37];
        sent[{port, vlan}][group].push_back(std::move(frame));
      }
    }
    ASSERT_EQ(sent, expected) << "round " << round;
  }
}

TEST(Replicate, NeverSendsBackToTheArrivalInterface) {
  // Invariant: OIL minus arrival interface, charged to that oif; other interfaces of the same port
  // are served.
  WorkerRig rig;
  rig.AddInterface(kIn, 1);
  rig.AddInterface(1, 1, 7);
  rig.AddInterface(2, 2);
  rig.AddEntry(kKey, kIn, {kIn, 1, 2});
  for (int i = 0; i < 20; ++i) rig.Receive(1, Packet().Build());
  rig.Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kArrivalInterface, 20}}));
  EXPECT_EQ(rig.exceptions(kKey, kIn), (Drops{{DropReason::kArrivalInterface, 20}}));
  const auto sent = rig.Sent(1);
  EXPECT_EQ(sent.size(), 20u);
  for (const Bytes& frame : sent) EXPECT_EQ(frame, Packet().Ttl(63).SourceMac(MacOf(1)).Vlan(7).Build());
  EXPECT_EQ(rig.DiscardSent(2), 20u);
}

TEST(Replicate, ComparesTheTtlAsReceivedWithTheThreshold) {
  // Invariant: an oif gets a packet iff TTL as received > threshold; 0 and 255 mean never. Packets
  // are judged one by one, alone in a burst, among others, and where all of a burst are alike.
  WorkerRig rig;
  rig.AddInterface(kIn, 0);
  rig.AddInterface(1, {.port = 1, .ttl_threshold = 16});
  rig.AddInterface(2, {.port = 2, .ttl_threshold = 0});
  rig.AddInterface(3, {.port = 3, .ttl_threshold = 255});
  rig.AddInterface(4, {.port = 4, .ttl_threshold = 1});
  rig.AddEntry(kKey, kIn, {1, 2, 3, 4});
  for (const int ttl : {2, 15, 16, 17, 18, 254, 255, 16, 17}) rig.Receive(0, Packet().Ttl(ttl).Build());
  rig.Turn();
  std::vector<Bytes> expected;
  for (const int ttl : {17, 18, 254, 255, 17}) {
    expected.push_back(Packet().Ttl(ttl - 1).SourceMac(MacOf(1)).Build());
  }
  EXPECT_EQ(rig.Sent(1), expected);
  EXPECT_EQ(rig.DiscardSent(2), 0u);
  EXPECT_EQ(rig.DiscardSent(3), 0u);
  EXPECT_EQ(rig.DiscardSent(4), 9u);
  EXPECT_EQ(rig.exceptions(kKey, 1), (Drops{{DropReason::kTtlThreshold, 4}}));
  EXPECT_EQ(rig.exceptions(kKey, 2), (Drops{{DropReason::kTtlThreshold, 9}}));
  EXPECT_EQ(rig.exceptions(kKey, 3), (Drops{{DropReason::kTtlThreshold, 9}}));
}

TEST(Replicate, JudgesEveryPacketOfAGroupThatIsSentTogether) {
  // Invariant: whether one packet of a burst is unlike the others, and which, changes only its own
  // copies: a TTL at the threshold, a length above the MTU. Nobody is judged by the first of the
  // burst.
  for (const int burst : {1, 7, 8, 64}) {
    for (const int odd : {-1, 0, burst / 2, burst - 1}) {
      WorkerRig rig;
      rig.AddInterface(kIn, 0);
      rig.AddInterface(1, {.port = 1, .ttl_threshold = 16});
      rig.AddInterface(2, {.port = 2, .mtu = 100});
      rig.AddInterface(3, 3);
      rig.AddEntry(kKey, kIn, {1, 2, 3});
      for (int p = 0; p < burst; ++p) rig.Receive(0, Packet().Ttl(p == odd ? 16 : 17).Build());
      rig.Turn();
      const auto all = static_cast<size_t>(burst);
      const size_t but_one = all - (odd < 0 ? 0 : 1);
      EXPECT_EQ(rig.DiscardSent(1), but_one) << burst << " " << odd;
      EXPECT_EQ(rig.DiscardSent(2), all);
      EXPECT_EQ(rig.DiscardSent(3), all);
      for (int p = 0; p < burst; ++p) {
        rig.Receive(0, Packet().DontFragment().Payload(p == odd ? 81 : 80).Build());
      }
      rig.Turn();
      EXPECT_EQ(rig.DiscardSent(1), all);
      EXPECT_EQ(rig.DiscardSent(2), but_one) << burst << " " << odd;
      EXPECT_EQ(rig.DiscardSent(3), all);
    }
  }
  // A burst that is all alike and at the threshold.
  WorkerRig rig;
  rig.AddInterface(kIn, 0);
  rig.AddInterface(1, {.port = 1, .ttl_threshold = 16});
  rig.AddEntry(kKey, kIn, {1});
  for (int p = 0; p < 20; ++p) rig.Receive(0, Packet().Ttl(16).Build());
  rig.Turn();
  EXPECT_EQ(rig.DiscardSent(1), 0u);
}

TEST(Replicate, SkipsOutputsThatAreDownOrHaveNoPort) {
  // Invariant: such an oif is charged, the others are served, also when the skipped one is the
  // last.
  for (const std::vector<int>& oifs : {std::vector{1, 2, 3}, std::vector{3, 2, 1}, std::vector{1, 3}}) {
    WorkerRig rig;
    rig.AddInterface(kIn, 0);
    rig.AddInterface(1, {.port = dataplane::kNoPort});
    rig.AddInterface(2, 2);
    rig.AddInterface(3, 3);
    rig.interfaces().SetUp(SlotOf(3), false);
    rig.AddEntry(kKey, kIn, oifs);
    for (int i = 0; i < 9; ++i) rig.Receive(0, Packet().Build());
    rig.Turn();
    EXPECT_EQ(rig.DiscardSent(2), oifs.size() == 3 ? 9u : 0u);
    EXPECT_EQ(rig.DiscardSent(3), 0u);
    EXPECT_EQ(rig.drops(), (Drops{{DropReason::kOifDown, 18}}));
    EXPECT_EQ(rig.exceptions(kKey, 1), (Drops{{DropReason::kOifDown, 9}}));
    EXPECT_EQ(rig.exceptions(kKey, 3), (Drops{{DropReason::kOifDown, 9}}));
  }
}

TEST(Replicate, WritesTheGroupsMacFromItsLow23Bits) {
  // Invariant: RFC 1112 section 6.4; the destination written by the sender does not matter.
  WorkerRig rig;
  rig.AddInterface(kIn, 0);
  AddOutputs(rig, 5);
  rig.AddEntry(AnySource("224.0.0.0", 4), kIn, {1, 5});
  for (const char* group : {"224.128.1.2", "225.0.1.2", "239.255.255.255", "232.127.0.1"}) {
    rig.AddEntry(SourceGroup("10.0.0.1", group), kIn, {1, 5});
    rig.Receive(0, Packet().To(group).DestinationMac({0x01, 0, 0x5E, 0x11, 0x22, 0x33}).Build());
    rig.Turn();
    EXPECT_EQ(rig.Sent(1), (Frames{CopyFor(0, Packet().To(group)), CopyFor(4, Packet().To(group))})) << group;
  }
}

TEST(Replicate, CopiesJumboAndMultiSegmentPackets) {
  // Invariant: how a packet lies in memory, and how long it is, changes nothing in what leaves,
  // with chains or without, of either family.
  for (const auto& [multi_segs, ipv6] :
       {std::pair(true, false), std::pair(false, false), std::pair(true, true), std::pair(false, true)}) {
    WorkerRig rig({.copy_buffers = 512, .frame = 9216, .multi_segs = multi_segs});
    rig.AddInterface(kIn, 0);
    for (int slot = 1; slot <= 3; ++slot) {
      rig.AddInterface(
          slot, {.port = static_cast<uint16_t>(slot), .vlan = static_cast<uint16_t>(slot == 2 ? 9 : 0), .mtu = 9000});
    }
    AddEntries(rig, {1, 2, 3});
    const std::vector<std::vector<size_t>> layouts = {{9216}, {100, 1000, 1, 2000}, {34, 5000}, {20, 20, 20}, {4000}};
    std::vector<Bytes> expected[4];
    for (const size_t payload : {0u, 1u, 29u, 1472u, 4000u, 8952u}) {
      for (const auto& layout : layouts) {
        const PacketBuilder packet = Packet(ipv6).Payload(payload);
        rig.ReceiveInSegments(0, PacketBuilder(packet).Build(), layout);
        for (int slot = 1; slot <= 3; ++slot) {
          PacketBuilder copy = PacketBuilder(packet).Ttl(63).SourceMac(MacOf(slot));
          expected[slot].push_back(slot == 2 ? copy.Vlan(9).Build() : copy.Build());
        }
      }
    }
    rig.Turn();
    for (int slot = 1; slot <= 3; ++slot) EXPECT_EQ(rig.Sent(slot), expected[slot]) << slot << multi_segs << ipv6;
    EXPECT_EQ(rig.drops(), Drops{});
  }
}

TEST(Replicate, ChainsBuffersForFramesThatNoneHoldsWhereThePortCan) {
  // Invariant: a frame longer than a copy buffer leaves in a chain on ports that take chains;
  // elsewhere the copy is dropped as frame_too_long, once for each oif.
  for (const bool multi_segs : {true, false}) {
    WorkerRig rig({.frame = 1024, .multi_segs = multi_segs});
    rig.AddInterface(kIn, 0);
    rig.AddInterface(1, {.port = 1, .mtu = 9000});
    rig.AddInterface(2, {.port = 2, .mtu = 9000});
    rig.AddEntry(kKey, kIn, {1, 2});
    rig.ReceiveInSegments(0, Packet().Payload(5000).Build(), {1000, 1000, 1000, 1000, 1000});
    rig.Turn();
    if (multi_segs) {
      EXPECT_EQ(rig.Sent(1), Frames{Packet().Payload(5000).Ttl(63).SourceMac(MacOf(1)).Build()});
      EXPECT_EQ(rig.Sent(2), Frames{Packet().Payload(5000).Ttl(63).SourceMac(MacOf(2)).Build()});
      EXPECT_EQ(rig.drops(), Drops{});
    } else {
      EXPECT_EQ(rig.drops(), (Drops{{DropReason::kFrameTooLong, 2}}));
      EXPECT_EQ(rig.exceptions(kKey, 2), (Drops{{DropReason::kFrameTooLong, 1}}));
    }
  }
}

}  // namespace
}  // namespace mgmd::testing
