// Invariant: every command shows all there is, in pages that say where they go on, and no answer cuts anything without
// saying how much and how to get it. No page asks for more rows than control reads in one turn.

#include "control/api/telemetry_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "common/counter_table.h"
#include "common/drop_reason.h"
#include "tests/fakes/fake_source.h"
#include "tests/support/telemetry_value.h"

namespace mgmd::api {
namespace {

using fakes::FakeSource;
using plane::TelemetryAnswer;
using support::Value;
using Numbers = std::vector<uint64_t>;
using Strings = std::vector<std::string>;

void ExpectFits(const TelemetryAnswer& answer) {
  EXPECT_LE(answer.octets(), TelemetryAnswer::kMostOctets);
  EXPECT_LE(answer.members().size(), TelemetryAnswer::kMostMembers);
  for (const TelemetryAnswer::Member& member : answer.members()) {
    EXPECT_LE(member.name.size(), TelemetryAnswer::kMostText);
    if (const auto* text = std::get_if<std::string>(&member.value)) {
      EXPECT_LE(text->size(), TelemetryAnswer::kMostText);
    }
    if (const auto* texts = std::get_if<Strings>(&member.value)) {
      EXPECT_LE(texts->size(), TelemetryAnswer::kMostItems);
      for (const std::string& text : *texts) EXPECT_LE(text.size(), TelemetryAnswer::kMostText) << text;
    }
    if (const auto* numbers = std::get_if<Numbers>(&member.value)) {
      EXPECT_LE(numbers->size(), TelemetryAnswer::kMostItems);
    }
  }
}

class Commands : public ::testing::Test {
 protected:
  config::Config MakeConfig() {
    config::Config config;
    for (uint32_t index = 1; index <= 2000; ++index) {
      config::Interface interface;
      interface.name = "dn" + std::to_string(index);
      interface.id = {index, {}};
      config.interfaces.push_back(interface);
    }
    return config;
  }
  TelemetryAnswer Ask(const std::string& line) {
    const size_t comma = line.find(',');
    for (const TelemetryCommands::Command& command : commands.All()) {
      EXPECT_LT(command.help.size(), 64u) << "DPDK takes no longer help";
      if (command.name != line.substr(0, comma)) continue;
      source.ResetLimits();
      TelemetryAnswer answer = command.run(comma == std::string::npos ? "" : line.substr(comma + 1));
      ExpectFits(answer);
      EXPECT_LE(source.most_rows(), views::kMostRows);
      return answer;
    }
    ADD_FAILURE() << "no command " << line;
    return {};
  }
  // All pages from the command on; at most `most` of them.
  std::vector<TelemetryAnswer> Pages(std::string line, size_t most = 100000) {
    std::vector<TelemetryAnswer> pages;
    while (!line.empty() && pages.size() < most) {
      pages.push_back(Ask(line));
      line = Value<std::string>(pages.back(), "next");
    }
    EXPECT_EQ(line, "") << "there is no end";
    return pages;
  }
  template <class T>
  std::vector<T> Column(const std::vector<TelemetryAnswer>& pages, std::string_view name) {
    std::vector<T> column;
    for (const TelemetryAnswer& page : pages) {
      const auto rows = Value<std::vector<T>>(page, name);
      column.insert(column.end(), rows.begin(), rows.end());
    }
    return column;
  }

  FakeSource source;
  const views::InterfaceNames names{MakeConfig()};
  // What is answered to a release and a shutdown.
  absl::StatusOr<views::Release> release = views::Release{.interface = {1, {}}};
  absl::StatusOr<views::Shutdown> shutdown = views::Shutdown();
  TelemetryCommands commands{source,
                             names,
                             {.release = [this](std::string_view, std::string_view) { return release; },
                              .shut_down = [this](std::string_view) { return shutdown; }}};
};

TEST_F(Commands, RoutesComeInPagesThatHaveEachOnce) {
  source.AddRoutes(5000, 3);
  const auto pages = Pages("/mgm/routes");
  const auto groups = Column<std::string>(pages, "group");
  const auto packets = Column<uint64_t>(pages, "packets");
  ASSERT_EQ(groups.size(), 5000u);
  EXPECT_EQ(std::set<std::string>(groups.begin(), groups.end()).size(), 5000u);
  for (size_t row = 0; row < packets.size(); ++row) EXPECT_EQ(packets[row], source.routes()[row].packets);
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
    EXPECT_EQ(packets[oif], source.routes()[0].oifs[oif].packets);
  }
  EXPECT_EQ(Value<uint64_t>(whole.front(), "oifs"), 300u);
}

TEST_F(Commands, ARouteShowsEveryReasonForWhichItLost) {
  source.AddRoutes(1, 2000);
  for (size_t reason = 0; reason < kDropReasons; ++reason) {
    source.routes()[0].drops.push_back({static_cast<DropReason>(reason), UINT64_MAX - reason});
  }
  for (views::RouteOif& oif : source.routes()[0].oifs) oif.packets = oif.lost = UINT64_MAX;
  const auto pages = Pages("/mgm/route,239.0.0.0,*");
  EXPECT_EQ(Value<Numbers>(pages.front(), "drop_packets").size(), kDropReasons);
  EXPECT_EQ(Column<std::string>(pages, "oif").size(), 2000u);
  EXPECT_THAT(Value<Strings>(Ask("/mgm/routes"), "drops").front(), testing::HasSubstr(" more: /mgm/route,"));
}

TEST_F(Commands, RoutesOfTheLargestNumbersFit) {
  source.AddRoutes(300, 2000);
  for (views::Route& route : source.routes()) {
    route.packets = route.octets = UINT64_MAX;
    for (views::RouteOif& oif : route.oifs) oif.packets = UINT64_MAX;
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
  EXPECT_EQ(Value<std::string>(Ask("/mgm/interfaces,x"), "error"), "usage: /mgm/interfaces[,INDEX[/NEXTHOP]]");
  EXPECT_EQ(Value<Numbers>(Ask("/mgm/interfaces,7/10.0.0.200"), "index").front(), 8u);
}

TEST_F(Commands, MembershipsComeInPagesThatHaveEachOnce) {
  for (uint32_t group = 0; group < 100; ++group) {
    for (uint32_t interface = 1; interface <= 7; ++interface) {
      source.memberships.push_back({.key = Ipv4FibKey::AnySource(Ipv4Address(0xEF000000u + group)),
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

TEST_F(Commands, APageOfMembershipsHasRoomForTheLongestNames) {
  config::Config config = MakeConfig();
  config.interfaces.front().name = std::string(TelemetryAnswer::kMostText, 'n');
  const views::InterfaceNames long_names(config);
  TelemetryCommands others(source, long_names, {});
  for (uint32_t group = 0; group < 1000; ++group) {
    source.memberships.push_back(
        {.key = Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(223, 250, 250, 250), Ipv4Address(0xEFFEFE00u + group)),
         .interface = {1, {}}});
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

TEST_F(Commands, ReleasesSayHowLongTheyTookUntilTheyReturned) {
  using std::chrono::microseconds;
  source.releases = {{.client = {7, 1}, .interface = {2, {}}, .take = true, .settled = false},
                     {.client = {7, 1},
                      .interface = {1, {}},
                      .settled = true,
                      .reclaimed = true,
                      .steps = {{"grace period", microseconds(5), 0},
                                {"alerts delivered", microseconds(3), 1},
                                {"reclaimed", microseconds(1000), 0}}}};
  const TelemetryAnswer answer = Ask("/mgm/releases");
  EXPECT_EQ(Value<Strings>(answer, "interface"), (Strings{"dn2", "dn1"}));
  EXPECT_EQ(Value<Strings>(answer, "what"), (Strings{"take", "release"}));
  EXPECT_EQ(Value<Strings>(answer, "settled"), (Strings{"false", "true"}));
  EXPECT_EQ(Value<Strings>(answer, "reclaimed"), (Strings{"false", "true"}));
  EXPECT_EQ(Value<Numbers>(answer, "us"), (Numbers{0, 8}));
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

TEST_F(Commands, LimitsAreATable) {
  source.limits = {{.name = "mfes", .most = UINT32_MAX, .refused = UINT64_MAX, .made_room = 3},
                   {.name = "mfes_per_group", .most = 5, .refused = 6, .made_room = 7}};
  const TelemetryAnswer answer = Ask("/mgm/limits");
  EXPECT_EQ(Value<Strings>(answer, "name"), (Strings{"mfes", "mfes_per_group"}));
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

TEST_F(Commands, FourThousandStepsAreAllShown) {
  shutdown->deregistration = std::chrono::microseconds(7);
  for (uint64_t step = 0; step < 3999; ++step) {
    if (step % 10 == 0) shutdown->releases.push_back({.interface = {1 + uint32_t(step / 10), {}}});
    shutdown->releases.back().steps.push_back({"entries updated", std::chrono::microseconds(step), step});
  }
  std::vector<TelemetryAnswer> pages = {Ask("/mgm/shutdown,static")};
  EXPECT_EQ(Value<uint64_t>(pages[0], "steps"), 4000u);
  const auto more = Pages(Value<std::string>(pages[0], "next"));
  pages.insert(pages.end(), more.begin(), more.end());
  const auto counts = Column<uint64_t>(pages, "count");
  const auto names_of_steps = Column<std::string>(pages, "step");
  ASSERT_EQ(counts.size(), 4000u);
  for (uint64_t step = 0; step < 3999; ++step) {
    EXPECT_EQ(counts[step], step);
    EXPECT_EQ(names_of_steps[step], "release dn" + std::to_string(1 + step / 10) + ": entries updated");
  }
  EXPECT_EQ(names_of_steps.back(), "deregister");
  EXPECT_EQ(Column<uint64_t>(pages, "us").back(), 7u);
}

TEST_F(Commands, AReleaseAnswersWithItsSteps) {
  release->steps = {{"grace period", std::chrono::microseconds(5), 0}, {"alerts delivered", {}, 3}};
  const TelemetryAnswer answer = Ask("/mgm/release,static,dn1");
  EXPECT_EQ(Value<std::string>(answer, "interface"), "dn1");
  EXPECT_EQ(Value<Strings>(answer, "step"), (Strings{"release dn1: grace period", "release dn1: alerts delivered"}));
  EXPECT_EQ(Value<Numbers>(answer, "us"), (Numbers{5, 0}));
  EXPECT_EQ(Value<Numbers>(answer, "count"), (Numbers{0, 3}));
}

TEST_F(Commands, StepsOfTheLastFewAreKept) {
  for (size_t done = 0; done <= TelemetryCommands::kKeptSteps; ++done) Ask("/mgm/shutdown,static");
  EXPECT_EQ(Value<std::string>(Ask("/mgm/steps,1"), "error"), "no steps of number 1: those of the last 4 are kept");
  EXPECT_EQ(Value<Strings>(Ask("/mgm/steps,2"), "step"), Strings{"deregister"});
  EXPECT_EQ(Value<Strings>(Ask("/mgm/steps,2,1"), "step"), Strings());
  EXPECT_EQ(Value<std::string>(Ask("/mgm/steps"), "error"), "usage: /mgm/steps,NUMBER[,FIRST]");
}

TEST_F(Commands, ALongErrorIsWhole) {
  const std::string text(900, 'e');
  shutdown = absl::NotFoundError(text);
  const TelemetryAnswer answer = Ask("/mgm/shutdown,static");
  std::string whole = Value<std::string>(answer, "error");
  for (const std::string& more : Value<Strings>(answer, "error_more")) whole += more;
  EXPECT_EQ(whole, text);
  EXPECT_EQ(Value<std::string>(Ask("/mgm/release,static"), "error"), "usage: /mgm/release,PROTOCOL,INTERFACE");
}

}  // namespace
}  // namespace mgmd::api
