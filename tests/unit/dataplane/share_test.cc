// Sharing: header mbufs in front of one payload must look, and be freed, like copies.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

using Drops = std::map<DropReason, uint64_t>;
constexpr int kIn = 0;
const Ipv4FibKey kKey = SourceGroup("10.0.0.1", "239.1.1.1");

PacketBuilder Packet() { return PacketBuilder(); }
Bytes CopyFor(int slot, PacketBuilder packet) {
  packet.Ttl(63).SourceMac(MacOf(slot));
  if (slot > 4) packet.Vlan(slot);
  return packet.Build();
}

RigOptions Sharing() { return {.header_buffers = 512, .share_above = 300}; }

void AddOutputs(WorkerRig& rig) {
  rig.AddInterface(kIn, 0);
  for (int slot = 1; slot <= 8; ++slot) rig.AddInterface(slot, 1 + (slot - 1) % 4, slot > 4 ? slot : 0);
}

TEST(Share, SendsTheSameFramesAsCopying) {
  // Invariant: with sharing on, every oif still gets every packet with its own header; copies are
  // made only of what is not longer than share_above. Packets of both families, in one or in several
  // segments, with options or without.
  WorkerRig rig(Sharing());
  AddOutputs(rig);
  rig.AddEntry(kKey, kIn, {1, 2, 5, 6});
  rig.AddEntry(KeyOf<Ipv6>("2001:db8::1", "ff0e::1"), kIn, {1, 2, 5, 6});
  std::vector<PacketBuilder> packets;
  for (const size_t payload : {10u, 257u, 258u, 259u, 600u, 1400u}) {
    packets.push_back(Packet().Payload(payload));
    packets.push_back(Packet().Payload(payload).Options(Bytes(12, 1)));
  }
  for (const size_t payload : {10u, 245u, 246u, 247u, 600u, 1400u}) {
    packets.push_back(PacketBuilder::Ipv6().Payload(payload));
    packets.push_back(PacketBuilder::Ipv6().Payload(payload).Extension(60, Bytes(14, 1)));
  }
  std::map<int, std::vector<Bytes>> expected;
  for (const PacketBuilder& packet : packets) {
    rig.Receive(0, PacketBuilder(packet).Build());
    rig.ReceiveInSegments(0, PacketBuilder(packet).Build(), {34, 100});
    rig.ReceiveInSegments(0, PacketBuilder(packet).Build(), {100, 50, 50});
    for (int i = 0; i < 3; ++i) {
      for (const int slot : {1, 2, 5, 6}) expected[slot].push_back(CopyFor(slot, packet));
    }
  }
  rig.Turn();
  for (const int port : {1, 2}) {
    std::vector<Bytes> plain, tagged;
    for (Bytes& frame : rig.Sent(port)) (frame[12] == 0x81 ? tagged : plain).push_back(std::move(frame));
    EXPECT_EQ(plain, expected[port]);
    EXPECT_EQ(tagged, expected[port + 4]);
  }
  EXPECT_EQ(rig.drops(), Drops{});
}

TEST(Share, SharesNoPacketWithoutPayload) {
  // Invariant: what consists of headers alone is copied, whatever share_above says.
  WorkerRig rig({.header_buffers = 512, .share_above = 0});
  AddOutputs(rig);
  rig.AddEntry(kKey, kIn, {1, 2, 5});
  Bytes headers = Packet().Payload(0).Build();
  headers.resize(34);
  headers[17] = 20;
  headers[24] = headers[25] = 0;
  uint32_t sum = 0;
  for (size_t at = 14; at < 34; at += 2) sum += headers[at] << 8u | headers[at + 1];
  sum = (sum & 0xFFFF) + (sum >> 16);
  sum = ~((sum & 0xFFFF) + (sum >> 16));
  headers[24] = static_cast<uint8_t>(sum >> 8);
  headers[25] = static_cast<uint8_t>(sum);
  for (int i = 0; i < 12; ++i) rig.Receive(0, headers);
  rig.Turn();
  EXPECT_LE(rig.available(rig.copy_pool()), 4096u - 24);
  EXPECT_EQ(rig.DiscardSent(1), 24u);
  EXPECT_EQ(rig.DiscardSent(2), 12u);
  EXPECT_EQ(rig.drops(), Drops{});
}

TEST(Share, CopiesNoPayload) {
  // Invariant: what is shared takes header buffers only.
  WorkerRig rig(Sharing());
  AddOutputs(rig);
  rig.AddEntry(kKey, kIn, {1, 2, 3, 4, 5});
  rig.Receive(0, Packet().Payload(1000).Build());
  rig.Turn();
  EXPECT_EQ(rig.available(rig.copy_pool()), 4096u);
  EXPECT_EQ(rig.available(rig.rx_pool()), 1023u);
  // The payload lives until the last of its frames has been sent.
  EXPECT_EQ(rig.DiscardSent(1) + rig.DiscardSent(2) + rig.DiscardSent(3), 4u);
  EXPECT_EQ(rig.available(rig.rx_pool()), 1023u);
  EXPECT_EQ(rig.Sent(4), Frames{CopyFor(4, Packet().Payload(1000))});
  EXPECT_EQ(rig.available(rig.rx_pool()), 1024u);
}

TEST(Share, LosesNoReferenceWhenOutputsFallOut) {
  // Invariant: stale, down, too small or fragmenting oifs among sharing ones change nothing for the
  // others, in any order, and every buffer comes back (the rig checks).
  const std::vector<std::vector<int>> orders = {{1, 2, 3, 4, 5, 6},
                                                {6, 5, 4, 3, 2, 1},
                                                {5, 1, 6, 2, 3, 4},
                                                {3, 1, 4, 2, 6, 5},
                                                {1, 3},
                                                {3, 1},
                                                {3},
                                                {1, 5},
                                                {5, 1}};
  for (const auto& oifs : orders) {
    WorkerRig rig(Sharing());
    AddOutputs(rig);
    rig.AddInterface(3, {.port = 3, .mtu = 600});  // fragments
    rig.AddEntry(kKey, kIn, oifs);
    rig.Bump(5);                               // stale
    rig.interfaces().SetUp(SlotOf(4), false);  // down
    for (int i = 0; i < 12; ++i) rig.Receive(0, Packet().Payload(800).Build());
    rig.Turn();
    const auto count = [&](int slot) { return std::count(oifs.begin(), oifs.end(), slot) * 12; };
    EXPECT_EQ(rig.DiscardSent(1), size_t(count(1)));
    EXPECT_EQ(rig.DiscardSent(2), size_t(count(2) + count(6)));
    EXPECT_EQ(rig.DiscardSent(3), size_t(count(3) * 2));
    EXPECT_EQ(rig.DiscardSent(4), 0u);
    EXPECT_EQ(rig.drops(DropReason::kStaleOif), uint64_t(count(5)));
    EXPECT_EQ(rig.drops(DropReason::kOifDown), uint64_t(count(4)));
  }
}

TEST(Share, CountsCopiesThatFindNoHeaderBuffer) {
  // Invariant: an empty header pool costs the copies it cannot serve, each counted for its oif, and
  // no mbuf.
  RigOptions options = Sharing();
  options.header_buffers = 5;
  WorkerRig rig(options);
  AddOutputs(rig);
  rig.AddEntry(kKey, kIn, {1, 2, 3, 4});
  for (int i = 0; i < 3; ++i) rig.Receive(0, Packet().Payload(1000).Build());
  rig.Turn();
  size_t sent = 0;
  for (int port = 1; port <= 4; ++port) sent += rig.DiscardSent(port);
  EXPECT_EQ(sent, 5u);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kNoBuffers, 7}}));
  uint64_t charged = 0;
  for (int slot = 1; slot <= 4; ++slot) charged += rig.exceptions(kKey, slot)[DropReason::kNoBuffers];
  EXPECT_EQ(charged, 7u);
}

TEST(Share, IsNotDoneWhereThePortTakesNoChains) {
  // Invariant: without MULTI_SEGS every frame that leaves is one segment.
  RigOptions options = Sharing();
  options.multi_segs = false;
  WorkerRig rig(options);
  AddOutputs(rig);
  rig.AddEntry(kKey, kIn, {1, 2});
  rig.Receive(0, Packet().Payload(1000).Build());
  rig.Turn();
  EXPECT_EQ(rig.Sent(1), Frames{CopyFor(1, Packet().Payload(1000))});
  EXPECT_EQ(rig.Sent(2), Frames{CopyFor(2, Packet().Payload(1000))});
}

}  // namespace
}  // namespace mgmd::testing
