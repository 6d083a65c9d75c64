// What is taken for IPv4 multicast and what is not: one frame in, its verdict out. IPv6: parse_ipv6_test.cc.

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

constexpr int kIn = 0;
constexpr int kInTagged = 1;
constexpr int kOut = 2;
constexpr int kDown = 3;
constexpr int kDisabled = 4;

PacketBuilder Packet() { return PacketBuilder(); }

class Parse : public ::testing::Test {
 protected:
  Parse() {
    rig_.AddInterface(kIn, 0);
    rig_.AddInterface(kInTagged, 0, 100);
    rig_.AddInterface(kOut, 1);
    rig_.AddInterface(kDown, 0, 200);
    rig_.AddInterface(kDisabled, 0, 300);
    rig_.interfaces().SetUp(SlotOf(kDown), false);
    rig_.interfaces().SetEnabled(SlotOf(kDisabled), false);
    rig_.AddEntry(AnySource("224.0.0.0", 4), kIn, {kOut});
  }
  // The packet as it has to leave, untagged by kOut.
  static Bytes Forwarded(PacketBuilder packet, int ttl = 63) { return packet.Ttl(ttl).SourceMac(MacOf(kOut)).Build(); }

  WorkerRig rig_;
};

TEST_F(Parse, RejectsEveryInvalidPacketForItsReason) {
  // Invariant: an invalid packet is dropped, counted once for the first rule that it breaks, and
  // nothing leaves.
  using enum DropReason;
  struct Case {
    const char* what;
    Bytes frame;
    DropReason reason;
  };
  const Bytes own = MacOf(kIn);
  const Bytes another = {2, 0, 0, 0, 0, 1};
  const Case cases[] = {
      {"one octet", Packet().CutTo(1).Build(), kFrameTruncated},
      {"no whole Ethernet header", Packet().CutTo(13).Build(), kFrameTruncated},
      {"Ethernet header only", Packet().CutTo(14).Build(), kFrameTruncated},
      {"half a tag", Packet().Vlan(100).CutTo(16).Build(), kFrameTruncated},
      {"tag only", Packet().Vlan(100).CutTo(18).Build(), kFrameTruncated},
      {"half an IP header", Packet().CutTo(33).Build(), kFrameTruncated},
      {"half an IP header after a tag", Packet().Vlan(100).CutTo(37).Build(), kFrameTruncated},
      {"ARP", Packet().EtherType(0x0806).Build(), kNoConsumer},
      {"LLDP", Packet().EtherType(0x88CC).Build(), kUnsupportedEthertype},
      {"LLDP for a VLAN without interface", Packet().EtherType(0x88CC).Vlan(101).Build(), kUnknownVlan},
      {"an 802.3 length", Packet().EtherType(46).Build(), kUnsupportedEthertype},
      {"two tags", Packet().Vlan(100).SecondVlan(100).Build(), kUnsupportedEthertype},
      {"a service tag", Packet().EtherType(0x88A8).Build(), kUnsupportedEthertype},
      {"a VLAN without interface", Packet().Vlan(101).Build(), kUnknownVlan},
      {"VLAN 4095", Packet().Vlan(4095).Build(), kUnknownVlan},
      {"an interface that is down", Packet().Vlan(200).Build(), kInterfaceDown},
      {"version 6", Packet().Version(6).Build(), kIpVersion},
      {"IPv4 that says it is IPv6", Packet().Payload(30).EtherType(0x86DD).Build(), kIpVersion},
      {"version 0", Packet().Version(0).Build(), kIpVersion},
      {"header of 16 octets", Packet().HeaderWords(4).Build(), kIpHeaderLength},
      {"header of 0 octets", Packet().HeaderWords(0).Build(), kIpHeaderLength},
      {"total length below the header", Packet().TotalLength(19).Build(), kIpTotalLength},
      {"total length above the frame", Packet().TotalLength(39).Build(), kIpTotalLength},
      {"options longer than the packet", Packet().HeaderWords(15).Build(), kIpTotalLength},
      {"IGMP to a group of hosts", Packet().Protocol(2).Build(), kNoConsumer},
      {"IGMP with TTL 1", Packet().Protocol(2).Ttl(1).Build(), kNoConsumer},
      {"IGMP with router alert", Packet().Protocol(2).Options({148, 4, 0, 0}).Build(), kNoConsumer},
      {"IGMP with another option", Packet().Protocol(2).Options({1, 1, 1, 1}).Build(), kNoConsumer},
      {"IGMP to all systems", Packet().Protocol(2).To("224.0.0.1").Build(), kNoConsumer},
      {"IGMP to an address", Packet().Protocol(2).To("10.0.0.9").Build(), kNoConsumer},
      {"IGMP of a host without an address", Packet().Protocol(2).From("0.0.0.0").Build(), kNoConsumer},
      {"a first fragment of IGMP", Packet().Protocol(2).Fragment(0, true).Payload(8).Build(), kNoConsumer},
      {"a last fragment of IGMP", Packet().Protocol(2).Fragment(1480, false).Build(), kNoConsumer},
      {"IGMP with a tag", Packet().Protocol(2).Vlan(100).Build(), kNoConsumer},
      {"IGMP on an interface without owner", Packet().Protocol(2).Vlan(300).Build(), kNoConsumer},
      {"IGMP on an interface that is down", Packet().Protocol(2).Vlan(200).Build(), kInterfaceDown},
      {"IGMP longer than its frame", Packet().Protocol(2).TotalLength(39).Build(), kIpTotalLength},
      {"wrong checksum", Packet().Checksum(0x1234).Build(), kIpChecksum},
      {"checksum of all zeros", Packet().Checksum(0).Build(), kIpChecksum},
      {"wrong checksum over options", Packet().Options({1, 1, 1, 0}).Checksum(1).Build(), kIpChecksum},
      {"unicast IP to a multicast MAC", Packet().To("10.0.0.9").Build(), kUnicastInMulticastFrame},
      {"unicast IP to a multicast MAC with a wrong checksum", Packet().To("10.0.0.9").Checksum(1).Build(),
       kUnicastInMulticastFrame},
      {"unicast IP in a broadcast frame", Packet().To("10.0.0.9").DestinationMac(Bytes(6, 255)).Build(), kNoConsumer},
      {"unicast", Packet().To("10.0.0.9").DestinationMac(own).Build(), kNoConsumer},
      {"class E destination", Packet().To("240.0.0.1").DestinationMac(own).Build(), kNoConsumer},
      {"a stream for another station", Packet().DestinationMac(another).Build(), kNotForUs},
      {"the same with a tag", Packet().DestinationMac(another).Vlan(100).Build(), kNotForUs},
      {"the same on an interface without owner", Packet().DestinationMac(another).Vlan(300).Build(), kNotForUs},
      {"the same on an interface that is down", Packet().DestinationMac(another).Vlan(200).Build(), kInterfaceDown},
      {"what is no IP, for another station", Packet().DestinationMac(another).Version(6).Build(), kNotForUs},
      {"unicast for another station", Packet().To("10.0.0.9").DestinationMac(another).Build(), kNotForUs},
      {"multicast source", Packet().From("224.1.1.1").Build(), kSourceInvalid},
      {"source 0.0.0.0", Packet().From("0.0.0.0").Build(), kSourceInvalid},
      {"source in 0/8", Packet().From("0.1.2.3").Build(), kSourceInvalid},
      {"loopback source", Packet().From("127.0.0.1").Build(), kSourceInvalid},
      {"class E source", Packet().From("240.0.0.1").Build(), kSourceInvalid},
      {"broadcast source", Packet().From("255.255.255.255").Build(), kSourceInvalid},
      {"224.0.0.1", Packet().To("224.0.0.1").Build(), kNoConsumer},
      {"224.0.0.255 with TTL 255", Packet().To("224.0.0.255").Ttl(255).Build(), kNoConsumer},
      {"224.0.0.1 from nobody, with a wrong checksum", Packet().To("224.0.0.1").From("0.0.0.0").Checksum(1).Build(),
       kNoConsumer},
      {"an interface without owner", Packet().Vlan(300).Build(), kInterfaceDisabled},
  };
  for (const Case& c : cases) {
    const uint64_t before = rig_.drops(c.reason);
    const auto all_before = rig_.drops();
    rig_.Receive(0, c.frame);
    EXPECT_EQ(rig_.Turn(), 1u) << c.what;
    EXPECT_EQ(rig_.drops(c.reason), before + 1) << c.what;
    uint64_t total = 0, total_before = 0;
    for (const auto& [reason, count] : rig_.drops()) total += count;
    for (const auto& [reason, count] : all_before) total_before += count;
    EXPECT_EQ(total, total_before + 1) << c.what;
    EXPECT_EQ(rig_.DiscardSent(1), 0u) << c.what;
  }
}

TEST_F(Parse, ForwardsEveryValidPacketAsItIs) {
  // Invariant: a valid packet leaves with TTL - 1, a right checksum, and otherwise the same octets.
  const Bytes broadcast(6, 255);
  const struct {
    const char* what;
    PacketBuilder packet;
  } cases[] = {
      {"smallest", Packet().Payload(0)},
      {"plain", Packet()},
      {"class D's first routable group", Packet().To("224.0.1.0")},
      {"class D's last group", Packet().To("239.255.255.255")},
      {"source 1.0.0.0", Packet().From("1.0.0.0")},
      {"source 223.255.255.255", Packet().From("223.255.255.255")},
      {"TTL 255", Packet().Ttl(255)},
      {"DSCP and ECN set", Packet().TrafficClass(0xBB)},
      {"a first fragment", Packet().Fragment(0, true).Payload(8)},
      {"a last fragment", Packet().Fragment(1480, false)},
      {"Don't Fragment", Packet().DontFragment()},
      {"one option word", Packet().Options({0x82, 4, 1, 2})},
      {"forty octets of options", Packet().Options(Bytes(40, 1))},
      {"options that make no sense", Packet().Options({7, 0, 0, 0})},
      {"an option that is too long", Packet().Options({7, 200, 4, 0})},
      {"no UDP", Packet().Protocol(89)},
      {"the protocol before IGMP", Packet().Protocol(1)},
      {"the protocol after IGMP", Packet().Protocol(3)},
  };
  for (const auto& c : cases) {
    rig_.Receive(0, c.packet.Build());
    rig_.Turn();
    PacketBuilder expected = c.packet;
    const Bytes in = c.packet.BuildIp();
    EXPECT_EQ(rig_.Sent(1), Frames{Forwarded(expected, in[8] - 1)}) << c.what;
  }
  EXPECT_TRUE(rig_.drops().empty());
  // A broadcast frame may carry IP multicast (RFC 1812 section 5.3.4); it leaves towards the
  // group's address.
  rig_.Receive(0, Packet().DestinationMac(broadcast).Build());
  rig_.Turn();
  EXPECT_EQ(rig_.Sent(1), Frames{Forwarded(Packet())});
}

TEST_F(Parse, TakesEthernetPaddingOff) {
  // Invariant: what follows the IP total length never leaves the router, in one segment or in
  // several.
  rig_.Receive(0, Packet().Payload(1).Padding(25).Build());
  rig_.ReceiveInSegments(0, Packet().Payload(100).Padding(300).Build(), {40, 50, 60, 200});
  rig_.ReceiveInSegments(0, Packet().Payload(6).Padding(40).Build(), {40});
  rig_.Turn();
  EXPECT_EQ(rig_.Sent(1),
            (Frames{Forwarded(Packet().Payload(1)), Forwarded(Packet().Payload(100)), Forwarded(Packet().Payload(6))}));
}

TEST_F(Parse, FindsTheInterfaceByTagInFrameOrMetadata) {
  // Invariant: a VLAN in the frame, in the mbuf's metadata, or priority only, leads to the
  // interface of that VLAN.
  rig_.AddEntry(AnySource("239.7.0.0", 16), kInTagged, {kOut});
  const PacketBuilder tagged = Packet().To("239.7.0.1");
  rig_.Receive(0, PacketBuilder(tagged).Vlan(100).Build());
  rig_.Receive(0, PacketBuilder(tagged).Vlan(100, 7).Build());
  rte_mbuf* const stripped = rig_.MakeMbuf(PacketBuilder(tagged).Build());
  stripped->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
  stripped->vlan_tci = 5 << 13 | 100;
  rig_.ReceiveMbuf(0, stripped);
  rig_.Receive(0, Packet().Vlan(0, 6).Build());
  rig_.Turn();
  EXPECT_EQ(rig_.Sent(1), (Frames{Forwarded(tagged), Forwarded(tagged), Forwarded(tagged), Forwarded(Packet())}));
  // A tag in the metadata and another in the frame are two tags.
  rte_mbuf* const both = rig_.MakeMbuf(Packet().Vlan(100).Build());
  both->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
  both->vlan_tci = 100;
  rig_.ReceiveMbuf(0, both);
  rig_.Turn();
  EXPECT_EQ(rig_.drops(DropReason::kUnsupportedEthertype), 1u);
}

TEST_F(Parse, TrustsOnlyTheDevicesGoodChecksums) {
  // Invariant: a mark "good" stands in for the sum; every other mark leaves the decision to the
  // sum.
  const struct {
    uint64_t flag;
    bool right;
    bool forwarded;
  } cases[] = {
      {RTE_MBUF_F_RX_IP_CKSUM_GOOD, false, true},     {RTE_MBUF_F_RX_IP_CKSUM_BAD, false, false},
      {RTE_MBUF_F_RX_IP_CKSUM_BAD, true, true},       {RTE_MBUF_F_RX_IP_CKSUM_NONE, false, false},
      {RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN, false, false},
  };
  for (const auto& c : cases) {
    rte_mbuf* const mbuf = rig_.MakeMbuf(c.right ? Packet().Build() : Packet().Checksum(0x4321).Build());
    mbuf->ol_flags |= c.flag;
    rig_.ReceiveMbuf(0, mbuf);
    rig_.Turn();
    EXPECT_EQ(rig_.DiscardSent(1), c.forwarded ? 1u : 0u) << c.flag << c.right;
  }
}

TEST_F(Parse, PullsAHeaderTogetherThatIsSplitOverSegments) {
  // Invariant: where segments end makes no difference to what is decided and what leaves.
  const PacketBuilder packet = Packet().Options({0x82, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}).Payload(200);
  std::vector<Bytes> expected;
  for (size_t first = 1; first <= 60; ++first) {
    rig_.ReceiveInSegments(0, PacketBuilder(packet).Build(), {first, 1, 2, 30});
    rig_.ReceiveInSegments(0, PacketBuilder(packet).Vlan(0).Build(), {first, 7});
    expected.push_back(Forwarded(packet));
    expected.push_back(Forwarded(packet));
  }
  rig_.Turn();
  EXPECT_EQ(rig_.Sent(1), expected);
  // A first segment without room after it: its data moves to the front.
  rte_mbuf* const first = rig_.MakeMbuf({});
  const Bytes frame = PacketBuilder(packet).Build();
  first->data_off = static_cast<uint16_t>(first->buf_len - 10);
  std::copy(frame.begin(), frame.begin() + 10, rte_pktmbuf_mtod(first, uint8_t*));
  first->data_len = 10;
  first->pkt_len = 10;
  rte_mbuf* const rest = rig_.MakeMbuf(Bytes(frame.begin() + 10, frame.end()));
  ASSERT_EQ(rte_pktmbuf_chain(first, rest), 0);
  rig_.ReceiveMbuf(0, first);
  rig_.Turn();
  EXPECT_EQ(rig_.Sent(1), Frames{Forwarded(packet)});
}

TEST_F(Parse, DropsItsOwnFrames) {
  // Invariant: frames from the port's address end as own_frame, of both families, tagged ones, ones of other protocols
  // and ones on interfaces that are down too, wherever in a burst they stand; frames from others do not, and neither do
  // such frames on other ports.
  const Bytes mac = MacOf(kIn);
  dataplane::MacAddress address;
  std::copy(mac.begin(), mac.end(), address.begin());
  rig_.interfaces().DropOwnFrames(0, address);
  const Bytes own[] = {Packet().SourceMac(mac).Build(), Packet().SourceMac(mac).Vlan(100).Build(),
                       Packet().SourceMac(mac).Vlan(200).Build(), Packet().SourceMac(mac).EtherType(0x0806).Build(),
                       Packet().SourceMac(mac).CutTo(14).Build()};
  for (const Bytes& frame : own) rig_.Receive(0, frame);
  rig_.Turn();
  const Bytes own6 = PacketBuilder::Ipv6().SourceMac(mac).Build();
  for (int i = 0; i < 3; ++i) {
    rig_.Receive(0, Packet().Id(i).Build());
    rig_.Receive(0, i % 2 == 0 ? own6 : own[0]);
  }
  rig_.Receive(0, Packet().SourceMac(mac).CutTo(13).Build());
  rig_.Turn();
  EXPECT_EQ(rig_.drops(),
            (std::map<DropReason, uint64_t>{{DropReason::kOwnFrame, 8}, {DropReason::kFrameTruncated, 1}}));
  EXPECT_EQ(rig_.Sent(1).size(), 3u);

  rig_.AddInterface(5, 2);
  rig_.AddEntry(SourceGroup("10.0.0.9", "239.9.9.9"), 5, {kOut});
  rig_.Receive(2, Packet().From("10.0.0.9").To("239.9.9.9").SourceMac(mac).Build());
  rig_.Turn();
  EXPECT_EQ(rig_.Sent(1).size(), 1u);
  EXPECT_EQ(rig_.drops(DropReason::kOwnFrame), 8u);
}

}  // namespace
}  // namespace mgmd::testing
