// Packets larger than an oif's MTU (RFC 791 section 3.2, RFC 1812 sections 4.2.2.7 and 5.2.1.3).

#include "dataplane/replicate/fragment.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

using Drops = std::map<DropReason, uint64_t>;
constexpr int kIn = 0;
const Ipv4FibKey kKey = SourceGroup("10.0.0.1", "239.1.1.1");

PacketBuilder Packet() { return PacketBuilder(); }

struct Piece {
  int offset;
  int octets;
  bool more;
};

struct Case {
  const char* what;
  int mtu;
  int payload;
  int offset = 0;  // of the packet itself
  bool more = false;
  Bytes options = {};
  Bytes later_options = {};
  std::vector<Piece> pieces;
};

const Case kCases[] = {
    {.what = "fits exactly", .mtu = 100, .payload = 80, .pieces = {{0, 80, false}}},
    {.what = "one octet too many", .mtu = 100, .payload = 81, .pieces = {{0, 80, true}, {80, 1, false}}},
    {.what = "room is no multiple of eight", .mtu = 103, .payload = 83, .pieces = {{0, 83, false}}},
    {.what = "only the last piece may use the odd octets",
     .mtu = 103,
     .payload = 163,
     .pieces = {{0, 80, true}, {80, 83, false}}},
    {.what = "many pieces at the smallest MTU",
     .mtu = 68,
     .payload = 200,
     .pieces = {{0, 48, true}, {48, 48, true}, {96, 48, true}, {144, 48, true}, {192, 8, false}}},
    {.what = "a first fragment", .mtu = 100, .payload = 160, .more = true, .pieces = {{0, 80, true}, {80, 80, true}}},
    {.what = "a middle fragment",
     .mtu = 100,
     .payload = 160,
     .offset = 1600,
     .more = true,
     .pieces = {{1600, 80, true}, {1680, 80, true}}},
    {.what = "a last fragment",
     .mtu = 100,
     .payload = 100,
     .offset = 800,
     .pieces = {{800, 80, true}, {880, 20, false}}},
    {.what = "copied options go into all pieces",
     .mtu = 100,
     .payload = 150,
     .options = {0x82, 4, 7, 8},
     .later_options = {0x82, 4, 7, 8},
     .pieces = {{0, 72, true}, {72, 72, true}, {144, 6, false}}},
    {.what = "other options stay in the first piece",
     .mtu = 100,
     .payload = 150,
     .options = {7, 7, 4, 1, 2, 3, 4, 0},
     .pieces = {{0, 72, true}, {72, 78, false}}},
    {.what = "of several options the copied ones, padded",
     .mtu = 100,
     .payload = 150,
     .options = {1, 0x83, 3, 4, 7, 3, 4, 0x88, 4, 1, 2, 0},
     .later_options = {0x83, 3, 4, 0x88, 4, 1, 2, 0},
     .pieces = {{0, 64, true}, {64, 72, true}, {136, 14, false}}},
    {.what = "options that make no sense end the list",
     .mtu = 100,
     .payload = 100,
     .options = {0x82, 4, 1, 2, 0x83, 200, 0, 0},
     .later_options = {0x82, 4, 1, 2},
     .pieces = {{0, 72, true}, {72, 28, false}}},
    {.what = "forty octets of options at the smallest MTU",
     .mtu = 68,
     .payload = 20,
     .options = Bytes(40, 1),
     .pieces = {{0, 8, true}, {8, 12, false}}},
};

std::vector<Bytes> Expected(const Case& c, int slot, int vlan) {
  std::vector<Bytes> frames;
  for (const Piece& piece : c.pieces) {
    const bool first = piece.offset == c.offset;
    PacketBuilder packet = Packet().Ttl(63).SourceMac(MacOf(slot)).Fragment(piece.offset, piece.more);
    packet.Options(first ? c.options : c.later_options).Payload(size_t(piece.octets), piece.offset - c.offset);
    if (vlan != 0) packet.Vlan(vlan);
    frames.push_back(packet.Build());
  }
  return frames;
}

TEST(Fragment, CutsAsRfc791Says) {
  // Invariant: every piece is a valid packet of at most the MTU; offsets, the more-fragments bit,
  // options and octets are those of RFC 791; a fragment of a fragment keeps its place. Untagged and
  // tagged, one segment and several; an oif with a large MTU gets the packet whole.
  for (const Case& c : kCases) {
    WorkerRig rig;
    rig.AddInterface(kIn, 0);
    rig.AddInterface(1, {.port = 1, .mtu = static_cast<uint16_t>(c.mtu)});
    rig.AddInterface(2, {.port = 2, .vlan = 5, .mtu = static_cast<uint16_t>(c.mtu)});
    rig.AddInterface(3, 3);
    rig.AddEntry(kKey, kIn, {1, 2, 3});
    PacketBuilder packet = Packet().Fragment(c.offset, c.more).Options(c.options).Payload(size_t(c.payload));
    const Bytes whole = PacketBuilder(packet).Ttl(63).SourceMac(MacOf(3)).Build();
    rig.Receive(0, packet.Build());
    rig.Turn();
    EXPECT_EQ(rig.Sent(1), Expected(c, 1, 0)) << c.what;
    EXPECT_EQ(rig.Sent(2), Expected(c, 2, 5)) << c.what;
    EXPECT_EQ(rig.Sent(3), Frames{whole}) << c.what;
    rig.ReceiveInSegments(0, packet.Build(), {20, 30, 40, 11});
    rig.Turn();
    EXPECT_EQ(rig.Sent(1), Expected(c, 1, 0)) << c.what;
    EXPECT_EQ(rig.Sent(2), Expected(c, 2, 5)) << c.what;
    EXPECT_EQ(rig.Sent(3), Frames{whole}) << c.what;
    EXPECT_EQ(rig.drops(), Drops{}) << c.what;
    EXPECT_EQ(rig.counts(kKey).packets, 2u) << c.what;
  }
}

TEST(Fragment, DropsWhatMustNotBeCut) {
  // Invariant: with Don't Fragment the copy is dropped as fragmentation_needed, for that oif only.
  WorkerRig rig;
  rig.AddInterface(kIn, 0);
  rig.AddInterface(1, {.port = 1, .mtu = 100});
  rig.AddInterface(2, 2);
  rig.AddEntry(kKey, kIn, {1, 2});
  rig.Receive(0, Packet().Payload(80).DontFragment().Build());
  rig.Receive(0, Packet().Payload(81).DontFragment().Build());
  rig.Turn();
  EXPECT_EQ(rig.Sent(1), Frames{Packet().Payload(80).DontFragment().Ttl(63).SourceMac(MacOf(1)).Build()});
  EXPECT_EQ(rig.DiscardSent(2), 2u);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kFragmentationNeeded, 1}}));
  EXPECT_EQ(rig.exceptions(kKey, 1), (Drops{{DropReason::kFragmentationNeeded, 1}}));
}

TEST(Fragment, KeepsTheOrderOfPacketsAroundIt) {
  // Invariant: order per (S,G) and oif holds where short packets stand between fragmented ones.
  WorkerRig rig;
  rig.AddInterface(kIn, 0);
  rig.AddInterface(1, {.port = 1, .mtu = 100});
  rig.AddInterface(2, 2);
  rig.AddEntry(kKey, kIn, {1, 2});
  std::vector<int> expected;
  for (int p = 0; p < 91; ++p) {
    const bool large = p % 3 == 0 || p > 80;
    rig.Receive(0, Packet().Id(p).Payload(large ? 150 : 50).Build());
    expected.insert(expected.end(), large ? 2 : 1, p);
  }
  rig.Turn();
  std::vector<int> ids;
  for (const Bytes& frame : rig.Sent(1)) ids.push_back(frame[18] << 8 | frame[19]);
  EXPECT_EQ(ids, expected);
  EXPECT_EQ(rig.DiscardSent(2), 91u);
}

TEST(Fragment, CountsAPacketOnceHoweverManyOfItsPiecesAreLost) {
  // Invariant: packets * 1 = copies complete + copies charged: a copy with a lost piece is one lost
  // copy, whether the device was full or the pool empty.
  for (const uint32_t room : {0u, 1u, 4u, 5u, 7u, 30u, 64u, 65u, 100u, 200u}) {
    WorkerRig rig;
    rig.AddInterface(kIn, 0);
    rig.AddInterface(1, {.port = 1, .mtu = 68});
    rig.AddEntry(kKey, kIn, {1});
    rig.LimitTx(1, room);
    for (int p = 0; p < 40; ++p) rig.Receive(0, Packet().Id(p).Payload(200).Build());  // five pieces each
    rig.Turn();
    EXPECT_EQ(rig.DiscardSent(1), room);
    EXPECT_EQ(rig.exceptions(kKey, 1)[DropReason::kTxFull], 40 - room / 5) << room;
  }
  // A copy lost whole, then one that loses its last pieces: two copies.
  WorkerRig two;
  two.AddInterface(kIn, 0);
  two.AddInterface(1, {.port = 1, .mtu = 68});
  two.AddEntry(kKey, kIn, {1});
  for (const uint32_t room : {0u, 2u}) {
    two.LimitTx(1, room);
    two.Receive(0, Packet().Payload(200).Build());
    two.Turn();
    EXPECT_EQ(two.DiscardSent(1), room);
  }
  EXPECT_EQ(two.exceptions(kKey, 1), (Drops{{DropReason::kTxFull, 2}}));
}

TEST(Fragment, CountsAPacketOnceWhenBuffersRunOut) {
  // Invariant: as above, with a pool that runs dry between the pieces.
  for (const uint32_t buffers : {1u, 4u, 5u, 12u}) {
    WorkerRig rig({.copy_buffers = buffers, .frame = 256});
    rig.AddInterface(kIn, 0);
    rig.AddInterface(1, {.port = 1, .mtu = 68});
    rig.AddEntry(kKey, kIn, {1});
    for (int p = 0; p < 3; ++p) rig.Receive(0, Packet().Id(p).Payload(200).Build());
    rig.Turn();
    EXPECT_EQ(rig.exceptions(kKey, 1), (Drops{{DropReason::kNoBuffers, 3 - buffers / 5}})) << buffers;
    EXPECT_EQ(rig.DiscardSent(1), buffers);
  }
}

TEST(Fragment, CountsEveryCopyWhereBuffersRunOutBehindLostFragments) {
  // Invariant: a copy that finds no buffer for its first fragment is counted, although fragments of
  // the copy before wait to be refused by the device. With two buffers it is every other copy.
  for (uint32_t buffers = 1; buffers <= 20; ++buffers) {
    WorkerRig rig({.copy_buffers = buffers, .frame = 256});
    rig.AddInterface(kIn, 0);
    rig.AddInterface(1, {.port = 1, .mtu = 100});
    rig.AddEntry(kKey, kIn, {1});
    rig.LimitTx(1, 0);
    for (int p = 0; p < 19; ++p) rig.Receive(0, Packet().Id(p).Payload(150).Build());  // two pieces
    rig.Turn();
    EXPECT_EQ(rig.DiscardSent(1), 0u);
    EXPECT_EQ(rig.counts(kKey).packets, 19u);
    const Drops lost = rig.exceptions(kKey, 1);
    uint64_t copies = 0;
    for (const auto& [reason, count] : lost) copies += count;
    EXPECT_EQ(copies, 19u) << buffers << " buffers";
    EXPECT_EQ(rig.drops(), lost);
  }
}

}  // namespace
}  // namespace mgmd::testing
