// Invariant: whatever floods one interface, streams that flow on others lose no packet and stay in order, what is held
// and what waits for control stays within its bounds, and every packet is accounted for. A worker runs on a real lcore;
// a traffic thread feeds one stream of each family and counts what comes out, while the flood comes as fast as the port
// takes it.

#include <gtest/gtest.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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
[punt]
pim_register = [100, 200]
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
  std::optional<LocalClass> local_class;
  std::function<Bytes(uint32_t n, const Bytes& own)> frame;
};

const Bytes kAllStations(6, 255);
constexpr const char* kOwn = "10.2.0.254";
constexpr const char* kOwn6 = "2001:db8:2::fe";
const Ipv4Address kDelivered{239, 9, 9, 9};
const Ipv6Address kDelivered6 = Ipv6Address::Parse("ff0e::9").value();

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
PacketBuilder Pim(uint32_t n, std::string_view to) {
  return (to.find(':') == to.npos ? Packet(n) : Packet6(n)).To(to).Protocol(103).Ttl(1).Payload(Garbage(n));
}
PacketBuilder Icmp(uint32_t n, Bytes message) {
  const Bytes garbage = Garbage(n);
  message.insert(message.end(), garbage.begin(), garbage.end());
  return Packet6(n).Protocol(58).Payload(std::move(message)).Ttl(255);
}
// Type, code, sum, reserved.
const Bytes kSolicitation = {135, 0, 0, 0, 0, 0, 0, 0};
PacketBuilder SolicitationOfOwn(uint32_t n) {
  Bytes message = kSolicitation;
  const auto target = Ipv6Address::Parse(kOwn6).value().bytes();
  message.insert(message.end(), target.begin(), target.end());
  return Icmp(n, std::move(message)).To("ff02::1:ff00:fe");
}

const std::vector<Class>& Classes() {
  using enum LocalClass;
  static const std::vector<Class> classes = {
      {"UnknownStreams", std::nullopt, [](uint32_t n, const Bytes&) { return Packet(n).To("239.2.1.1").Build(); }},
      {"UnknownStreamsOfIpv6", std::nullopt,
       [](uint32_t n, const Bytes&) { return Packet6(n).To("ff0e::2:1").Build(); }},
      {"Igmp", kIgmp,
       [](uint32_t n, const Bytes&) {
         return Packet(n).To("224.0.0.22").Ttl(1).Protocol(2).Payload(Garbage(n)).Build();
       }},
      {"Mld", kMld,
       [](uint32_t n, const Bytes&) {
         return Icmp(n, {143, 0, 0, 0}).To("ff02::16").Extension(0, {5, 2, 0, 0}).Build();
       }},
      {"Arp", kNeighbourOther,
       [](uint32_t n, const Bytes&) {
         return Packet(n).EtherType(0x0806).DestinationMac(kAllStations).Payload(Garbage(n)).Build();
       }},
      {"ArpForOwnAddress", kNeighbour,
       [](uint32_t, const Bytes&) { return testing::ArpRequest(Ipv4Address::Parse(kOwn).value()); }},
      {"NeighbourSolicitations", kNeighbourOther,
       [](uint32_t n, const Bytes&) { return Icmp(n, kSolicitation).To("ff02::1:ff00:fe").Build(); }},
      {"SolicitationsOfOwnAddress", kNeighbour, [](uint32_t n, const Bytes&) { return SolicitationOfOwn(n).Build(); }},
      {"PingsOfIpv6", kNeighbourOther,
       [](uint32_t n, const Bytes& own) {
         return Icmp(n, {128, 0, 0, 0, 0, 1, 0, 1}).To(kOwn6).DestinationMac(own).Build();
       }},
      {"Unicast", kHost, [](uint32_t n, const Bytes& own) { return Packet(n).To(kOwn).DestinationMac(own).Build(); }},
      {"UnicastOfIpv6", kHost,
       [](uint32_t n, const Bytes& own) { return Packet6(n).To(kOwn6).DestinationMac(own).Build(); }},
      {"Broadcasts", kHost,
       [](uint32_t n, const Bytes&) { return Packet(n).To("255.255.255.255").DestinationMac(kAllStations).Build(); }},
      {"RoutingGroups", kLinkLocal,
       [](uint32_t n, const Bytes&) { return Packet(n).To("224.0.0.5").Ttl(1).Protocol(89).Build(); }},
      {"RoutingGroupsOfIpv6", kLinkLocal,
       [](uint32_t n, const Bytes&) { return Packet6(n).To("ff02::5").Ttl(1).Protocol(89).Build(); }},
      {"Mdns", kLinkLocalOther, [](uint32_t n, const Bytes&) { return Packet(n).To("224.0.0.251").Ttl(255).Build(); }},
      {"MdnsOfIpv6", kLinkLocalOther,
       [](uint32_t n, const Bytes&) { return Packet6(n).To("ff02::fb").Ttl(255).Build(); }},
      {"Pim", kPim, [](uint32_t n, const Bytes&) { return Pim(n, "224.0.0.13").Build(); }},
      {"PimOfIpv6", kPim, [](uint32_t n, const Bytes&) { return Pim(n, "ff02::d").Build(); }},
      {"Registers", kPimRegister,
       [](uint32_t n, const Bytes& own) { return Pim(n, kOwn).DestinationMac(own).Build(); }},
      {"RegistersOfIpv6", kPimRegister,
       [](uint32_t n, const Bytes& own) { return Pim(n, kOwn6).DestinationMac(own).Build(); }},
      {"Delivered", kDeliver, [](uint32_t n, const Bytes&) { return Packet(n).To(kDelivered.ToString()).Build(); }},
      {"DeliveredOfIpv6", kDeliver,
       [](uint32_t n, const Bytes&) { return Packet6(n).To(kDelivered6.ToString()).Build(); }},
      {"OtherEtherTypes", kOther,
       [](uint32_t n, const Bytes&) { return Packet(n).EtherType(0x88CC).Payload(Garbage(n)).Build(); }},
  };
  return classes;
}

struct CountingConsumer : local::Consumer {
  void Take(const LocalPacket& packet) override {
    ++packets;
    if (std::ranges::equal(packet.frame, hello)) ++hellos;
  }
  Bytes hello;
  uint64_t packets = 0;
  uint64_t hellos = 0;
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
    ASSERT_NO_FATAL_FAILURE(Start(kConfig, [](config::Config& config) {
      // By hand: as a key it takes a twin, which takes a privilege.
      for (config::Interface& interface : config.interfaces) {
        if (interface.name == "up2") interface.deliver = {{kDelivered}, {kDelivered6}};
      }
    }));
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
  // Of all that was received: packets that control has been handed, and copies, of packets that went on.
  uint64_t HandedOver() const {
    const auto punts = router_->Punts();
    return Sum(punts) - Count(punts, "no_entry") - Count(punts, "wrong_interface");
  }
  // Packets that have gone no further, and are not held. Copies for the host are none.
  uint64_t Ended() const {
    const auto drops = router_->Drops();
    return Sum(drops) - Count(drops, "deliver_rate") - Count(drops, "deliver_ring_full") + HandedOver() -
           Count(router_->Punts(), "deliver");
  }
  static bool IsOver(std::chrono::steady_clock::time_point begin) {
    return std::chrono::steady_clock::now() - begin > support::kGuard;
  }

  // False: there is no room for it now.
  bool FeedFlooded(const Bytes& frame) {
    if (!ports_.at("up2").Feed(pool_, frame)) return false;
    ++flood_fed_;
    return true;
  }
  // Of the class, and of the known streams, so many packets at least; `control` is called in between.
  void FloodBeside(Traffic& traffic, const Class& flood, const std::function<void()>& control) {
    const uint64_t goal = traffic.Count("dn1", 1) + kKnown;
    const uint64_t flooded = flood_fed_ + kFlood;
    const auto begin = std::chrono::steady_clock::now();
    while (traffic.Count("dn1", 1) < goal || flood_fed_ < flooded) {
      for (uint64_t n = 0; n < kBurst && FeedFlooded(flood.frame(flood_number_, own_)); ++n) ++flood_number_;
      control();
      // One interface has half of what each family may have.
      ASSERT_LE(Held("held_packets"), kPendingPackets);
      ASSERT_LE(Held("held_streams"), kPending);
      ASSERT_FALSE(IsOver(begin)) << traffic.Count("dn1", 1) << " of " << traffic.fed()
                                  << " of the stream came out, and " << flood_fed_ << " of the flood went in";
    }
  }
  // Every packet has ended somewhere when this returns.
  void ExpectAllAccountedFor(Traffic& traffic) {
    const auto begin = std::chrono::steady_clock::now();
    while ((Ended() < flood_fed_ || consumer_.packets < HandedOver()) && !IsOver(begin)) router_->StepControl();
    traffic.Stop();
    EXPECT_EQ(traffic.Count("dn1", 1), traffic.fed());
    EXPECT_EQ(traffic.Count("dn1", kIpv6Stream), traffic.fed());
    EXPECT_TRUE(traffic.InOrder("dn1", 1));
    EXPECT_TRUE(traffic.InOrder("dn1", kIpv6Stream));
    EXPECT_EQ(router_->packets_received(), 2 * traffic.fed() + flood_fed_);
    EXPECT_EQ(Ended(), flood_fed_);
    EXPECT_EQ(consumer_.packets, HandedOver());
    EXPECT_EQ(Held("held_packets"), 0u);
  }

  // Registers carry data, so that a source may be as fast as it likes: Hellos of the same neighbour have a rate of
  // their own, and each comes through.
  void ExpectHellosBeside(std::string_view registers, std::string_view group) {
    const auto flood =
        std::find_if(Classes().begin(), Classes().end(), [&](const Class& one) { return one.name == registers; });
    Traffic traffic(ports_, pool_, {"dn1", 1}, {1, kIpv6Stream});
    consumer_.hello = Pim(77, group).Build();
    uint64_t said = 0;
    ASSERT_NO_FATAL_FAILURE(FloodBeside(traffic, *flood, [&] {
      said += FeedFlooded(consumer_.hello);
      router_->StepControl();
    }));
    ExpectAllAccountedFor(traffic);
    EXPECT_GT(said, 0u);
    EXPECT_EQ(consumer_.hellos, said);
    EXPECT_GT(Count(router_->Drops(), "local_rate"), 0u);
  }

  Bytes own_;
  CountingConsumer consumer_;
  uint32_t flood_number_ = 0;
  uint64_t flood_fed_ = 0;
};

class FloodOfAClass : public Floods, public ::testing::WithParamInterface<Class> {};

TEST_P(FloodOfAClass, CostsKnownStreamsNothing) {
  Traffic traffic(ports_, pool_, {"dn1", 1}, {1, kIpv6Stream});
  ASSERT_NO_FATAL_FAILURE(FloodBeside(traffic, GetParam(), [&] { router_->StepControl(); }));
  ExpectAllAccountedFor(traffic);
  // It was a flood of that class and of no other, as far as the class's rate has let it come.
  for (size_t i = 0; i < kLocalClasses; ++i) {
    EXPECT_EQ(Count(router_->Punts(), kLocalClassNames[i]) > 0, GetParam().local_class == LocalClass(i))
        << kLocalClassNames[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Each, FloodOfAClass, ::testing::ValuesIn(Classes()),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(FloodsOf, EveryClassAreThere) {
  for (size_t i = 0; i < kLocalClasses; ++i) {
    EXPECT_TRUE(std::any_of(Classes().begin(), Classes().end(), [&](const Class& flood) {
      return flood.local_class == LocalClass(i);
    })) << kLocalClassNames[i];
  }
}

TEST_F(Floods, OfRegistersLeaveHellosAlone) { ExpectHellosBeside("Registers", "224.0.0.13"); }
TEST_F(Floods, OfRegistersOfIpv6LeaveHellosAlone) { ExpectHellosBeside("RegistersOfIpv6", "ff02::d"); }

// Control takes nothing meanwhile: what is for it waits within its bounds or is lost.
TEST_F(Floods, OfAllClassesWhileControlStandsStillCostKnownStreamsNothing) {
  Traffic traffic(ports_, pool_, {"dn1", 1}, {1, kIpv6Stream});
  for (const Class& flood : Classes()) ASSERT_NO_FATAL_FAILURE(FloodBeside(traffic, flood, [] {}));
  ExpectAllAccountedFor(traffic);
}

}  // namespace
}  // namespace mgmd
