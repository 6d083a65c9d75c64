// What is taken for IPv6 multicast and what is not: one frame in, its verdict out.

#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

constexpr int kIn = 0;
constexpr int kInTagged = 1;
constexpr int kOut = 2;
constexpr int kDown = 3;
constexpr int kDisabled = 4;

constexpr int kHopByHop = 0;
constexpr int kRouting = 43;
constexpr int kIcmp = 58;
constexpr int kDestination = 60;

const Bytes kAlert = {5, 2, 0, 0};  // for MLD
const Bytes kReport = {143, 0, 0, 0, 0, 0, 0, 0};

PacketBuilder Packet() { return PacketBuilder::Ipv6(); }
PacketBuilder Mld(int type = 143) {
  return Packet().To("ff02::16").Ttl(1).Protocol(kIcmp).Payload(Bytes{static_cast<uint8_t>(type), 0, 0, 0});
}
Bytes Repeated(const Bytes& option, int times) {
  Bytes all;
  for (int n = 0; n < times; ++n) all.insert(all.end(), option.begin(), option.end());
  return all;
}
PacketBuilder WithOptions(Bytes options) { return Packet().Extension(kHopByHop, std::move(options)); }

class ParseIpv6 : public ::testing::Test {
 protected:
  explicit ParseIpv6(RigOptions options = {.rx_buffers = 4096}) : rig_(options) {
    rig_.AddInterface(kIn, 0);
    rig_.AddInterface(kInTagged, 0, 100);
    rig_.AddInterface(kOut, {.port = 1, .mtu = 9000});
    rig_.AddInterface(kDown, 0, 200);
    rig_.AddInterface(kDisabled, 0, 300);
    rig_.interfaces().SetUp(SlotOf<Ipv6>(kDown), false);
    rig_.interfaces().SetEnabled(SlotOf<Ipv6>(kDisabled), false);
    rig_.AddEntry(Ipv6FibKey::AllGroups(), kIn, {kOut});
  }
  // The packet as it has to leave, untagged by kOut.
  static Bytes Forwarded(PacketBuilder packet, int hops = 63) {
    return packet.Ttl(hops).SourceMac(MacOf(kOut)).Build();
  }

  WorkerRig rig_;
};

struct Invalid {
  const char* what;
  Bytes frame;
  DropReason reason;
};

std::vector<Invalid> InvalidFrames() {
  using enum DropReason;
  const Bytes own = MacOf(kIn);
  return {
      {"half a header", Packet().CutTo(53).Build(), kFrameTruncated},
      {"half a header behind a tag", Packet().Vlan(100).CutTo(57).Build(), kFrameTruncated},
      {"no header", Packet().CutTo(14).Build(), kFrameTruncated},
      {"a VLAN without interface", Packet().Vlan(101).Build(), kUnknownVlan},
      {"an interface that is down", Packet().Vlan(200).Build(), kInterfaceDown},
      {"version 4", Packet().Version(4).Build(), kIpVersion},
      {"version 0", Packet().Version(0).Build(), kIpVersion},
      {"payload length above the frame", Packet().PayloadLength(19).Build(), kIpTotalLength},
      {"payload length of 65,535", Packet().PayloadLength(65535).Build(), kIpTotalLength},
      {"a jumbogram", WithOptions({0xC2, 4, 0, 1, 0, 0}).PayloadLength(0).Build(), kIpTotalLength},
      {"for another station", Packet().DestinationMac({2, 0, 0, 0, 0, 1}).Build(), kNotForUs},
      {"a report for another station", Mld().DestinationMac({2, 0, 0, 0, 0, 1}).Build(), kNotForUs},
      {"a query", Mld(130).To("ff02::1").Build(), kNoConsumer},
      {"a query with router alert", Mld(130).Extension(kHopByHop, kAlert).Build(), kNoConsumer},
      {"a version 1 report to its group, with hop limit 64", Mld(131).To("ff0e::1").Ttl(64).Build(), kNoConsumer},
      {"a done", Mld(132).To("ff02::2").Build(), kNoConsumer},
      {"a report of a host without an address", Mld().From("::").Build(), kNoConsumer},
      {"a report from its link", Mld().From("fe80::1").Extension(kHopByHop, kAlert).Build(), kNoConsumer},
      {"a report behind an alert behind padding", Mld().Extension(kHopByHop, {1, 0, 0, 5, 2, 0, 0}).Build(),
       kNoConsumer},
      {"a report behind destination options", Mld().Extension(kDestination, {1, 4, 0, 0, 0, 0}).Build(), kNoConsumer},
      {"a report behind both", Mld().Extension(kHopByHop, kAlert).Extension(kDestination, {}).Build(), kNoConsumer},
      {"a report behind a routing header", Mld().Extension(kRouting, {}).Build(), kNoConsumer},
      {"a first fragment of a report", Mld().FragmentHeader(0, true).Build(), kNoConsumer},
      {"a report behind options that are malformed", Mld().Extension(kHopByHop, {5, 1, 0}).Build(), kNoConsumer},
      {"a report with a tag", Mld().Vlan(100).Build(), kNoConsumer},
      {"a report on an interface without owner", Mld().Vlan(300).Build(), kNoConsumer},
      {"PIM to a group that is forwarded", Packet().Protocol(103).Build(), kNoConsumer},
      {"unicast in a frame for a group", Packet().To("2001:db8::9").Build(), kUnicastInMulticastFrame},
      {"unicast in a frame for all", Packet().To("2001:db8::9").DestinationMac(Bytes(6, 255)).Build(), kNoConsumer},
      {"unicast", Packet().To("2001:db8::9").DestinationMac(own).Build(), kNoConsumer},
      {"multicast source", Packet().From("ff0e::1").Build(), kSourceInvalid},
      {"source ::", Packet().From("::").Build(), kSourceInvalid},
      {"source ::1", Packet().From("::1").Build(), kSourceInvalid},
      {"a source in ::/96", Packet().From("::10.0.0.1").Build(), kSourceInvalid},
      {"a mapped source", Packet().From("::ffff:10.0.0.1").Build(), kSourceInvalid},
      {"a source of the link", Packet().From("fe80::1").Build(), kSourceLinkLocal},
      {"the last source of the link", Packet().From("febf::1").Build(), kSourceLinkLocal},
      {"a source of the link to a group of the link", Packet().From("fe80::1").To("ff02::5").Build(), kNoConsumer},
      {"a group of scope 0 from nobody", Packet().From("::").To("ff00::1").Build(), kScopeReserved},
      {"a group of scope 1 from nobody", Packet().From("::").To("ff01::1").Build(), kLinkLocalGroup},
      {"neighbour discovery", Packet().To("ff02::1:ff00:1").Protocol(kIcmp).Payload(Bytes{135, 0, 0, 0}).Build(),
       kNoConsumer},
      {"an interface without owner", Packet().Vlan(300).Build(), kInterfaceDisabled},
      {"an alert of the wrong length", WithOptions({5, 1, 0}).Build(), kHbhMalformed},
      {"an option longer than its header", WithOptions({0x1E, 5, 0, 0}).Build(), kHbhMalformed},
      {"an option without length", WithOptions({1, 3, 0, 0, 0, 0x1E}).Build(), kHbhMalformed},
      {"options longer than the packet", Packet().Protocol(0).Payload(Bytes{17, 1, 0, 0, 0, 0, 0, 0}).Build(),
       kHbhMalformed},
      {"options cut short", Packet().Protocol(0).Payload(Bytes{17, 0, 0, 0}).Build(), kHbhMalformed},
      {"an unknown option that says discard", WithOptions({0x5E, 0}).Build(), kHbhOption},
      {"one that says so and wants an answer", WithOptions({0x9E, 0}).Build(), kHbhOption},
      {"one that says so and wants none of a group", WithOptions({0xDE, 0}).Build(), kHbhOption},
      {"a jumbo option without a jumbogram", WithOptions({0xC2, 4, 0, 1, 0, 0}).Build(), kHbhOption},
      {"nine options", WithOptions(Repeated({0x1E, 0}, 9)).Build(), kHbhOption},
      {"options on an interface without owner", WithOptions({0x5E, 0}).Vlan(300).Build(), kInterfaceDisabled},
  };
}

TEST_F(ParseIpv6, RejectsEveryInvalidPacketForItsReason) {
  // Invariant: an invalid packet is dropped, counted once for the first rule that it breaks, and nothing leaves; alone,
  // and in a burst of good ones, which go on.
  for (const Invalid& c : InvalidFrames()) {
    for (const int others : {0, 63}) {
      SCOPED_TRACE(c.what);
      auto expected = rig_.drops();
      ++expected[c.reason];
      for (int i = 0; i < others; ++i) {
        rig_.Receive(0, Packet().Id(i).Build());
        if (i == others / 2) rig_.Receive(0, c.frame);
      }
      if (others == 0) rig_.Receive(0, c.frame);
      rig_.Turn();
      EXPECT_EQ(rig_.drops(), expected);
      EXPECT_EQ(rig_.DiscardSent(1), static_cast<size_t>(others));
    }
  }
}

TEST_F(ParseIpv6, ForwardsEveryValidPacketAsItIs) {
  // Invariant: a valid packet leaves with hop limit - 1, and otherwise the same octets; alone, and in a full burst.
  const struct {
    const char* what;
    PacketBuilder packet;
    int hops = 64;
  } cases[] = {
      {"smallest", Packet().Payload(0)},
      {"plain", Packet()},
      {"hop limit 2", Packet(), 2},
      {"hop limit 255", Packet(), 255},
      {"traffic class and flow label set", Packet().TrafficClass(0xBB).Id(0xFEDCB)},
      {"to scope 3", Packet().To("ff03::1")},
      {"to scope 15", Packet().To("ff0f::1")},
      {"a group like a source-specific one", Packet().To("ff3e:1::1")},
      {"source fec0::1", Packet().From("fec0::1")},
      {"a source whose first half is 0", Packet().From("0:0:0:0:1::1")},
      {"a source that differs from ::/96 in one bit", Packet().From("::1:0:0")},
      {"no UDP", Packet().Protocol(89)},
      {"ICMPv6 that is no MLD", Packet().Protocol(kIcmp).Payload(Bytes{128, 0, 0, 0})},
      {"ICMPv6 without a type", Packet().Protocol(kIcmp).Payload(0)},
      {"a protocol that shares its bit with one that is looked at", Packet().Protocol(64)},
      {"nothing", Packet().Protocol(59).Payload(0)},
      {"encrypted", Packet().Protocol(50)},
      {"an alert for RSVP", WithOptions({5, 2, 0, 1})},
      {"an alert of another kind", WithOptions({5, 2, 0, 2})},
      {"an alert for MLD that is none", WithOptions(kAlert)},
      {"two alerts", WithOptions({5, 2, 0, 0, 5, 2, 0, 1})},
      {"an alert behind padding", WithOptions({0, 1, 1, 9, 5, 2, 0, 1})},
      {"an unknown option to be passed over", WithOptions({0x1E, 3, 9, 9, 9})},
      {"eight options", WithOptions(Repeated({0x1E, 0}, 8))},
      {"padding alone", WithOptions(Bytes(14, 0))},
      {"options for the destination that are unknown", Packet().Extension(kDestination, {0xDE, 0})},
      {"a routing header", Packet().Extension(kRouting, {})},
      {"a first fragment", Packet().FragmentHeader(0, true)},
      {"a last fragment", Packet().FragmentHeader(1480, false)},
      {"a last fragment of MLD", Packet().Protocol(kIcmp).Payload(kReport).FragmentHeader(1480, false)},
      {"extension headers cut short", Packet().Protocol(kDestination).Payload(Bytes{kIcmp, 9})},
      {"all extension headers",
       WithOptions(kAlert).Extension(kDestination, {}).Extension(kRouting, {}).FragmentHeader(0, true)},
  };
  for (const auto& c : cases) {
    const PacketBuilder packet = PacketBuilder(c.packet).Ttl(c.hops);
    for (const int burst : {1, 64}) {
      for (int i = 0; i < burst; ++i) rig_.Receive(0, packet.Build());
      rig_.Turn();
      EXPECT_EQ(rig_.Sent(1), Frames(static_cast<size_t>(burst), Forwarded(packet, c.hops - 1))) << c.what;
    }
  }
  EXPECT_TRUE(rig_.drops().empty());
}

TEST_F(ParseIpv6, TellsTheScopeWhateverTheFlagsAre) {
  // Invariant: the low nibble of the second octet is the scope; 0 is reserved, 1 and 2 stay on the link.
  for (int flags = 0; flags < 16; ++flags) {
    for (int scope = 0; scope < 16; ++scope) {
      char group[16];
      std::snprintf(group, sizeof(group), "ff%x%x:1::9", flags, scope);
      SCOPED_TRACE(group);
      auto expected = rig_.drops();
      if (scope == 0) ++expected[DropReason::kScopeReserved];
      if (scope == 1) ++expected[DropReason::kLinkLocalGroup];
      if (scope == 2) ++expected[DropReason::kNoConsumer];
      rig_.Receive(0, Packet().To(group).Build());
      rig_.Turn();
      EXPECT_EQ(rig_.drops(), expected);
      EXPECT_EQ(rig_.DiscardSent(1), scope >= 3 ? 1u : 0u);
    }
  }
}

TEST_F(ParseIpv6, TakesPaddingOffAndFramesForTheRouterItself) {
  rig_.Receive(0, Packet().Payload(0).Padding(6).Build());
  rig_.Receive(0, Packet().DestinationMac(MacOf(kIn)).Build());
  rig_.Receive(0, Packet().DestinationMac(Bytes(6, 255)).Build());
  rig_.Turn();
  EXPECT_EQ(rig_.Sent(1), (Frames{Forwarded(Packet().Payload(0)), Forwarded(Packet()), Forwarded(Packet())}));
}

TEST_F(ParseIpv6, PullsAHeaderTogetherThatIsSplitOverSegments) {
  // Invariant: where segments end, in the header or in the options, makes no difference to what is decided and what
  // leaves.
  const PacketBuilder packet = WithOptions({5, 2, 0, 1, 0x1E, 6, 1, 2, 3, 4, 5, 6}).Payload(200);
  std::vector<Bytes> expected;
  for (size_t first = 1; first <= 80; ++first) {
    rig_.ReceiveInSegments(0, packet.Build(), {first, 1, 2, 30});
    rig_.ReceiveInSegments(0, PacketBuilder(packet).Vlan(0).Build(), {first, 7});
    expected.push_back(Forwarded(packet));
    expected.push_back(Forwarded(packet));
  }
  const PacketBuilder malformed = WithOptions({0x1E, 6, 1, 2, 3, 4, 5, 6, 0x5E, 0}).Payload(200);
  for (size_t first = 1; first <= 80; ++first) rig_.ReceiveInSegments(0, malformed.Build(), {first, 3});
  for (int turn = 0; turn < 2; ++turn) rig_.Turn();
  EXPECT_EQ(rig_.Sent(1), expected);
  EXPECT_EQ(rig_.drops(), (std::map<DropReason, uint64_t>{{DropReason::kHbhOption, 80}}));
}

TEST_F(ParseIpv6, WalksOptionsOfAnyLength) {
  // Invariant: from the shortest header to the longest there is.
  for (const size_t octets : {6, 14, 2046}) {
    const PacketBuilder packet = WithOptions(Bytes(octets, 0));
    rig_.ReceiveInSegments(0, packet.Build(), {});
    Bytes last(octets, 0);
    last[octets - 2] = 0x9E;  // the last two octets
    rig_.ReceiveInSegments(0, WithOptions(last).Build(), {});
    rig_.Turn();
    EXPECT_EQ(rig_.Sent(1), Frames{Forwarded(packet)}) << octets;
  }
  EXPECT_EQ(rig_.drops(DropReason::kHbhOption), 3u);
}

TEST_F(ParseIpv6, MakesTwoBatchesOfABurst) {
  // Invariant: whatever the order in which both families' packets arrive, each family's leave in theirs, and so they do
  // beside frames that want a look of their own.
  rig_.AddEntry(AnySource("224.0.0.0", 4), kIn, {kOut});
  for (int pattern = 0; pattern < 64; ++pattern) {
    Frames expected4, expected6;
    for (int i = 0; i < 64; ++i) {
      if ((pattern >> i % 6 & 1) != 0) {
        const PacketBuilder packet = i % 7 == 3 ? WithOptions(kAlert).Id(i) : Packet().Id(i);
        rig_.Receive(0, packet.Build());
        expected6.push_back(Forwarded(packet));
      } else {
        const PacketBuilder packet = PacketBuilder().Id(i);
        rig_.Receive(0, i % 5 == 4 ? PacketBuilder(packet).Vlan(0).Build() : packet.Build());
        expected4.push_back(PacketBuilder(packet).Ttl(63).SourceMac(MacOf(kOut)).Build());
      }
    }
    rig_.Turn();
    Frames sent4, sent6;
    for (Bytes& frame : rig_.Sent(1)) (frame[12] == 0x86 ? sent6 : sent4).push_back(std::move(frame));
    EXPECT_EQ(sent4, expected4) << pattern;
    EXPECT_EQ(sent6, expected6) << pattern;
  }
  EXPECT_TRUE(rig_.drops().empty());
}

TEST_F(ParseIpv6, IsDoneEachFamilyWhereItIs) {
  // Invariant: an interface that is down, or without an owner, in one family takes the other's packets; one that has
  // no IPv6 drops it as it does what is no IP.
  rig_.AddEntry(AnySource("224.0.0.0", 4), kIn, {kOut});
  const auto receive = [&] {
    for (int i = 0; i < 10; ++i) {
      rig_.Receive(0, Packet().Build());
      rig_.Receive(0, PacketBuilder().Build());
    }
    rig_.Turn();
    size_t ipv6 = 0;
    const Frames sent = rig_.Sent(1);
    for (const Bytes& frame : sent) ipv6 += frame[12] == 0x86;
    return std::pair(sent.size() - ipv6, ipv6);
  };
  EXPECT_EQ(receive(), std::pair(size_t{10}, size_t{10}));
  rig_.interfaces().SetEnabled(SlotOf<Ipv6>(kIn), false);
  EXPECT_EQ(receive(), std::pair(size_t{10}, size_t{0}));
  rig_.interfaces().SetEnabled(SlotOf<Ipv6>(kIn), true);
  rig_.interfaces().SetUp(SlotOf<Ipv4>(kIn), false);
  EXPECT_EQ(receive(), std::pair(size_t{0}, size_t{10}));
  rig_.interfaces().SetUp(SlotOf<Ipv4>(kIn), true);
  rig_.interfaces().Configure(SlotOf<Ipv6>(kIn), {});
  EXPECT_EQ(receive(), std::pair(size_t{10}, size_t{0}));
  EXPECT_EQ(rig_.drops(), (std::map<DropReason, uint64_t>{{DropReason::kInterfaceDisabled, 10},
                                                          {DropReason::kInterfaceDown, 10},
                                                          {DropReason::kUnsupportedEthertype, 10}}));
}

class ParseIpv6Passing : public ParseIpv6 {
 protected:
  ParseIpv6Passing() : ParseIpv6({.act_on_unknown_options = false}) {}
};

TEST_F(ParseIpv6Passing, PassesOverUnknownOptionsWhereItIsToldSo) {
  // Invariant: what is malformed still ends.
  for (const uint8_t type : {0x1E, 0x5E, 0x9E, 0xDE}) {
    rig_.Receive(0, WithOptions({type, 0}).Build());
    rig_.Turn();
    EXPECT_EQ(rig_.Sent(1), Frames{Forwarded(WithOptions({type, 0}))});
  }
  rig_.Receive(0, WithOptions({5, 1, 0}).Build());
  rig_.Turn();
  EXPECT_EQ(rig_.drops(), (std::map<DropReason, uint64_t>{{DropReason::kHbhMalformed, 1}}));
}

}  // namespace
}  // namespace mgmd::testing
