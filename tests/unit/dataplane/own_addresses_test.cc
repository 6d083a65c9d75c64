// What asks for the router's own addresses, and what asks for others: two classes, so that no scan of a link leaves the
// router's neighbours without an answer.

#include "dataplane/interfaces/own_addresses.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/unit/dataplane/local_support.h"

namespace mgmd::testing {
namespace {

Bytes operator+(Bytes front, const Bytes& rest) {
  front.insert(front.end(), rest.begin(), rest.end());
  return front;
}

Bytes Octets(std::string_view address) {
  if (address.find(':') == std::string_view::npos) {
    const uint32_t host = Ipv4Address::Parse(address).value().host_order();
    return {static_cast<uint8_t>(host >> 24), static_cast<uint8_t>(host >> 16), static_cast<uint8_t>(host >> 8),
            static_cast<uint8_t>(host)};
  }
  const Ipv6Address ipv6 = Ipv6Address::Parse(address).value();
  return {ipv6.bytes().begin(), ipv6.bytes().end()};
}

const Bytes kArp = {0, 1, 8, 0, 6, 4};

// An ARP packet about the target, from 10.0.0.1.
Bytes Arp(std::string_view target, const Bytes& kind = kArp, const Bytes& station = kAll, uint8_t operation = 1) {
  const Bytes sender = {2, 0, 0, 0, 0, 0x99};
  return station + sender + Bytes{0x08, 0x06} + kind + Bytes{0, operation} + sender + Octets("10.0.0.1") + Bytes(6) +
         Octets(target);
}

PacketBuilder Icmp(uint8_t type, const Bytes& rest = Bytes(4)) {
  return PacketBuilder::Ipv6().Protocol(58).Ttl(255).From("fe80::1").Payload(Bytes{type, 0, 0, 0} + rest);
}
// A neighbour solicitation for the target.
PacketBuilder Ask(std::string_view target) { return Icmp(135, Bytes(4) + Octets(target)).To("ff02::1:ff00:9"); }

struct Row {
  const char* what;
  Bytes frame;
  std::optional<LocalClass> local_class;  // nothing: it is unicast in a frame for a group
};

std::vector<Row> Rows() {
  using enum LocalClass;
  const Bytes own = MacOf(kIn);
  const auto to_own = [&](PacketBuilder packet) { return packet.To("2001:db8::9").DestinationMac(own).Build(); };
  const PacketBuilder ipv4;
  Bytes short_arp = Arp("10.0.0.9");
  short_arp.pop_back();
  const auto to = [&](std::string_view address) { return PacketBuilder(ipv4).To(address); };
  return {
      {"ARP for the router", Arp("10.0.0.9"), kNeighbour},
      {"ARP for its second address", Arp("10.0.1.9"), kNeighbour},
      {"ARP's answer to the router", Arp("10.0.0.9", kArp, own, 2), kNeighbour},
      {"ARP for another", Arp("10.0.0.8"), kNeighbourOther},
      {"ARP for what the router has elsewhere", Arp("10.7.0.9"), kNeighbourOther},
      {"ARP for everybody on the link", Arp("10.0.0.255"), kNeighbourOther},
      {"ARP of other hardware", Arp("10.0.0.9", {0, 6, 8, 0, 6, 4}), kNeighbourOther},
      {"ARP of another protocol", Arp("10.0.0.9", {0, 1, 0x86, 0xDD, 6, 4}), kNeighbourOther},
      {"ARP with longer addresses", Arp("10.0.0.9", {0, 1, 8, 0, 8, 4}), kNeighbourOther},
      {"ARP that is cut short", short_arp, kNeighbourOther},
      {"ARP without anything", kAll + Bytes(6, 2) + Bytes{8, 6}, kNeighbourOther},
      {"a solicitation for the router", Ask("2001:db8::9").Build(), kNeighbour},
      {"one for its address of the link", Ask("fe80::9").Build(), kNeighbour},
      {"one of a host without an address", Ask("2001:db8::9").From("::").Build(), kNeighbour},
      {"one behind options", Ask("2001:db8::9").Extension(60, {1, 4, 0, 0, 0, 0}).Build(), kNeighbour},
      {"one for another", Ask("2001:db8::8").Build(), kNeighbourOther},
      {"one for what the router has elsewhere", Ask("2001:db8:7::9").Build(), kNeighbourOther},
      {"one that is cut short", Icmp(135, Bytes(4) + Bytes(15, 0x20)).To("ff02::1:ff00:9").Build(), kNeighbourOther},
      {"one without anything", Icmp(135).To("ff02::1:ff00:9").Payload(Bytes{135}).Build(), kNeighbourOther},
      {"a router's advertisement", Icmp(134, Octets("2001:db8::9")).To("ff02::1").Build(), kNeighbourOther},
      {"a host's solicitation", Icmp(133).To("ff02::2").Build(), kNeighbourOther},
      {"an echo request to all", Icmp(128).To("ff02::1").Build(), kNeighbourOther},
      {"a solicitation to the router, which checks whether it is there", to_own(Ask("2001:db8::9")), kNeighbour},
      {"an advertisement to the router", to_own(Icmp(136, Bytes(4) + Octets("2001:db8::8"))), kNeighbour},
      {"a redirect to the router", to_own(Icmp(137)), kNeighbour},
      {"an echo request to the router", to_own(Icmp(128)), kNeighbourOther},
      {"an error to the router", to_own(Icmp(1)), kNeighbourOther},
      {"a later fragment of ICMPv6 to the router", to_own(Icmp(128).FragmentHeader(8, false)), kNeighbourOther},
      {"ICMPv6 to an address that it has elsewhere", Icmp(128).To("2001:db8:7::9").DestinationMac(own).Build(), kHost},
      {"UDP to the router", to_own(PacketBuilder::Ipv6()), kHost},
      {"to all on this link", to("255.255.255.255").From("0.0.0.0").DestinationMac(kAll).Build(), kHost},
      {"to all on this link in a frame for a group", to("255.255.255.255").Build(), kHost},
      {"to all on the subnet", to("10.0.0.255").DestinationMac(kAll).Build(), kHost},
      {"to all on the subnet in a frame for a group", to("10.0.0.255").Build(), kHost},
      {"to all on the subnet in a frame for the router", to("10.0.0.255").DestinationMac(own).Build(), kHost},
      {"to all on another subnet in a frame for a group", to("10.7.0.255").Build(), std::nullopt},
      {"to the last address of a link of two in a frame for a group", to("10.0.1.9").Build(), std::nullopt},
      {"to the router in a frame for a group", to("10.0.0.9").Build(), std::nullopt},
      {"PIM to the router in a frame for a group", to("10.0.0.9").Protocol(103).Build(), std::nullopt},
      {"an answer to BOOTP, to an address that is not the router's yet", to("10.0.0.8").DestinationMac(kAll).Build(),
       kHost},
  };
}

template <class Family>
void Add(PerFamily<OwnAddressList>& addresses, int interface, std::string_view address, int length) {
  addresses.of<Family>().push_back({SlotOf<Family>(interface), Family::Address::Parse(address).value(), length});
}

// On each of the interfaces.
PerFamily<OwnAddressList> OwnOn(std::initializer_list<int> interfaces) {
  PerFamily<OwnAddressList> own;
  for (const int interface : interfaces) {
    Add<Ipv6>(own, interface, "fe80::9", 64);
    Add<Ipv6>(own, interface, "2001:db8::9", 64);
    Add<Ipv4>(own, interface, "10.0.1.9", 31);
    Add<Ipv4>(own, interface, "10.0.0.9", 24);
  }
  return own;
}

class OwnAddresses : public ::testing::Test {
 protected:
  OwnAddresses() { AddLocalInterfaces(rig_); }
  // The class that it goes to control by.
  std::optional<LocalClass> Sort(const Bytes& frame) {
    rig_.Receive(0, frame);
    rig_.Turn();
    const auto local = rig_.TakeLocal();
    EXPECT_LE(local.size(), 1u);
    return local.empty() ? std::nullopt : std::optional(local[0].local_class);
  }

  WorkerRig rig_;
};

TEST_F(OwnAddresses, TellWhatAsksForTheRouterFromAllElse) {
  // Invariant: the target of a question decides, and of what has no target its destination; in one piece or in many.
  PerFamily<OwnAddressList> addresses = OwnOn({kIn});
  Add<Ipv4>(addresses, kInTagged, "10.7.0.9", 24);
  Add<Ipv6>(addresses, kInTagged, "2001:db8:7::9", 64);
  const dataplane::OwnAddresses own(addresses);
  rig_.interfaces().SetOwnAddresses(own);
  for (const Row& row : Rows()) {
    SCOPED_TRACE(row.what);
    const uint64_t unicast = rig_.drops(DropReason::kUnicastInMulticastFrame);
    EXPECT_EQ(Sort(row.frame), row.local_class);
    EXPECT_EQ(rig_.drops(DropReason::kUnicastInMulticastFrame) - unicast, row.local_class ? 0u : 1u);
    rig_.ReceiveInSegments(0, row.frame, {20, 9, 1});
    rig_.Turn();
    const auto local = rig_.TakeLocal();
    ASSERT_EQ(local.size(), row.local_class ? 1u : 0u);
    if (row.local_class) {
      EXPECT_EQ(local[0].local_class, *row.local_class);
      EXPECT_EQ(local[0].frame, row.frame);
    }
  }
}

TEST_F(OwnAddresses, AreThoseOfOneInterface) {
  // Invariant: an address is own where the router has it, and nowhere else; tagged or not.
  for (const int interface : {kIn, kInTagged}) {
    const dataplane::OwnAddresses own(OwnOn({interface}));
    rig_.interfaces().SetOwnAddresses(own);
    const bool tagged = interface == kInTagged;
    Bytes tagged_arp = Arp("10.0.0.9");
    tagged_arp.insert(tagged_arp.begin() + 12, {0x81, 0, 0, 100});
    using enum LocalClass;
    EXPECT_EQ(Sort(Arp("10.0.0.9")), tagged ? kNeighbourOther : kNeighbour);
    EXPECT_EQ(Sort(tagged_arp), tagged ? kNeighbour : kNeighbourOther);
    EXPECT_EQ(Sort(Ask("fe80::9").Build()), tagged ? kNeighbourOther : kNeighbour);
    EXPECT_EQ(Sort(Ask("fe80::9").Vlan(100).Build()), tagged ? kNeighbour : kNeighbourOther);
  }
}

TEST_F(OwnAddresses, AreNoneUntilControlSaysSoAndThenTheLastThatItSaid) {
  using enum LocalClass;
  EXPECT_EQ(Sort(Arp("10.0.0.9")), kNeighbourOther);
  EXPECT_EQ(Sort(Ask("fe80::9").Build()), kNeighbourOther);
  const dataplane::OwnAddresses own(OwnOn({kIn}));
  rig_.interfaces().SetOwnAddresses(own);
  EXPECT_EQ(Sort(Arp("10.0.0.9")), kNeighbour);
  EXPECT_EQ(Sort(Ask("fe80::9").Build()), kNeighbour);
  const dataplane::OwnAddresses none;
  rig_.interfaces().SetOwnAddresses(none);
  EXPECT_EQ(Sort(Arp("10.0.0.9")), kNeighbourOther);
  EXPECT_EQ(Sort(Ask("fe80::9").Build()), kNeighbourOther);
}

TEST_F(OwnAddresses, AreAskedForAtARateOfTheirOwn) {
  // Invariant: a scan of the link, in either family, and pings to the router cost its neighbours no answer.
  const dataplane::OwnAddresses own(OwnOn({kIn}));
  rig_.interfaces().SetOwnAddresses(own);
  const uint32_t burst = kLocalRates[static_cast<size_t>(LocalClass::kNeighbourOther)].burst;
  const Bytes floods[] = {Arp("10.0.0.8"), Ask("2001:db8::8").Build(),
                          Icmp(128).To("2001:db8::9").DestinationMac(MacOf(kIn)).Build()};
  for (const Bytes& flood : floods) {
    for (uint32_t i = 0; i < burst; ++i) Sort(flood);
    EXPECT_EQ(Sort(Arp("10.0.0.9")), LocalClass::kNeighbour);
    EXPECT_EQ(Sort(Ask("2001:db8::9").Build()), LocalClass::kNeighbour);
  }
  EXPECT_EQ(rig_.drops(DropReason::kLocalRate), burst) << "both floods of IPv6 are of one interface";
}

}  // namespace
}  // namespace mgmd::testing
