// Invariant: every key of the contract (contract.toml) arrives as its value, and is refused exactly where its room is
// not built.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <variant>

#include "control/config/config.h"

namespace mgmd::config {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr Options kEveryRoom = {.eal_args = {}, .rooms = kAllRooms};
constexpr InterfaceId kUp{.index = 1, .next_hop = {}};
constexpr InterfaceId kDn1{.index = 2, .next_hop = {}};
constexpr InterfaceId kDn1v100{.index = 3, .next_hop = {}};

template <class Family>
membership::StaticMember<Family> Member(std::string_view group, std::optional<std::string_view> source = {}) {
  using Address = typename Family::Address;
  return {Address::Parse(group).value(), source ? Address::Parse(*source) : std::optional<Address>()};
}

class Contract : public testing::Test {
 protected:
  const std::string path_ = SOURCE_ROOT "/tests/unit/config/contract.toml";
  const Config config_ = Load(path_, kEveryRoom).config;
};

TEST_F(Contract, HasNoErrorsWhereEveryRoomIsBuilt) { EXPECT_EQ(Load(path_, kEveryRoom).ErrorText(), ""); }

TEST_F(Contract, IsRefusedExactlyWhereARoomIsNotBuilt) {
  std::string expected;
  for (const char* error :
       {"87:14: protocol.static.smcroute: not in this build; allowed: [[protocol.static.mroute]] instead",
        "145:1: api: not in this build; allowed: no [api]",
        "149:1: metrics: not in this build; allowed: no [metrics]"}) {
    expected += path_ + ":" + error + "\n";
  }
  EXPECT_EQ(Load(path_, {.eal_args = {}, .rooms = {}}).ErrorText(), expected);
}

TEST_F(Contract, GivesTheProcessItsValues) {
  EXPECT_THAT(config_.dpdk.eal_args, ElementsAre("-l", "0-1", "--no-pci"));
  EXPECT_THAT(config_.dpdk.workers, ElementsAre(LcoreId{1}));
  EXPECT_EQ(config_.dpdk.memory, Memory::kAuto);
  EXPECT_EQ(config_.dataplane.share_above, std::nullopt);
  EXPECT_EQ(config_.dataplane.idle, Idle::kPoll);
  EXPECT_EQ(config_.dataplane.release_wait, 1000U);
  EXPECT_EQ(config_.control.stop_timeout, 15U);
  EXPECT_EQ(config_.control.ssm.of<Ipv4>(), Control().ssm.of<Ipv4>());
  EXPECT_EQ(config_.control.ssm.of<Ipv6>(), Control().ssm.of<Ipv6>());
  EXPECT_FALSE(config_.control.act_on_unknown_options);
  EXPECT_EQ(config_.control.icmpv6_errors, 20U);
  EXPECT_EQ(config_.log_level, LogLevel::kInfo);
  ASSERT_TRUE(config_.api && config_.metrics);
  EXPECT_EQ(config_.api->socket, "/run/mgmd/mgmd.sock");
  EXPECT_EQ(config_.api->mode, 0660U);
  EXPECT_EQ(config_.metrics->address, Ipv4Address(127, 0, 0, 1));
  EXPECT_EQ(config_.metrics->port, 9111);
}

TEST_F(Contract, ShowsTheDefaultsOfTheLimits) {
  const Limits defaults;
  const Limits& limits = config_.limits;
  EXPECT_EQ(limits.mfes, defaults.mfes);
  EXPECT_EQ(limits.negative_mfes, defaults.negative_mfes);
  EXPECT_EQ(limits.mfes_per_group, defaults.mfes_per_group);
  EXPECT_EQ(limits.mfes_per_interface, defaults.mfes_per_interface);
  EXPECT_EQ(limits.mfes_per_owner, defaults.mfes_per_owner);
  EXPECT_EQ(limits.pending, defaults.pending);
  EXPECT_EQ(limits.pending_depth, defaults.pending_depth);
  EXPECT_EQ(limits.pending_packets, defaults.pending_packets);
  EXPECT_EQ(limits.pending_timeout, defaults.pending_timeout);
  EXPECT_EQ(limits.retired, defaults.retired);
  EXPECT_EQ(limits.local_packets, defaults.local_packets);
  EXPECT_EQ(limits.mbufs, defaults.mbufs);
}

TEST_F(Contract, ShowsTheDefaultRatesOfEveryClassOfLocalTraffic) {
  for (size_t row = 0; row < kLocalClasses; ++row) {
    EXPECT_EQ(config_.punt[row].per_second, kLocalRates[row].per_second) << kLocalClassNames[row];
    EXPECT_EQ(config_.punt[row].burst, kLocalRates[row].burst) << kLocalClassNames[row];
  }
}

TEST_F(Contract, GivesTheInterfacesTheirValues) {
  ASSERT_EQ(config_.interfaces.size(), 3U);
  const Interface& up0 = config_.interfaces[0];
  EXPECT_EQ(up0.name, "up0");
  EXPECT_EQ(up0.id, kUp);
  EXPECT_EQ(up0.device, "net_pcap0,rx_pcap=in.pcap,tx_pcap=up0.pcap");
  EXPECT_EQ(up0.port, kUp);
  EXPECT_THAT(up0.addresses.of<Ipv4>(), ElementsAre(InterfaceAddress<Ipv4>{Ipv4Address(10, 0, 0, 254), 24}));
  EXPECT_THAT(up0.addresses.of<Ipv6>(), ElementsAre(InterfaceAddress<Ipv6>{*Ipv6Address::Parse("2001:db8::fe"), 64}));
  EXPECT_THAT(up0.boundary.of<Ipv4>(), ElementsAre(Ipv4Prefix(Ipv4Address(239, 255, 0, 0), 16)));
  EXPECT_THAT(up0.boundary.of<Ipv6>(), ElementsAre(*Ipv6Prefix::Parse("ff08::/16")));
  EXPECT_EQ(up0.scope_boundary, 5);
  EXPECT_THAT(up0.join.of<Ipv4>(), ElementsAre(Member<Ipv4>("239.1.1.1"), Member<Ipv4>("232.1.1.1", "10.0.0.1")));
  EXPECT_THAT(up0.join.of<Ipv6>(), ElementsAre(Member<Ipv6>("ff0e::1"), Member<Ipv6>("ff3e::1", "2001:db8::1")));
  EXPECT_EQ(up0.worker, LcoreId{1});

  const Interface& dn1v100 = config_.interfaces[2];
  EXPECT_EQ(dn1v100.id, kDn1v100);
  EXPECT_EQ(dn1v100.port, kDn1);
  EXPECT_EQ(dn1v100.vlan, VlanId{100});
  EXPECT_EQ(dn1v100.device, "");
}

TEST_F(Contract, GivesRoutesAndProtocolsTheirValues) {
  ASSERT_EQ(config_.routes.of<Ipv4>().size(), 1U);
  const StaticRoute<Ipv4>& route = config_.routes.of<Ipv4>()[0];
  EXPECT_EQ(route.prefix, Ipv4Prefix(Ipv4Address(10, 0, 0, 0), 8));
  EXPECT_EQ(route.interface, kUp);
  EXPECT_EQ(route.next_hop, Ipv4Address(10, 0, 0, 1));
  ASSERT_EQ(config_.routes.of<Ipv6>().size(), 1U);
  const StaticRoute<Ipv6>& route6 = config_.routes.of<Ipv6>()[0];
  EXPECT_EQ(route6.prefix, Ipv6Prefix::Parse("2001:db8:100::/40"));
  EXPECT_EQ(route6.interface, config_.Find("up0")->IdIn<Ipv6>());
  EXPECT_EQ(route6.next_hop, Ipv6Address::Parse("fe80::1"));

  EXPECT_TRUE(config_.rib.kernel);
  EXPECT_EQ(config_.rib.table, 100U);
  EXPECT_FALSE(Rib().kernel);
  EXPECT_EQ(Rib().table, 254U);

  ASSERT_EQ(config_.protocols.size(), 2U);
  EXPECT_EQ(config_.protocols[0].name, "static");
  ASSERT_NE(config_.static_protocol(), nullptr);
  EXPECT_THAT(config_.static_protocol()->interfaces.of<Ipv4>(), ElementsAre(kUp, kDn1, kDn1v100));
  EXPECT_EQ(config_.static_protocol()->interfaces.of<Ipv6>().size(), 3U);
  EXPECT_EQ(config_.static_protocol()->smcroute, "mroutes.conf");
  ASSERT_EQ(config_.static_protocol()->mroutes.of<Ipv4>().size(), 1U);
  const StaticMroute<Ipv4>& mroute = config_.static_protocol()->mroutes.of<Ipv4>()[0];
  EXPECT_EQ(mroute.from, kUp);
  EXPECT_EQ(mroute.key().ToString(), "(10.0.0.1,232.1.1.1)");
  EXPECT_THAT(mroute.to, ElementsAre(kDn1, kDn1v100));
  ASSERT_EQ(config_.static_protocol()->mroutes.of<Ipv6>().size(), 1U);
  const StaticMroute<Ipv6>& mroute6 = config_.static_protocol()->mroutes.of<Ipv6>()[0];
  EXPECT_EQ(mroute6.key().ToString(), "(*,ff0e::/16)");
  EXPECT_THAT(mroute6.to, ElementsAre(config_.Find("dn1")->IdIn<Ipv6>()));

  EXPECT_EQ(config_.protocols[1].name, "example");
  const auto& module = std::get<ProtocolModule>(config_.protocols[1].kind);
  EXPECT_EQ(module.module, "libexample_protocol.so");
  EXPECT_EQ(module.component, 1U);
  EXPECT_THAT(module.options, ElementsAre(Pair("hello", OptionValue(int64_t{30}))));
}

TEST_F(Contract, GivesIgmpItsValues) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  const auto& igmp = config_.membership.of<Ipv4>();
  ASSERT_TRUE(igmp);
  ASSERT_EQ(igmp->interfaces.size(), 3U);
  EXPECT_EQ(igmp->max_memberships, 1000000U);
  EXPECT_EQ(config_.takeover.of<Ipv4>().grace, 4U);
  EXPECT_TRUE(config_.takeover.of<Ipv4>().hitless);

  const MembershipInterface<Ipv4>& dn1 = igmp->interfaces[0];
  EXPECT_EQ(dn1.id, kDn1);
  EXPECT_EQ(dn1.name, "dn1");
  EXPECT_EQ(dn1.forward_only_as_querier, true);
  const auto& router = dn1.router;
  EXPECT_EQ(router.version, membership::Version::kV3);
  EXPECT_EQ(router.timing, membership::Timing());
  EXPECT_EQ(router.last_member_query_interval, seconds(1));
  EXPECT_EQ(router.last_member_query_count, 3);
  EXPECT_EQ(router.startup_query_interval, std::optional<membership::Duration>(milliseconds(31250)));
  EXPECT_EQ(router.startup_query_count, 4);
  EXPECT_EQ(router.immediate_leave, membership::ImmediateLeave::kNo);
  EXPECT_FALSE(router.acceptance.require_router_alert);
  EXPECT_TRUE(router.acceptance.any_ttl && router.acceptance.require_local_source);
  EXPECT_FALSE(router.compat_hosts);
  EXPECT_TRUE(router.rfc3376_timers);
  EXPECT_THAT(router.ignored, ElementsAre(membership::Version::kV1, membership::Version::kV2));
  EXPECT_EQ(router.max_groups, 9000U);
  EXPECT_EQ(router.max_sources, 900U);
  EXPECT_TRUE(router.acl.Permits(Ipv4Address(239, 1, 1, 1), Ipv4Address(10, 1, 1, 1)));
  EXPECT_FALSE(router.acl.Permits(Ipv4Address(239, 1, 1, 1), Ipv4Address(11, 1, 1, 1)));
  EXPECT_THAT(router.static_members,
              ElementsAre(membership::StaticMember<Ipv4>{Ipv4Address(239, 9, 9, 9), Ipv4Address(10, 0, 0, 1)}));

  const auto& up0 = igmp->interfaces[1].router;
  EXPECT_EQ(up0.version, membership::Version::kV2) << "its own";
  EXPECT_EQ(up0.max_groups, 9000U) << "the section's";
  EXPECT_TRUE(up0.acl.Permits(Ipv4Address(239, 1, 1, 1), Ipv4Address(11, 1, 1, 1)));
  EXPECT_THAT(up0.static_members, testing::IsEmpty());
  EXPECT_THAT(igmp->interfaces[0].join, testing::IsEmpty());
  EXPECT_EQ(igmp->interfaces[1].join.size(), 2U);
  EXPECT_EQ(igmp->interfaces[2].id, kDn1v100);
  EXPECT_FALSE(igmp->interfaces[2].has_router);
  ASSERT_EQ(igmp->proxies.size(), 1U);
  const MembershipProxy<Ipv4>& proxy = igmp->proxies[0];
  EXPECT_EQ(proxy.upstream, kDn1v100);
  EXPECT_THAT(proxy.downstream, ElementsAre(kDn1));
  EXPECT_THAT(proxy.sources,
              ElementsAre(Ipv4Prefix(Ipv4Address(10, 0, 0, 0), 8), Ipv4Prefix(Ipv4Address(192, 168, 0, 0), 16)));
  EXPECT_TRUE(proxy.acl.PermitsAnySource(Ipv4Address(239, 1, 1, 1)));
  EXPECT_FALSE(proxy.acl.PermitsAnySource(Ipv4Address(238, 1, 1, 1)));
  EXPECT_FALSE(proxy.upstream_sends);
}

TEST_F(Contract, GivesMldItsDefaults) {
  const auto& mld = config_.membership.of<Ipv6>();
  ASSERT_TRUE(mld);
  ASSERT_EQ(mld->interfaces.size(), 1U);
  const membership::RouterSettings<Ipv6> defaults;
  const auto& router = mld->interfaces[0].router;
  EXPECT_EQ(router.version, defaults.version);
  EXPECT_EQ(router.timing, defaults.timing);
  EXPECT_TRUE(router.acceptance.require_router_alert);
  EXPECT_EQ(router.max_groups, defaults.max_groups);
  EXPECT_TRUE(router.compat_hosts);
  EXPECT_EQ(mld->max_memberships, 1048576U);
  EXPECT_EQ(config_.takeover.of<Ipv6>().grace, 5U);
  EXPECT_FALSE(config_.takeover.of<Ipv6>().hitless);
}

}  // namespace
}  // namespace mgmd::config
