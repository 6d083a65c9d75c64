// Invariant: a key that is given arrives as its value, and an absent key as its default.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "control/config/config.h"

namespace mgmd::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr Options kEverything = {.eal_args = {}, .rooms = kAllRooms};
constexpr InterfaceId kUp0{.index = 1, .next_hop = {}};

// A router whose last section is the one under test.
Config Good(std::string_view text) {
  constexpr std::string_view kRouter = R"([dpdk]
workers = [1, 2]
[[interface]]
name = "up0"
device = "net_null0"
[[interface]]
name = "dn1"
device = "net_null1"
[[interface]]
name = "dn1v100"
parent = "dn1"
vlan = 100
)";
  Result result = Parse(std::string(kRouter) + std::string(text), "x.toml", kEverything);
  EXPECT_EQ(result.ErrorText(), "");
  return std::move(result.config);
}

TEST(GoodConfig, OfTheLeastHasTheDefaults) {
  const Config config = Good("");
  EXPECT_THAT(config.dpdk.eal_args, IsEmpty());
  EXPECT_EQ(config.limits.mfes, 1048576U);
  EXPECT_EQ(config.limits.negative_mfes, 262144U);
  EXPECT_EQ(config.dataplane.idle, Idle::kPoll);
  EXPECT_EQ(config.dataplane.release_wait, 1000U);
  EXPECT_EQ(config.dataplane.vanish_linger, 30U);
  EXPECT_EQ(config.control.stop_timeout, 10U);
  EXPECT_TRUE(config.control.act_on_unknown_options);
  EXPECT_THAT(config.routes.of<Ipv4>(), IsEmpty());
  EXPECT_THAT(config.routes.of<Ipv6>(), IsEmpty());
  EXPECT_THAT(config.protocols, IsEmpty());
  EXPECT_FALSE(config.membership.of<Ipv4>() || config.membership.of<Ipv6>() || config.api || config.metrics);
  const Interface& up0 = *config.Find("up0");
  EXPECT_EQ(up0.id, kUp0);
  EXPECT_EQ(up0.mtu, 1500);
  EXPECT_EQ(up0.ttl_threshold, 1);
  EXPECT_EQ(up0.rx_queues, 1);
  EXPECT_EQ(up0.worker, std::nullopt);
  EXPECT_FALSE(up0.late || up0.tap || up0.tap_all || up0.ipv6_auto);
  EXPECT_EQ(up0.complete_checksums, std::nullopt);
  EXPECT_THAT(up0.boundary.of<Ipv4>(), IsEmpty());
  EXPECT_THAT(up0.boundary.of<Ipv6>(), IsEmpty());
  EXPECT_EQ(up0.scope_boundary, 0);
}

TEST(GoodConfig, KeepsEachKeyThatIsGiven) {
  const Config config = Good(R"(
[limits]
mfes = 1000
negative_mfes = 900
mfes_per_group = 8
mfes_per_interface = 9
mfes_per_owner = 10
pending = 2
pending_depth = 3
pending_packets = 4
pending_timeout = 5
retired = 6
local_packets = 11
mbufs = 7
[dataplane]
share_above = 512
idle = "sleep"
release_wait = 20
vanish_linger = 0
[punt]
pim = [12, 13]
[log]
level = "off"
[api]
socket = "mgmd.sock"
mode = "600"
[metrics]
listen = "0.0.0.0:80"
[[interface]]
name = "x"
index = 77
device = "0000:03:00.0"
addresses = ["10.9.0.1/24", "10.9.0.2/24", "10.10.0.0/31", "10.11.0.1/32"]
mtu = 9000
ttl_threshold = 0
boundary = ["239.192.0.0/14", "224.0.1.39/32"]
rx_queues = 4
worker = 2
late = true
macs = ["00:00:5e:00:01:01", "02:AB:cd:ef:00:ff"]
tap = true
tap_all = true
ipv6 = "auto"
deliver = ["239.1.1.1", "ff3e::1:1", "232.1.1.1"]
complete_checksums = true
[[interface]]
name = "xv1"
parent = "x"
vlan = 1
[[interface]]
name = "y"
device = "net_null7"
complete_checksums = false
)");
  EXPECT_EQ(config.limits.mfes, 1000U);
  EXPECT_EQ(config.limits.negative_mfes, 900U);
  EXPECT_EQ(config.limits.mfes_per_group, 8U);
  EXPECT_EQ(config.limits.mfes_per_interface, 9U);
  EXPECT_EQ(config.limits.mfes_per_owner, 10U);
  EXPECT_EQ(config.limits.pending, 2U);
  EXPECT_EQ(config.limits.pending_depth, 3U);
  EXPECT_EQ(config.limits.pending_packets, 4U);
  EXPECT_EQ(config.limits.pending_timeout, 5U);
  EXPECT_EQ(config.limits.retired, 6U);
  EXPECT_EQ(config.limits.local_packets, 11U);
  EXPECT_EQ(config.limits.mbufs, 7U);
  EXPECT_EQ(config.dataplane.share_above, 512U);
  EXPECT_EQ(config.dataplane.idle, Idle::kSleep);
  EXPECT_EQ(config.dataplane.release_wait, 20U);
  EXPECT_EQ(config.dataplane.vanish_linger, 0U);
  const LocalRate pim = config.punt[static_cast<size_t>(LocalClass::kPim)];
  EXPECT_EQ(pim.per_second, 12U);
  EXPECT_EQ(pim.burst, 13U);
  EXPECT_EQ(config.Find("x")->deliver.of<Ipv4>(),
            (std::vector<Ipv4Address>{Ipv4Address(239, 1, 1, 1), Ipv4Address(232, 1, 1, 1)}));
  EXPECT_EQ(config.Find("x")->deliver.of<Ipv6>(), (std::vector<Ipv6Address>{*Ipv6Address::Parse("ff3e::1:1")}));
  EXPECT_EQ(config.Find("x")->macs, (std::vector<Mac>{{0, 0, 0x5E, 0, 1, 1}, {2, 0xAB, 0xCD, 0xEF, 0, 0xFF}}));
  EXPECT_EQ(config.log_level, LogLevel::kOff);
  EXPECT_EQ(config.api->socket, "mgmd.sock");
  EXPECT_EQ(config.api->mode, 0600U);
  EXPECT_EQ(config.metrics->address, Ipv4Address());
  EXPECT_EQ(config.metrics->port, 80);
  const Interface* x = config.Find(InterfaceId{.index = 77, .next_hop = {}});
  ASSERT_NE(x, nullptr);
  EXPECT_EQ(x->name, "x");
  EXPECT_EQ(x->addresses.of<Ipv4>().size(), 4U);
  EXPECT_EQ(x->mtu, 9000);
  EXPECT_EQ(x->ttl_threshold, 0);
  EXPECT_EQ(x->boundary.of<Ipv4>().size(), 2U);
  EXPECT_EQ(x->rx_queues, 4);
  EXPECT_EQ(x->worker, LcoreId{2});
  EXPECT_TRUE(x->late && x->tap && x->tap_all && x->ipv6_auto);
  EXPECT_EQ(x->complete_checksums, true);
  EXPECT_EQ(config.Find("xv1")->complete_checksums, true);
  EXPECT_EQ(config.Find("y")->complete_checksums, false);
}

TEST(GoodConfig, SharesOfNegativeEntriesFollowTheCeiling) {
  EXPECT_EQ(Good("[limits]\nmfes = 1000\n").limits.negative_mfes, 250U);
  EXPECT_EQ(Good("[limits]\nmfes = 1\n").limits.negative_mfes, 1U);
  EXPECT_EQ(Good("[limits]\nmfes = 60000000\n").limits.negative_mfes, 262144U);
}

TEST(GoodConfig, PutsTheCommandLinesEalArgumentsBehindTheFiles) {
  const std::string text = "[dpdk]\neal_args = [\"-l\", \"0-2\"]\nworkers = [0, 1]\n";
  const Result result = Parse(text, "x.toml", {.eal_args = {"--main-lcore", "2"}, .rooms = {}});
  EXPECT_EQ(result.ErrorText(), "");  // without the command line, lcore 0 would be the main one
  EXPECT_THAT(result.config.dpdk.eal_args, ElementsAre("-l", "0-2", "--main-lcore", "2"));
}

TEST(GoodConfig, KeepsAnInterfaceToWhatItsPortTakes) {
  // Invariant: never above its own MTU, nor below the least that IPv4 wants, whatever the port says.
  Interface interface;
  interface.mtu = 1400;
  EXPECT_EQ(interface.UsableMtu(0), 1400) << "the port does not say";
  EXPECT_EQ(interface.UsableMtu(9000), 1400);
  EXPECT_EQ(interface.UsableMtu(1399), 1399);
  EXPECT_EQ(interface.UsableMtu(67), kLowestMtu);
}

TEST(GoodConfig, FindsAPortBehindItsVlanAndGivesItsMtuOn) {
  const Config config = Good(R"(
[[interface]]
name = "b7"
parent = "b"
vlan = 7
[[interface]]
name = "b8"
parent = "b"
vlan = 8
mtu = 1280
[[interface]]
name = "b"
device = "net_null2"
mtu = 4000
)");
  EXPECT_EQ(config.Find("b7")->port, config.Find("b")->id);
  EXPECT_EQ(config.Find("b7")->mtu, 4000);
  EXPECT_EQ(config.Find("b8")->mtu, 1280);
}

TEST(GoodConfig, KeepsPrioritiesUnlessOneIsGiven) {
  const Config config = Good(R"(
[[interface]]
name = "port"
device = "net_null2"
pcp = "keep"
[[interface]]
name = "absent"
parent = "port"
vlan = 7
[[interface]]
name = "keep"
parent = "port"
vlan = 8
pcp = "keep"
[[interface]]
name = "lowest"
parent = "port"
vlan = 9
pcp = 0
[[interface]]
name = "highest"
parent = "port"
vlan = 10
pcp = 7
)");
  EXPECT_EQ(config.Find("port")->pcp, std::nullopt);
  EXPECT_EQ(config.Find("absent")->pcp, std::nullopt);
  EXPECT_EQ(config.Find("keep")->pcp, std::nullopt);
  EXPECT_EQ(config.Find("lowest")->pcp, 0);
  EXPECT_EQ(config.Find("highest")->pcp, 7);
}

TEST(GoodConfig, HasAnyNumberOfVlansOnAPort) {
  std::string text;
  for (int vlan = 1; vlan <= 1024; ++vlan) {
    absl::StrAppend(&text, "[[interface]]\nname = \"v", vlan, "\"\nparent = \"up0\"\nvlan = ", vlan, "\n");
  }
  EXPECT_EQ(Good(text).interfaces.size(), 1027U);
}

TEST(GoodConfig, HasStaticBeforeModulesWhichStayInOrderOfTheFile) {
  const Config config = Good(R"(
[protocol.zebra]
module = "z.so"
[protocol.pim]
module = "p.so"
options = { b = true, i = -1, f = 0.5, s = "text" }
[protocol.static]
interfaces = ["up0"]
)");
  ASSERT_EQ(config.protocols.size(), 3U);
  EXPECT_EQ(config.protocols[0].name, "static");
  EXPECT_EQ(config.protocols[1].name, "zebra");
  EXPECT_EQ(config.protocols[2].name, "pim");
  EXPECT_THAT(std::get<ProtocolModule>(config.protocols[2].kind).options,
              ElementsAre(Pair("b", OptionValue(true)), Pair("i", OptionValue(int64_t{-1})),
                          Pair("f", OptionValue(0.5)), Pair("s", OptionValue(std::string("text")))));
}

// Without a section the defaults count, and with one its own.
TEST(GoodConfig, JoinsWithoutIgmp) {
  constexpr std::string_view kJoin = R"(
[[interface]]
name = "a"
device = "net_null9"
join = ["239.1.1.1"]
)";
  const Config alone = Good(kJoin);
  ASSERT_TRUE(alone.membership.of<Ipv4>());
  EXPECT_FALSE(alone.membership.of<Ipv6>());
  EXPECT_EQ(alone.takeover.of<Ipv4>().grace, 5U);
  ASSERT_EQ(alone.membership.of<Ipv4>()->interfaces.size(), 1U);
  const MembershipInterface<Ipv4>& a = alone.membership.of<Ipv4>()->interfaces[0];
  EXPECT_EQ(a.id, alone.Find("a")->id);
  EXPECT_EQ(a.name, "a");
  EXPECT_FALSE(a.has_router);
  EXPECT_EQ(a.join.size(), 1U);
  EXPECT_EQ(a.router.timing, membership::Timing());

  const Config beside = Good(std::string(kJoin) + R"(
[igmp]
interfaces = ["dn1"]
robustness = 3
grace = 0
)");
  ASSERT_EQ(beside.membership.of<Ipv4>()->interfaces.size(), 2U);
  EXPECT_TRUE(beside.membership.of<Ipv4>()->interfaces[0].has_router);
  EXPECT_FALSE(beside.membership.of<Ipv4>()->interfaces[1].has_router);
  EXPECT_EQ(beside.membership.of<Ipv4>()->interfaces[1].router.timing.robustness, 3);
  EXPECT_EQ(beside.takeover.of<Ipv4>().grace, 0U);
}

// RFC 4605 section 3: of two proxies on a link one forwards, unless it is said otherwise.
TEST(GoodConfig, AProxyForwardsAsQuerierAlone) {
  const Config config = Good(R"(
[igmp]
interfaces = ["dn1", "dn1v100"]
[[igmp.interface]]
name = "dn1v100"
forward_only_as_querier = false
[[igmp.proxy]]
upstream = "up0"
downstream = ["dn1", "dn1v100"]
)");
  const auto& igmp = *config.membership.of<Ipv4>();
  ASSERT_EQ(igmp.interfaces.size(), 3U);
  EXPECT_EQ(igmp.interfaces[0].forward_only_as_querier, true);
  EXPECT_EQ(igmp.interfaces[1].forward_only_as_querier, false);
  EXPECT_EQ(igmp.interfaces[2].name, "up0");
  EXPECT_FALSE(igmp.interfaces[2].has_router);
  ASSERT_EQ(igmp.proxies.size(), 1U);
  EXPECT_THAT(igmp.proxies[0].sources, ElementsAre(Ipv4Prefix()));
  EXPECT_TRUE(igmp.proxies[0].upstream_sends);
}

TEST(DemoConfig, HasNoErrors) { EXPECT_EQ(Load(SOURCE_ROOT "/examples/demo.toml").ErrorText(), ""); }

}  // namespace
}  // namespace mgmd::config
