// Invariant: every command shows all there is, in pages that say where they go on, and no answer cuts anything without
// saying how much and how to get it. No page asks for more rows than control reads in one turn.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "common/counter_table.h"
#include "common/drop_reason.h"
#include "tests/unit/control/telemetry_commands_fixture.h"

namespace mgmd::api {
namespace {

TEST_F(Commands, RoutesComeInPagesThatHaveEachOnce) {
  source.AddRoutes(5000, 3);
  const auto pages = Pages("/mgm/routes");
  const auto groups = Column<std::string>(pages, "group");
  const auto packets = Column<uint64_t>(pages, "packets");
  ASSERT_EQ(groups.size(), 5000u);
  EXPECT_EQ(std::set<std::string>(groups.begin(), groups.end()).size(), 5000u);
  for (size_t row = 0; row < packets.size(); ++row) EXPECT_EQ(packets[row], source.of<Ipv4>().routes[row].packets);
  EXPECT_GT(pages.size(), 10u);
  for (const TelemetryAnswer& page : pages) EXPECT_EQ(Value<uint64_t>(page, "total"), 5000u);
}

TEST_F(Commands, APageOfRoutesBeginsWhereItIsAsked) {
  source.AddRoutes(1000, 1);
  source.Forget();
  const TelemetryAnswer page = Ask("/mgm/routes,239.0.3.0,*");
  EXPECT_EQ(Value<Strings>(page, "group").front(), "239.0.3.0");
  EXPECT_LE(source.rows_read(), views::kMostRows) << "not those before it";
  EXPECT_EQ(Value<std::string>(Ask("/mgm/routes,239.255.255.255,*"), "next"), "");
  EXPECT_EQ(Value<Strings>(Ask("/mgm/routes,239.255.255.255,*"), "group"), Strings());
}

TEST_F(Commands, RoutesThatAreNoneAreErrors) {
  for (const char* line : {"/mgm/routes,x", "/mgm/routes,1", "/mgm/routes,239.1.1.1", "/mgm/routes,239.1.1.1,x",
                           "/mgm/routes,10.0.0.1,*", "/mgm/routes,239.1.1.1/24,*", "/mgm/routes,239.1.1.0/24,10.0.0.1",
                           "/mgm/routes,239.1.1.1,0.0.0.1", "/mgm/routes,239.1.1.1,*,", "/mgm/routes,224.0.0.0/3,*"}) {
    EXPECT_EQ(Value<std::string>(Ask(line), "error"), "usage: /mgm/routes[,GROUP,SOURCE]") << line;
  }
  EXPECT_EQ(Value<std::string>(Ask("/mgm/route,239.1.1.1"), "error"), "usage: /mgm/route,GROUP,SOURCE[,OIF]");
  EXPECT_EQ(Value<std::string>(Ask("/mgm/route,239.1.1.1,*"), "error"), "no route 239.1.1.1,*");
}

TEST_F(Commands, ALongListOfOifsSaysHowManyMoreAndWhere) {
  source.AddRoutes(1, 300);
  const TelemetryAnswer page = Ask("/mgm/routes");
  for (const char* column : {"oifs", "oif_packets"}) {
    const std::string cell = Value<Strings>(page, column).front();
    EXPECT_THAT(cell, testing::EndsWith(" more: /mgm/route,239.0.0.0,*")) << column;
  }
  const auto whole = Pages("/mgm/route,239.0.0.0,*");
  const auto oifs = Column<std::string>(whole, "oif");
  const auto packets = Column<uint64_t>(whole, "oif_packets");
  ASSERT_EQ(oifs.size(), 300u);
  for (size_t oif = 0; oif < oifs.size(); ++oif) {
    EXPECT_EQ(oifs[oif], "dn" + std::to_string(oif + 1));
    EXPECT_EQ(packets[oif], source.of<Ipv4>().routes[0].oifs[oif].packets);
  }
  EXPECT_EQ(Value<uint64_t>(whole.front(), "oifs"), 300u);
}

TEST_F(Commands, ARouteShowsEveryReasonForWhichItLost) {
  source.AddRoutes(1, 2000);
  for (size_t reason = 0; reason < kDropReasons; ++reason) {
    source.of<Ipv4>().routes[0].drops.push_back({static_cast<DropReason>(reason), UINT64_MAX - reason});
  }
  for (views::RouteOifOf<Ipv4>& oif : source.of<Ipv4>().routes[0].oifs) oif.packets = oif.lost = UINT64_MAX;
  const auto pages = Pages("/mgm/route,239.0.0.0,*");
  EXPECT_EQ(Value<Numbers>(pages.front(), "drop_packets").size(), kDropReasons);
  EXPECT_EQ(Column<std::string>(pages, "oif").size(), 2000u);
  EXPECT_THAT(Value<Strings>(Ask("/mgm/routes"), "drops").front(), testing::HasSubstr(" more: /mgm/route,"));
}

TEST_F(Commands, RoutesOfTheLargestNumbersFit) {
  source.AddRoutes(300, 2000);
  for (views::RouteOf<Ipv4>& route : source.of<Ipv4>().routes) {
    route.packets = route.octets = UINT64_MAX;
    for (views::RouteOifOf<Ipv4>& oif : route.oifs) oif.packets = UINT64_MAX;
    for (size_t reason = 0; reason < kDropReasons; ++reason) {
      route.drops.push_back({static_cast<DropReason>(reason), UINT64_MAX});
    }
  }
  EXPECT_EQ(Column<uint64_t>(Pages("/mgm/routes"), "octets"), Numbers(300, UINT64_MAX));
}

TEST_F(Commands, RoutesKeepTheirKindsOfKeys) {
  source.AddRoute(Ipv4FibKey::AllGroups());
  source.AddRoute(Ipv4FibKey::AnySource(Ipv4Address(239, 1, 0, 0), 16));
  source.AddRoute(Ipv4FibKey::AnySource(Ipv4Address(239, 1, 1, 1)));
  source.AddRoute(Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(10, 0, 0, 1), Ipv4Address(239, 1, 1, 1)));
  const TelemetryAnswer page = Ask("/mgm/routes");
  const auto groups = Value<Strings>(page, "group");
  const auto sources = Value<Strings>(page, "source");
  EXPECT_EQ(groups, (Strings{"224.0.0.0/4", "239.1.0.0/16", "239.1.1.1", "239.1.1.1"}));
  EXPECT_EQ(sources, (Strings{"*", "*", "*", "10.0.0.1"}));
  for (size_t row = 0; row < groups.size(); ++row) {
    const std::string key = groups[row] + "," + sources[row];
    EXPECT_EQ(Value<Strings>(Ask("/mgm/routes," + key), "group").size(), groups.size() - row);
    EXPECT_EQ(Value<std::string>(Ask("/mgm/route," + key), "group"), groups[row]);
  }
}

TEST_F(Commands, InterfacesComeInPages) {
  source.AddInterfaces(3000, {}, std::string(31, 'o'));
  source.AddInterfaces(100, Ipv4Address(10, 0, 0, 0), "x");
  const auto pages = Pages("/mgm/interfaces");
  EXPECT_EQ(Column<std::string>(pages, "name").size(), 3100u);
  EXPECT_EQ(Column<std::string>(pages, "owner")[0], std::string(31, 'o'));
  EXPECT_EQ(Value<std::string>(Ask("/mgm/interfaces,x"), "error"), "usage: /mgm/interfaces[,INDEX[/NEXTHOP][,FAMILY]]");
  EXPECT_EQ(Value<Numbers>(Ask("/mgm/interfaces,7/10.0.0.200"), "index").front(), 8u);
}

TEST_F(Commands, MembershipsComeInPagesThatHaveEachOnce) {
  for (uint32_t group = 0; group < 100; ++group) {
    for (uint32_t interface = 1; interface <= 7; ++interface) {
      source.of<Ipv4>().memberships.push_back({.key = Ipv4FibKey::AnySource(Ipv4Address(0xEF000000u + group)),
                                               .interface = {interface, {}},
                                               .by_owner = interface % 2 == 0,
                                               .by_igmp = interface > 3});
    }
  }
  const auto pages = Pages("/mgm/memberships");
  const auto groups = Column<std::string>(pages, "group");
  const auto interfaces = Column<std::string>(pages, "interface");
  const auto owner = Column<std::string>(pages, "owner");
  const auto igmp = Column<std::string>(pages, "igmp");
  ASSERT_EQ(groups.size(), 700u);
  for (size_t row = 0; row < 700; ++row) {
    EXPECT_EQ(groups[row], "239.0.0." + std::to_string(row / 7));
    EXPECT_EQ(interfaces[row], "dn" + std::to_string(row % 7 + 1));
    EXPECT_EQ(owner[row], (row % 7 + 1) % 2 == 0 ? "true" : "false");
    EXPECT_EQ(igmp[row], row % 7 + 1 > 3 ? "true" : "false");
  }
  for (const char* line :
       {"/mgm/memberships,x", "/mgm/memberships,239.1.1.1,*", "/mgm/memberships,239.1.1.1,*,65536"}) {
    EXPECT_EQ(Value<std::string>(Ask(line), "error"), "usage: /mgm/memberships[,GROUP,SOURCE,SLOT]") << line;
  }
}

TEST_F(Commands, APageOfMembershipsHasRoomForTheLongestTexts) {
  config::Config config = MakeConfig();
  config.interfaces.front().name = std::string(TelemetryAnswer::kMostText, 'n');
  const views::InterfaceNames long_names(config);
  TelemetryCommands others(source, long_names, {});
  const Ipv6Address sender = *Ipv6Address::Parse("2001:1db8:1111:1111:1111:1111:1111:1111");
  for (uint32_t group = 0; group < 1000; ++group) {
    const Ipv6Address address =
        *Ipv6Address::Parse("ff3e:1111:1111:1111:1111:1111:1111:" + std::to_string(1000 + group));
    source.of<Ipv6>().memberships.push_back(
        {.key = Ipv6FibKey::SourceGroupUnchecked(sender, address), .interface = {1, {}}});
  }
  for (const TelemetryCommands::Command& command : others.All()) {
    if (command.name != "/mgm/memberships") continue;
    const TelemetryAnswer page = command.run("");
    ExpectFits(page);
    EXPECT_EQ(Value<Strings>(page, "group").size(), TelemetryCommands::kMembershipsOfPage);
  }
}

TEST_F(Commands, ClientsComeInPages) {
  for (uint32_t component = 0; component < 1000; ++component) {
    source.clients.push_back({{7, component}, std::string(31, 'c')});
  }
  EXPECT_EQ(Column<uint64_t>(Pages("/mgm/clients"), "component").size(), 1000u);
  EXPECT_EQ(Value<Numbers>(Ask("/mgm/clients,999"), "component"), Numbers{999});
  EXPECT_EQ(Value<std::string>(Ask("/mgm/clients,x"), "error"), "usage: /mgm/clients[,FIRST]");
}

TEST_F(Commands, DropsHaveRoomForEveryReason) {
  for (size_t reason = 0; reason < kDropReasons; ++reason) {
    source.drops.push_back({Name(static_cast<DropReason>(reason)), UINT64_MAX});
  }
  EXPECT_EQ(Ask("/mgm/drops").members().size(), kDropReasons);
}

TEST_F(Commands, ControlsTurnsAreNumbers) {
  source.control = {{"turns", UINT64_MAX}, {"longest_turn_us", 7}};
  const TelemetryAnswer answer = Ask("/mgm/control");
  EXPECT_EQ(Value<uint64_t>(answer, "turns"), UINT64_MAX);
  EXPECT_EQ(Value<uint64_t>(answer, "longest_turn_us"), 7u);
}

TEST_F(Commands, EveryCounterIsExplained) {
  for (const CounterInfo& counter : EveryCounter()) {
    const TelemetryAnswer answer = Ask("/mgm/counter," + std::string(counter.name));
    const auto of = Value<Strings>(answer, "of");
    const auto row = std::find(of.begin(), of.end(), Name(counter.of)) - of.begin();
    ASSERT_LT(row, std::ssize(of)) << counter.name;
    EXPECT_EQ(Value<Strings>(answer, "type")[row], Name(counter.type));
    EXPECT_EQ(Value<Strings>(answer, "unit")[row], counter.unit);
    EXPECT_EQ(Value<Strings>(answer, "help")[row], counter.help);
    EXPECT_EQ(Value<Strings>(answer, "cause")[row], counter.cause);
    EXPECT_EQ(Value<Strings>(answer, "remedy")[row], counter.remedy);
  }
  EXPECT_EQ(Value<Strings>(Ask("/mgm/counter,turns"), "of"), (Strings{"worker", "control"}));
  EXPECT_EQ(Value<std::string>(Ask("/mgm/counter,x"), "error"), "nothing is counted as x");
  EXPECT_EQ(Value<std::string>(Ask("/mgm/counter"), "error"), "usage: /mgm/counter,NAME");
}

TEST_F(Commands, RefusedRoutesAreCountedAndSomeShown) {
  for (uint8_t group = 1; group <= 100; ++group) {
    source.refused.some.push_back({Ipv4FibKey::AnySource(Ipv4Address(239, 1, 1, group)), "forwarder"});
  }
  source.refused.some[1] = {Ipv6FibKey::AllGroups(), "no_iif"};
  source.refused.total = 5000;
  const TelemetryAnswer answer = Ask("/mgm/refused");
  EXPECT_EQ(Value<uint64_t>(answer, "total"), 5000u);
  const Strings groups = Value<Strings>(answer, "group");
  ASSERT_EQ(groups.size(), TelemetryCommands::kRefusedShown);
  EXPECT_EQ(groups[0], "239.1.1.1");
  EXPECT_EQ(Value<Strings>(answer, "source")[0], "*");
  EXPECT_EQ(groups[1], "ff00::/8");
  EXPECT_EQ(Value<Strings>(answer, "by")[1], "no_iif");
}

TEST_F(Commands, LimitsAreATable) {
  source.limits = {{.family = "ipv4", .name = "mfes", .most = UINT32_MAX, .refused = UINT64_MAX, .made_room = 3},
                   {.family = "ipv6", .name = "mfes_per_group", .most = 5, .refused = 6, .made_room = 7}};
  const TelemetryAnswer answer = Ask("/mgm/limits");
  EXPECT_EQ(Value<Strings>(answer, "name"), (Strings{"mfes", "mfes_per_group"}));
  EXPECT_EQ(Value<Strings>(answer, "family"), (Strings{"ipv4", "ipv6"}));
  EXPECT_EQ(Value<Numbers>(answer, "refused"), (Numbers{UINT64_MAX, 6}));
}

TEST_F(Commands, WorkersComeInPages) {
  for (int worker = 0; worker < 128; ++worker) {
    source.workers.push_back({"worker on lcore " + std::to_string(worker), {}});
    for (const std::string_view name : {"packets", "copies", "bursts", "turns", "a", "b", "c", "d", "e", "f",
                                        "g",       "h",      "i",      "j",     "k", "l", "m", "n", "o", "p"}) {
      source.workers.back().counts.push_back({name, UINT64_MAX});
    }
  }
  const auto pages = Pages("/mgm/workers");
  EXPECT_EQ(Column<uint64_t>(pages, "packets").size(), 128u);
  EXPECT_GT(pages.size(), 1u);
  EXPECT_EQ(Value<std::string>(Ask("/mgm/workers,x"), "error"), "usage: /mgm/workers[,FIRST]");
  EXPECT_EQ(Value<Strings>(Ask("/mgm/workers,999"), "name"), Strings());
}

TEST_F(Commands, PagesGoOnWithIpv6WhereIpv4Ends) {
  source.AddRoutes(300, 1);
  source.AddInterfaces(300, {}, "static");
  for (uint32_t number = 1; number <= 300; ++number) {
    const Ipv6Address group = *Ipv6Address::Parse("ff0e::" + std::to_string(1000 + number));
    views::RouteOf<Ipv6>& route = source.of<Ipv6>().routes.emplace_back();
    route.key = Ipv6FibKey::AnySource(group);
    route.iif = InterfaceIdOf<Ipv6>{1, {}};
    source.of<Ipv6>().interfaces.push_back({.id = {number, {}}, .owner = "static"});
  }
  const auto routes = Pages("/mgm/routes");
  const auto groups = Column<std::string>(routes, "group");
  ASSERT_EQ(groups.size(), 600u);
  EXPECT_EQ(std::set<std::string>(groups.begin(), groups.end()).size(), 600u);
  EXPECT_EQ(groups[299], "239.0.1.43");
  EXPECT_EQ(groups[300], "ff0e::1001");
  for (const TelemetryAnswer& page : routes) EXPECT_EQ(Value<uint64_t>(page, "total"), 600u);
  EXPECT_EQ(Value<Strings>(Ask("/mgm/routes,ff0e::1100,*"), "group").front(), "ff0e::1100");
  EXPECT_EQ(Value<std::string>(Ask("/mgm/route,ff0e::1100,*"), "iif"), "dn1");

  const auto interfaces = Pages("/mgm/interfaces");
  const auto families = Column<std::string>(interfaces, "family");
  ASSERT_EQ(families.size(), 600u);
  EXPECT_EQ(std::count(families.begin(), families.end(), "ipv6"), 300);
  EXPECT_EQ(Value<Numbers>(Ask("/mgm/interfaces,7,ipv6"), "index").front(), 7u);
  EXPECT_EQ(Value<Strings>(Ask("/mgm/interfaces,7,ipv6"), "family").front(), "ipv6");
}

TEST_F(Commands, APageThatIpv4FillsGoesOnWithIpv6) {
  const Ipv6Address group = *Ipv6Address::Parse("ff0e::1");
  source.AddInterfaces(views::kMostRows, {}, "");
  for (uint32_t index = 1; index <= TelemetryCommands::kMembershipsOfPage; ++index) {
    source.of<Ipv4>().memberships.push_back(
        {.key = Ipv4FibKey::AnySource(Ipv4Address(239, 1, 1, 1)), .interface = {index, {}}});
    source.of<Ipv6>().memberships.push_back(
        {.key = Ipv6FibKey::AnySource(group), .interface = {index, {}}, .by_owner = true});
  }
  source.of<Ipv6>().interfaces.push_back({.id = {7, {}}, .owner = {}});
  const auto interfaces = Pages("/mgm/interfaces");
  ASSERT_EQ(interfaces.size(), 2u);
  EXPECT_EQ(Value<Numbers>(interfaces[1], "index"), Numbers{7});
  EXPECT_EQ(Value<Strings>(interfaces[1], "family"), Strings{"ipv6"});

  const auto memberships = Pages("/mgm/memberships");
  ASSERT_EQ(memberships.size(), 2u);
  EXPECT_EQ(Value<Strings>(memberships[0], "group"), Strings(TelemetryCommands::kMembershipsOfPage, "239.1.1.1"));
  EXPECT_EQ(Value<Strings>(memberships[1], "group"), Strings(TelemetryCommands::kMembershipsOfPage, "ff0e::1"));
  EXPECT_EQ(Value<Strings>(memberships[1], "owner"), Strings(TelemetryCommands::kMembershipsOfPage, "true"));
  EXPECT_EQ(Value<Strings>(Ask("/mgm/memberships,ff0e::1,*,60"), "interface").front(), "dn60");
}

}  // namespace
}  // namespace mgmd::api
