// Packets that are for the router itself: which they are, how they come to control, and what bounds them.

#include "dataplane/stages/local.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <string>

#include "tests/unit/dataplane/local_support.h"

namespace mgmd::testing {
namespace {

PacketBuilder Packet() { return PacketBuilder(); }
PacketBuilder Packet6() { return PacketBuilder::Ipv6(); }
PacketBuilder Icmp(uint8_t type) { return Packet6().Protocol(58).Payload(Bytes{type, 0, 0, 0, 0, 0, 0, 0}); }
PacketBuilder Arp() { return Packet().EtherType(0x0806).DestinationMac(kAll); }
PacketBuilder Report() { return Packet().To("224.0.0.22").Ttl(1).Protocol(2).Options({148, 4, 0, 0}); }

class Local : public ::testing::Test {
 protected:
  explicit Local(RigOptions options = {}) : rig_(options) {
    AddLocalInterfaces(rig_);
    rig_.AddEntry(AnySource("224.0.0.0", 4), kIn, {kOut});
    rig_.AddEntry(Ipv6FibKey::AllGroups(), kIn, {kOut});
  }

  uint64_t handed_over() const {
    uint64_t sum = 0;
    for (const auto& count : rig_.stats().local) sum += dataplane::Get(count);
    return sum;
  }

  WorkerRig rig_;
};

struct Class {
  const char* what;
  PacketBuilder packet;
  std::optional<LocalClass> local_class;          // nothing: a stream
  DropReason unwanted = DropReason::kNoConsumer;  // what it ends as where nobody wants its class
};

std::vector<Class> Classes() {
  using enum LocalClass;
  const Bytes own = MacOf(kIn);
  return {
      {"a report", Report(), kIgmp},
      {"a report of a host without an address", Report().From("0.0.0.0"), kIgmp},
      {"IGMP to a group of hosts", Packet().Protocol(2).To("239.1.1.1"), kIgmp},
      {"IGMP to an address", Packet().Protocol(2).To("10.0.0.9").DestinationMac(own), kIgmp},
      {"a last fragment of IGMP", Packet().Protocol(2).Fragment(1480, false), kIgmp},
      {"a Hello", Packet().Protocol(103).To("224.0.0.13").Ttl(1), kPim},
      {"a last fragment of PIM", Packet().Protocol(103).To("224.0.0.13").Fragment(1480, false), kPim},
      {"a Register", Packet().Protocol(103).To("10.0.0.9").DestinationMac(own), kPimRegister},
      {"PIM to a group that is forwarded", Packet().Protocol(103), kPim},
      {"a middle fragment of it", Packet().Protocol(103).Fragment(1480, true), kPim},
      {"OSPF", Packet().Protocol(89).To("224.0.0.5").Ttl(1), kLinkLocal},
      {"to 224.0.0.1", Packet().To("224.0.0.1"), kLinkLocal},
      {"to 224.0.0.22, and no IGMP", Packet().To("224.0.0.22"), kLinkLocal},
      {"to 224.0.0.23", Packet().To("224.0.0.23"), kLinkLocalOther},
      {"mDNS", Packet().To("224.0.0.251").Ttl(255), kLinkLocalOther},
      {"to 224.0.0.0", Packet().To("224.0.0.0"), kLinkLocalOther},
      {"to 224.0.1.0", Packet().To("224.0.1.0"), std::nullopt},
      {"unicast", Packet().To("10.0.0.9").DestinationMac(own), kHost},
      {"unicast with a checksum that is wrong", Packet().To("10.0.0.9").DestinationMac(own).Checksum(1), kHost},
      {"unicast in a broadcast frame", Packet().To("10.0.0.9").DestinationMac(kAll), kHost},
      {"broadcast", Packet().From("0.0.0.0").To("255.255.255.255").DestinationMac(kAll), kHost},
      {"multicast in a broadcast frame", Packet().DestinationMac(kAll), std::nullopt},
      {"multicast in a frame for the router", Packet().DestinationMac(own), std::nullopt},
      {"ARP", Arp(), kNeighbourOther},
      {"LLDP", Packet().EtherType(0x88CC).DestinationMac({1, 0x80, 0xC2, 0, 0, 14}), kOther,
       DropReason::kUnsupportedEthertype},
      {"MLD", Icmp(143).To("ff02::16").Ttl(1).Extension(0, {5, 2, 0, 0}), kMld},
      {"MLD of a host without an address", Icmp(143).To("ff02::16").From("::"), kMld},
      {"MLD to a group of hosts", Icmp(131), kMld},
      {"MLD to an address", Icmp(130).To("2001:db8::9").DestinationMac(own), kMld},
      {"a first fragment of MLD", Icmp(143).To("ff02::16").FragmentHeader(0, true), kMld},
      {"ICMPv6 to a group that is forwarded", Icmp(128), std::nullopt},
      {"a neighbour that is looked for", Icmp(135).To("ff02::1:ff00:9").Ttl(255).From("fe80::1"), kNeighbourOther},
      {"duplicate address detection", Icmp(135).To("ff02::1:ff00:9").Ttl(255).From("::"), kNeighbourOther},
      {"ICMPv6 to an address", Icmp(128).To("2001:db8::9").DestinationMac(own), kHost},
      {"a Hello in IPv6", Packet6().Protocol(103).To("ff02::d"), kPim},
      {"a last fragment of PIM in IPv6", Packet6().Protocol(60).To("ff02::d").FragmentHeader(1480, false), kPim},
      {"a last fragment to another group of the link", Packet6().Protocol(60).To("ff02::e").FragmentHeader(1480, false),
       kLinkLocal},
      {"a Register in IPv6", Packet6().Protocol(103).To("2001:db8::9").DestinationMac(own), kPimRegister},
      {"PIM to an IPv6 group that is forwarded", Packet6().Protocol(103), kPim},
      {"the same behind options", Packet6().Protocol(103).Extension(60, {1, 4, 0, 0, 0, 0}), kPim},
      {"a middle fragment of it", Packet6().Protocol(103).FragmentHeader(1480, true), kPim},
      {"a packet of another protocol whose number looks like PIM's", Packet6().Protocol(39), std::nullopt},
      {"OSPF in IPv6", Packet6().Protocol(89).To("ff02::5").From("fe80::1"), kLinkLocal},
      {"to ff02::1", Packet6().To("ff02::1"), kLinkLocal},
      {"to ff02::1a", Packet6().To("ff02::1a"), kLinkLocal},
      {"to ff02::1b", Packet6().To("ff02::1b"), kLinkLocalOther},
      {"to ff12::1", Packet6().To("ff12::1"), kLinkLocalOther},
      {"to ff02::1:0:5", Packet6().To("ff02::1:0:5"), kLinkLocalOther},
      {"unicast in IPv6", Packet6().To("2001:db8::9").DestinationMac(own), kHost},
      {"unicast in IPv6 in a broadcast frame", Packet6().To("2001:db8::9").DestinationMac(kAll), kHost},
      {"IPv6 multicast in a frame for the router", Packet6().DestinationMac(own), std::nullopt},
      {"a bridge's frame, which has a length", Packet().EtherType(46).DestinationMac({1, 0x80, 0xC2, 0, 0, 0}), kOther,
       DropReason::kUnsupportedEthertype},
  };
}

TEST_F(Local, HasAClassForWhatIsForTheRouterAndNoneForStreams) {
  // Invariant: every packet goes one way, by its class, whole and as it came, with the interface and the time of its
  // arrival; untagged and tagged ones alike.
  for (const bool tagged : {false, true}) {
    for (const Class& c : Classes()) {
      SCOPED_TRACE(c.what);
      if (tagged && !c.local_class) continue;  // the entry takes streams of the other interface only
      PacketBuilder packet = c.packet;
      Bytes frame = packet.Build();
      const int slot = tagged ? kInTagged : kIn;
      if (tagged && (frame[0] & 1) == 0) packet.DestinationMac(MacOf(kInTagged));
      frame = packet.Build();
      rig_.AdvanceUs(7);
      rig_.Receive(0, tagged ? packet.Vlan(100).Build() : frame);
      rig_.Turn();
      const auto local = rig_.TakeLocal();
      EXPECT_EQ(local.size(), c.local_class ? 1u : 0u);
      EXPECT_EQ(rig_.DiscardSent(1), c.local_class ? 0u : 1u);
      if (local.size() != 1 || !c.local_class) continue;
      EXPECT_EQ(local[0].local_class, *c.local_class);
      EXPECT_EQ(local[0].slot, frame[12] == 0x86 ? SlotOf<Ipv6>(slot) : SlotOf<Ipv4>(slot));
      EXPECT_EQ(local[0].frame, frame);
      EXPECT_EQ(local[0].arrived_us, rig_.worker_config().clock());
    }
  }
  EXPECT_TRUE(rig_.drops().empty());
}

TEST_F(Local, IsTheSameAmongAFullBurstOfStreams) {
  // Invariant: neither delays or changes the other, wherever among them it stands.
  for (const Class& c : Classes()) {
    SCOPED_TRACE(c.what);
    for (const int place : {0, 31, 63}) {
      for (int i = 0; i < 64; ++i) rig_.Receive(0, i == place ? c.packet.Build() : Packet().Id(i).Build());
      rig_.Turn();
      EXPECT_EQ(rig_.DiscardSent(1), c.local_class ? 63u : 64u);
      EXPECT_EQ(rig_.TakeLocal().size(), c.local_class ? 1u : 0u);
    }
  }
}

TEST_F(Local, TakesMessagesOfIgmpAndMldInPiecesOnlyWhereNobodyHereSpeaksThem) {
  // Invariant: fragments are the host's business, who puts them together, and are dropped where the router speaks IGMP
  // or MLD itself; whole messages, and fragments of anything else, are as ever.
  const std::vector<Bytes> pieces = {
      Packet().Protocol(2).Fragment(0, true).Build(), Packet().Protocol(2).Fragment(1480, true).Build(),
      Packet().Protocol(2).Fragment(1480, false).Build(), Icmp(143).To("ff02::16").FragmentHeader(0, true).Build()};
  const std::vector<Bytes> others = {Report().Build(), Icmp(143).To("ff02::16").Build(),
                                     Packet().Protocol(103).To("224.0.0.13").Fragment(1480, false).Build()};
  for (const bool speaks : {false, true}) {
    SCOPED_TRACE(speaks);
    const LocalClasses wanted = {LocalClass::kIgmp, LocalClass::kMld, LocalClass::kPim};
    rig_.Want(kIn, speaks ? wanted.WholeMembershipMessages() : wanted);
    for (const Bytes& frame : pieces) rig_.Receive(0, frame);
    for (const Bytes& frame : others) rig_.Receive(0, frame);
    rig_.Turn();
    EXPECT_EQ(rig_.TakeLocal().size(), others.size() + (speaks ? 0 : pieces.size()));
  }
  EXPECT_EQ(rig_.drops(), (std::map<DropReason, uint64_t>{{DropReason::kFragment, pieces.size()}}));
}

TEST_F(Local, NeedsNoOwnerOnTheInterface) {
  // Invariant: what a router hears before any protocol runs there is heard; streams make nothing.
  rig_.Receive(2, Report().Build());
  rig_.Receive(2, Arp().Build());
  rig_.Receive(2, Packet().Build());
  rig_.Turn();
  EXPECT_EQ(rig_.TakeLocal().size(), 2u);
  EXPECT_EQ(rig_.drops(), (std::map<DropReason, uint64_t>{{DropReason::kInterfaceDisabled, 1}}));
  EXPECT_TRUE(rig_.Punts().empty());
}

TEST_F(Local, GoesToControlOnlyWhereItIsWanted) {
  // Invariant: each class by itself, and the rest is dropped for want of a consumer, whatever it is.
  for (size_t wanted = 0; wanted < kLocalClasses; ++wanted) {
    rig_.Want(kIn, {static_cast<LocalClass>(wanted)});
    for (const Class& c : Classes()) {
      if (!c.local_class) continue;
      SCOPED_TRACE(std::string(c.what) + ", wanted: " + std::string(kLocalClassNames[wanted]));
      const bool is_wanted = c.local_class == static_cast<LocalClass>(wanted);
      const uint64_t handed_before = handed_over();
      const uint64_t dropped_before = rig_.drops(c.unwanted);
      rig_.Receive(0, c.packet.Build());
      rig_.Turn();
      EXPECT_EQ(handed_over() - handed_before, is_wanted ? 1u : 0u);
      EXPECT_EQ(rig_.drops(c.unwanted) - dropped_before, is_wanted ? 0u : 1u);
      rig_.TakeLocal();
    }
  }
  EXPECT_EQ(rig_.DiscardSent(1), 0u);
}

TEST_F(Local, IsNotTakenFromAnInterfaceThatIsDownOrUnknown) {
  rig_.interfaces().SetUp(SlotOf(kIn), false);
  rig_.Receive(0, Report().Build());
  rig_.Receive(0, Arp().Build());
  rig_.Receive(0, Report().Vlan(7).Build());
  rig_.Receive(0, Arp().Vlan(7).Build());
  rig_.Turn();
  EXPECT_TRUE(rig_.TakeLocal().empty());
  EXPECT_EQ(rig_.drops(),
            (std::map<DropReason, uint64_t>{{DropReason::kInterfaceDown, 2}, {DropReason::kUnknownVlan, 2}}));
}

TEST_F(Local, IsNotWhatIsForAnotherStation) {
  // Invariant: a port may hear frames for others. They are not the router's, whatever is inside.
  const Bytes another = {2, 0, 0, 0, 0, 1};
  rig_.Receive(0, Report().DestinationMac(another).Build());
  rig_.Receive(0, Arp().DestinationMac(another).Build());
  rig_.Receive(0, Packet().To("10.0.0.9").DestinationMac(another).Build());
  rig_.Receive(0, Arp().DestinationMac(another).Vlan(100).Build());
  rig_.Receive(0, Icmp(135).To("ff02::1:ff00:9").DestinationMac(another).Build());
  rig_.Receive(0, Packet().DestinationMac(another).Build());
  rig_.Receive(0, Packet6().DestinationMac(another).Build());
  rig_.Turn();
  EXPECT_TRUE(rig_.TakeLocal().empty());
  EXPECT_EQ(rig_.drops(), (std::map<DropReason, uint64_t>{{DropReason::kNotForUs, 7}}));
}

TEST_F(Local, IsWhatIsForAFurtherStationOfTheInterface) {
  // Invariant: a frame to one of its MAC addresses is the interface's, whatever is inside, and data there is data; on
  // no other interface; copies leave from the port's address all the same.
  const dataplane::MacAddress station = {0, 0, 0x5E, 0, 1, 7};
  const Bytes to(station.begin(), station.end());
  for (const InterfaceSlot slot : {SlotOf<Ipv4>(kIn), SlotOf<Ipv6>(kIn)}) {
    rig_.interfaces().AddStation(slot, {0, 0, 0x5E, 0, 1, 9});
    rig_.interfaces().AddStation(slot, station);
  }
  const PacketBuilder local[] = {Report(), Arp(), Packet().To("10.0.0.9"), Icmp(135).To("2001:db8::9"), Icmp(143)};
  for (PacketBuilder packet : local) {
    rig_.Receive(0, packet.DestinationMac(to).Build());
    rig_.Turn();
    ASSERT_EQ(rig_.TakeLocal().size(), 1u);
    rig_.Receive(0, packet.Vlan(100).Build());
    rig_.Turn();
    EXPECT_TRUE(rig_.TakeLocal().empty());
  }
  for (PacketBuilder packet : {Packet(), Packet6()}) {
    rig_.Receive(0, packet.DestinationMac(to).Build());
    rig_.Turn();
    const std::vector<Bytes> sent = rig_.Sent(1);
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(Bytes(sent[0].begin() + 6, sent[0].begin() + 12), MacOf(kOut));
  }
  rig_.Receive(0, Packet().DestinationMac({0, 0, 0x5E, 0, 1, 8}).Build());
  rig_.Turn();
  EXPECT_EQ(rig_.drops(), (std::map<DropReason, uint64_t>{{DropReason::kNotForUs, 6}}));
}

TEST_F(Local, HasItsChecksumCompletedOnceItIsSureToGoToControl) {
  // Invariant: where senders leave sums to a card the router's own packets come with theirs, in each family; what is
  // for another station is left alone; elsewhere nothing is touched.
  struct Row {
    PacketBuilder packet;
    uint16_t pseudo_header;  // its sum
    uint16_t completed;
  };
  const Bytes own = MacOf(kIn);
  const Row rows[] = {{Packet().From("10.0.0.1").To("10.0.0.9"), 0x1423, 0xEBD4},
                      {Packet6().From("2001:db8::1").To("2001:db8::9"), 0x5B95, 0xA462}};
  const auto datagram = [](uint16_t checksum) {
    return Bytes{0, 0, 0, 0, 0, 8, static_cast<uint8_t>(checksum >> 8), static_cast<uint8_t>(checksum)};
  };
  const auto completed = [&] {
    const auto& ports = rig_.stats().completed_checksums;
    return std::accumulate(ports.begin(), ports.end(), uint64_t{0},
                           [](uint64_t sum, const auto& port) { return sum + dataplane::Get(port); });
  };
  for (const bool completes : {false, true}) {
    if (completes) rig_.AddInterface(kIn, {.port = 0, .complete_checksums = true});
    for (const Row& row : rows) {
      const uint64_t before = completed();
      PacketBuilder packet = row.packet;
      packet.Protocol(17).Payload(datagram(row.pseudo_header));
      rig_.Receive(0, PacketBuilder(packet).DestinationMac({2, 0, 0, 0, 0, 1}).Build());
      rig_.Receive(0, packet.DestinationMac(own).Build());
      rig_.Receive(0, Arp().Build());
      rig_.Turn();
      const auto local = rig_.TakeLocal();
      ASSERT_EQ(local.size(), 2u);
      EXPECT_EQ(local[1].local_class, LocalClass::kHost);
      EXPECT_EQ(local[1].frame, packet.Payload(datagram(completes ? row.completed : row.pseudo_header)).Build());
      EXPECT_EQ(completed() - before, completes ? 1u : 0u);
    }
  }
}

TEST_F(Local, ComesWholeInHoweverManyPieces) {
  // Invariant: nine thousand octets arrive as they were sent.
  const PacketBuilder packet = Packet().To("224.0.0.5").Payload(8980);
  rig_.ReceiveInSegments(0, PacketBuilder(packet).Build(), {});
  rig_.ReceiveInSegments(0, PacketBuilder(packet).Vlan(100).Build(), {3, 10, 7, 1000});
  rig_.Turn();
  const auto local = rig_.TakeLocal();
  ASSERT_EQ(local.size(), 2u);
  for (const auto& one : local) EXPECT_EQ(one.frame, PacketBuilder(packet).Build());
}

TEST_F(Local, HasARateForEachClassAndInterface) {
  // Invariant: a burst passes at once, then so many a second; one class's or interface's flood costs no other.
  const auto rate = kLocalRates[static_cast<size_t>(LocalClass::kOther)];
  const auto send = [&](const PacketBuilder& packet, uint32_t count) {
    const uint64_t before = handed_over();
    for (uint32_t i = 0; i < count; ++i) {
      rig_.Receive(0, packet.Build());
      rig_.Turn();
      rig_.TakeLocal();
    }
    return handed_over() - before;
  };
  const PacketBuilder flood = Packet().EtherType(0x88CC);
  EXPECT_EQ(send(flood, rate.burst + 50), rate.burst);
  EXPECT_EQ(rig_.drops(DropReason::kLocalRate), 50u);
  EXPECT_EQ(send(PacketBuilder(flood).Vlan(100), 10), 10u);
  EXPECT_EQ(send(Arp(), 10), 10u);
  rig_.AdvanceMs(1000);
  EXPECT_EQ(send(flood, 2 * rate.per_second), rate.per_second);
}

class LocalFlood : public Local {
 protected:
  static constexpr uint32_t kCeiling = 100;
  LocalFlood() : Local({.rx_buffers = 512, .local_buffers = kCeiling}) {}
};

TEST_F(LocalFlood, NeverHasMoreBuffersThanItsOwn) {
  // Invariant: however much comes that control does not take, in one piece or in many, no more buffers are out than
  // the ceiling; the rest is dropped and counted, streams go on, and what control gives back can be used again.
  const uint32_t all = rig_.available(rig_.rx_pool());
  uint64_t sent = 0, streams = 0;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 400; ++i) {
      if (i % 3 == 0) {
        rig_.ReceiveInSegments(0, Report().Payload(60).Build(), {30, 30, 30});
      } else {
        rig_.Receive(0, Report().Build());
      }
      rig_.Receive(0, Packet().Id(i).Build());
      ++sent;
      rig_.Turn();
      streams += rig_.DiscardSent(1);
      EXPECT_GE(rig_.available(rig_.rx_pool()), all - kCeiling);
    }
    // A packet of three segments may find room for two only.
    EXPECT_LE(rig_.available(rig_.rx_pool()), all - kCeiling + 2);
    const uint64_t handed = handed_over();
    EXPECT_EQ(handed + rig_.drops(DropReason::kLocalRingFull), sent);
    rig_.TakeLocal();
    EXPECT_EQ(rig_.available(rig_.rx_pool()), all);
    EXPECT_GT(handed, uint64_t{kCeiling} / 3 * static_cast<uint64_t>(round + 1));
  }
  EXPECT_EQ(streams, sent);
}

TEST_F(LocalFlood, IsCountedExactly) {
  // Invariant: received = forwarded + dropped by reason + held + handed to control, at any moment.
  uint64_t forwarded = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto classes = Classes();
    rig_.Receive(0, classes[static_cast<size_t>(i) % classes.size()].packet.Build());
    if (i % 5 == 0) rig_.Receive(0, Packet().Ttl(1).Build());
    if (i % 7 == 0) rig_.Receive(0, Packet().From("10.0.0.3").To("232.1.1.1").Build());
    rig_.Turn();
    forwarded += rig_.DiscardSent(1);
    if (i % 700 == 699) rig_.TakeLocal();
    uint64_t dropped = 0;
    for (const auto& [reason, count] : rig_.drops()) dropped += count;
    const auto& stats = rig_.stats();
    ASSERT_EQ(dataplane::Get(stats.packets), forwarded + dropped + dataplane::Get(stats.held) + handed_over());
  }
  EXPECT_GT(rig_.drops(DropReason::kLocalRingFull), 0u);
}

}  // namespace
}  // namespace mgmd::testing
