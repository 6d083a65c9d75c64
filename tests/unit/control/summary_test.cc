// Invariant: the summary's pieces are one JSON document with everything in it, and no piece reads more routes than
// control reads in one turn.

#include "control/api/summary.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/fakes/fake_source.h"

namespace mgmd::api {
namespace {

using fakes::FakeSource;
using nlohmann::json;

config::Config TenInterfaces() {
  config::Config config;
  for (uint32_t index = 1; index <= 10; ++index) {
    config::Interface interface;
    interface.name = "dn" + std::to_string(index);
    interface.id = {index, {}};
    config.interfaces.push_back(interface);
  }
  return config;
}

TEST(Summary, IsADocumentWithoutRoutesToo) {
  FakeSource source;
  const views::InterfaceNames names(TenInterfaces());
  EXPECT_EQ(json::parse(WholeSummary(&source, names)),
            json::parse(R"({"routes": [], "ports": [], "workers": [], "control": {}, "drops": {}, "punts": {},
                            "limits": []})"));
}

TEST(Summary, SaysWhatIsLeftBehindWithWhatCanBeRead) {
  FakeSource source;
  source.AddRoutes(1, 1);
  source.drops = {{"tx_full", 7}};
  source.control = {{"turns", 1}};
  const views::InterfaceNames names(TenInterfaces());
  EXPECT_EQ(json::parse(WholeSummary(&source, names, {.counters_only = true, .left_behind = {"a \"worker\""}})),
            json::parse(R"({"ports": [], "workers": [], "control": {"turns": 1}, "drops": {"tx_full": 7}, "punts": {},
                            "left_behind": ["a \"worker\""]})"));
  EXPECT_EQ(source.rows_read(), 0u);
  EXPECT_EQ(json::parse(WholeSummary(nullptr, names, {.counters_only = false, .left_behind = {"x"}})),
            json::parse(R"({"left_behind": ["x"]})"));
}

TEST(Summary, HasEverything) {
  FakeSource source;
  views::RouteOf<Ipv4>& route =
      source.AddRoute(Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(10, 0, 0, 1), Ipv4Address(232, 1, 1, 1)));
  route.iif = InterfaceId{1, {}};
  route.up_time = std::chrono::milliseconds(61'500);
  route.packets = 3;
  route.octets = 300;
  route.oifs = {{.interface = {2, {}}, .packets = 3, .lost = 0},
                {.interface = {70, Ipv4Address(10, 0, 0, 9)}, .packets = 2, .lost = 1}};
  route.drops = {{DropReason::kTtlExpired, 4}};
  source.ports = {{"up0", "net_null0", true, {{"rx_packets", 5}, {"tx_errors", 6}}}};
  source.workers = {{"worker on lcore 1", {{"packets", 12}, {"longest_turn_us", 13}}}};
  source.control = {{"turns", 14}, {"long_turns", 15}};
  source.drops = {{"tx_full", 7}};
  source.punts = {{"no_entry", 8}};
  source.limits = {{.family = "ipv4", .name = "mfes", .most = 9, .refused = 10, .made_room = 11}};
  views::RouteOf<Ipv6>& range = source.of<Ipv6>().routes.emplace_back();
  range.key = Ipv6FibKey::AnySource(*Ipv6Address::Parse("ff0e:0:0:1::"), 64);
  range.oifs = {{.interface = {3, {}}, .packets = 16}};
  const views::InterfaceNames names(TenInterfaces());
  EXPECT_EQ(json::parse(WholeSummary(&source, names)), json::parse(R"({
    "routes": [{"source": "10.0.0.1", "group": "232.1.1.1", "iif": "dn1", "oifs": ["dn2", "70/10.0.0.9"],
                "up_seconds": 61, "packets": 3, "octets": 300, "oif_packets": {"dn2": 3, "70/10.0.0.9": 2},
                "drops": {"ttl_expired": 4}},
               {"source": "*", "group": "ff0e:0:0:1::/64", "iif": "", "oifs": ["dn3"], "up_seconds": 0, "packets": 0,
                "octets": 0, "oif_packets": {"dn3": 16}, "drops": {}}],
    "ports": [{"name": "up0", "device": "net_null0", "up": true, "rx_packets": 5, "tx_errors": 6}],
    "workers": [{"name": "worker on lcore 1", "packets": 12, "longest_turn_us": 13}],
    "control": {"turns": 14, "long_turns": 15},
    "drops": {"tx_full": 7}, "punts": {"no_entry": 8},
    "limits": [{"family": "ipv4", "name": "mfes", "most": 9, "refused": 10, "made_room": 11}]})"));
}

TEST(Summary, IsMadeInPiecesOfFewRoutes) {
  FakeSource source;
  source.AddRoutes(1000, 3);
  const views::InterfaceNames names(TenInterfaces());
  Summary summary(&source, names);
  std::string whole;
  std::string piece;
  int pieces = 0;
  while (summary.Next(&piece)) {
    whole += piece;
    ++pieces;
  }
  EXPECT_LE(source.most_rows(), views::kMostRows);
  EXPECT_GE(pieces, 5);
  const json document = json::parse(whole);
  ASSERT_EQ(document["routes"].size(), 1000u);
  for (size_t row = 0; row < 1000; ++row) EXPECT_EQ(document["routes"][row]["packets"], 1'000'000 + row);
}

TEST(Summary, FollowsRoutesThatComeAndGoBetweenItsPieces) {
  FakeSource source;
  source.AddRoutes(600, 1);
  const views::InterfaceNames names(TenInterfaces());
  Summary summary(&source, names);
  std::string whole;
  ASSERT_TRUE(summary.Next(&whole));
  source.of<Ipv4>().routes.erase(source.of<Ipv4>().routes.begin(), source.of<Ipv4>().routes.begin() + 300);
  std::string piece;
  while (summary.Next(&piece)) whole += piece;
  EXPECT_EQ(json::parse(whole)["routes"].size(), 256u + 300u) << "what was shown, and what was left after it";
}

}  // namespace
}  // namespace mgmd::api
