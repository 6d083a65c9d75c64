// Invariant: whatever floods one interface, streams that flow on others lose no packet and stay in order, what is held
// and what waits for control stays within its bounds, and every packet is accounted for. A worker runs on a real lcore;
// a traffic thread feeds one stream of each family and counts what comes out, while the flood comes as fast as the port
// takes it.

#include <gtest/gtest.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "control/local/dispatcher.h"
#include "dataplane/devices/pools.h"
#include "tests/support/eal_environment.h"
#include "tests/support/packet_builder.h"
#include "tests/unit/plane/router_under_traffic.h"
#include "tests/unit/plane/traffic.h"

namespace mgmd {
namespace {

using support::kIpv6Stream;
using support::Traffic;
using testing::Bytes;
using testing::PacketBuilder;

constexpr uint64_t kKnown = 2000;  // packets of each known stream beside a flood
constexpr uint64_t kFlood = 4000;
constexpr uint64_t kBurst = 64;
constexpr uint64_t kPending = 64;          // [limits] pending
constexpr uint64_t kPendingPackets = 512;  // [limits] pending_packets
constexpr unsigned kLocalPackets = 512;    // [limits] local_packets

constexpr const char* kConfig = R"(
negative_mfes = 256
local_packets = 512
[protocol.static]
interfaces = ["up1", "up2", "dn1"]
families = ["ipv4", "ipv6"]
[[protocol.static.mroute]]
from = "up1"
source = "10.0.1.1"
group = "232.1.1.1"
to = ["dn1"]
[[protocol.static.mroute]]
from = "up1"
source = "2001:db8::1"
group = "ff3e::3"
to = ["dn1"]
)";

const auto* const kEal = support::WithEal(256, support::TwoLcores());

// A flood, packet by packet, of a neighbour on up2; `own`: the port's MAC address.
struct Class {
  const char* name;
  std::function<PacketBuilder(uint32_t n, const Bytes& own)> packet;
};

Bytes Garbage(uint32_t n) {
  Bytes octets(n % 40);
  for (Bytes::value_type& octet : octets) octet = static_cast<uint8_t>((n = n * 1664525 + 1013904223) >> 24);
  return octets;
}
PacketBuilder Packet(uint32_t n) {
  return PacketBuilder().From("10.2." + std::to_string(n / 250 % 250) + "." + std::to_string(1 + n % 250));
}
PacketBuilder Packet6(uint32_t n) {
  return PacketBuilder().From("2001:db8:2::" + std::to_string(n / 9999 % 9999) + ":" + std::to_string(1 + n % 9999));
}
PacketBuilder Icmp(uint32_t n, uint8_t type) {
  Bytes message = Garbage(n);
  message.insert(message.begin(), {type, 0, 0, 0});
  return Packet6(n).Protocol(58).Payload(std::move(message)).Ttl(255);
}

const std::vector<Class>& Classes() {
  static const Bytes all(6, 255);
  static const std::vector<Class> classes = {
      {"UnknownStreams", [](uint32_t n, const Bytes&) { return Packet(n).To("239.2.1.1"); }},
      {"UnknownStreamsOfIpv6", [](uint32_t n, const Bytes&) { return Packet6(n).To("ff0e::2:1"); }},
      {"Igmp",
       [](uint32_t n, const Bytes&) { return Packet(n).To("224.0.0.22").Ttl(1).Protocol(2).Payload(Garbage(n)); }},
      {"Mld",
       [](uint32_t n, const Bytes&) {
         return Icmp(n, 143).To("ff02::16").Extension(0, {5, 2, 0, 0});
       }},
      {"Arp",
       [](uint32_t n, const Bytes&) { return Packet(n).EtherType(0x0806).DestinationMac(all).Payload(Garbage(n)); }},
      {"NeighbourSolicitations", [](uint32_t n, const Bytes&) { return Icmp(n, 135).To("ff02::1:ff00:fe"); }},
      {"Unicast", [](uint32_t n, const Bytes& own) { return Packet(n).To("10.2.0.254").DestinationMac(own); }},
      {"UnicastOfIpv6",
       [](uint32_t n, const Bytes& own) { return Packet6(n).To("2001:db8:2::fe").DestinationMac(own); }},
      {"RoutingGroups", [](uint32_t n, const Bytes&) { return Packet(n).To("224.0.0.5").Ttl(1).Protocol(89); }},
      {"RoutingGroupsOfIpv6", [](uint32_t n, const Bytes&) { return Packet6(n).To("ff02::5").Ttl(1).Protocol(89); }},
      {"Mdns", [](uint32_t n, const Bytes&) { return Packet(n).To("224.0.0.251").Ttl(255); }},
      {"MdnsOfIpv6", [](uint32_t n, const Bytes&) { return Packet6(n).To("ff02::fb").Ttl(255); }},
      {"Pim",
       [](uint32_t n, const Bytes&) { return Packet(n).To("224.0.0.13").Ttl(1).Protocol(103).Payload(Garbage(n)); }},
      {"PimOfIpv6",
       [](uint32_t n, const Bytes&) { return Packet6(n).To("ff02::d").Ttl(1).Protocol(103).Payload(Garbage(n)); }},
      {"Registers",
       [](uint32_t n, const Bytes& own) {
         return Packet(n).To("10.2.0.254").DestinationMac(own).Protocol(103).Payload(Garbage(n));
       }},
      {"RegistersOfIpv6",
       [](uint32_t n, const Bytes& own) {
         return Packet6(n).To("2001:db8:2::fe").DestinationMac(own).Protocol(103).Payload(Garbage(n));
       }},
      {"OtherEtherTypes", [](uint32_t n, const Bytes&) { return Packet(n).EtherType(0x88CC).Payload(Garbage(n)); }},
  };
  return classes;
}

struct CountingConsumer : local::Consumer {
  void Take(const LocalPacket&) override { ++packets; }
  uint64_t packets = 0;
};

class Floods : public support::RouterUnderTraffic {
 protected:
  // What waits in the ports and for control, and nothing besides: whatever keeps more of them starves the streams.
  static void SetUpTestSuite() {
    MakePorts(2 * support::kInFlight + kRingSize + kLocalPackets + 2 * dataplane::kPoolCache * 3 / 2);
  }

  void SetUp() override {
    uint16_t port = 0;
    rte_ether_addr own{};
    ASSERT_EQ(rte_eth_dev_get_port_by_name("net_ring_up2", &port), 0);
    ASSERT_EQ(rte_eth_macaddr_get(port, &own), 0);
    own_.assign(own.addr_bytes, own.addr_bytes + sizeof(own.addr_bytes));
    ASSERT_NO_FATAL_FAILURE(Start(kConfig));
    for (const AnyInterfaceId& flooded :
         {AnyInterfaceId(InterfaceId{2, {}}), AnyInterfaceId(InterfaceIdOf<Ipv6>{2, {}})})
      router_->dispatcher().Register(router_->SlotOf(flooded), kAllLocalClasses, consumer_);
  }

  static uint64_t Sum(const std::vector<views::NamedCount>& counts) {
    uint64_t sum = 0;
    for (const auto& count : counts) sum += count.count;
    return sum;
  }
  static uint64_t Count(const std::vector<views::NamedCount>& counts, std::string_view name) {
    const auto found =
        std::find_if(counts.begin(), counts.end(), [&](const auto& count) { return count.name == name; });
    return found == counts.end() ? 0 : found->count;
  }
  uint64_t Held(std::string_view what) const { return Count(router_->Workers()[0].counts, what); }
  uint64_t Local() const {
    const auto punts = router_->Punts();
    return Sum(punts) - Count(punts, "no_entry") - Count(punts, "wrong_interface");
  }

  // Of the class, and of the known streams, so many packets at least; `control` is called in between.
  void FloodBeside(Traffic& traffic, const Class& flood, const std::function<void()>& control) {
    const uint64_t goal = traffic.Count("dn1", 1) + kKnown;
    const uint64_t flooded = flood_fed_ + kFlood;
    while (traffic.Count("dn1", 1) < goal || flood_fed_ < flooded) {
      for (uint64_t n = 0; n < kBurst; ++n) {
        if (!ports_.at("up2").Feed(pool_, flood.packet(flood_number_, own_).Build())) break;
        ++flood_number_;
        ++flood_fed_;
      }
      control();
      // One interface has half of what each family may have.
      ASSERT_LE(Held("held_packets"), kPendingPackets);
      ASSERT_LE(Held("held_streams"), kPending);
    }
  }
  // Every packet has ended somewhere when this returns.
  void ExpectAllAccountedFor(Traffic& traffic) {
    while (Sum(router_->Drops()) + consumer_.packets < flood_fed_) router_->StepControl();
    traffic.Stop();
    EXPECT_EQ(traffic.Count("dn1", 1), traffic.fed());
    EXPECT_EQ(traffic.Count("dn1", kIpv6Stream), traffic.fed());
    EXPECT_TRUE(traffic.InOrder("dn1", 1));
    EXPECT_TRUE(traffic.InOrder("dn1", kIpv6Stream));
    EXPECT_EQ(router_->packets_received(), 2 * traffic.fed() + flood_fed_);
    EXPECT_EQ(Sum(router_->Drops()) + Local(), flood_fed_);
    EXPECT_EQ(consumer_.packets, Local());
    EXPECT_EQ(Held("held_packets"), 0u);
  }

  Bytes own_;
  CountingConsumer consumer_;
  uint32_t flood_number_ = 0;
  uint64_t flood_fed_ = 0;
};

class FloodOfAClass : public Floods, public ::testing::WithParamInterface<Class> {};

TEST_P(FloodOfAClass, CostsKnownStreamsNothing) {
  Traffic traffic(ports_, pool_, {"dn1", 1}, {1, kIpv6Stream});
  FloodBeside(traffic, GetParam(), [&] { router_->StepControl(); });
  ExpectAllAccountedFor(traffic);
}

INSTANTIATE_TEST_SUITE_P(Each, FloodOfAClass, ::testing::ValuesIn(Classes()),
                         [](const auto& each) { return std::string(each.param.name); });

// Control takes nothing meanwhile: what is for it waits within its bounds or is lost.
TEST_F(Floods, OfAllClassesWhileControlStandsStillCostKnownStreamsNothing) {
  Traffic traffic(ports_, pool_, {"dn1", 1}, {1, kIpv6Stream});
  for (const Class& flood : Classes()) FloodBeside(traffic, flood, [] {});
  ExpectAllAccountedFor(traffic);
}

}  // namespace
}  // namespace mgmd
