// Invariant: a source is where the configuration says, in each family: on an interface's own link, by a route, or else
// where a static multicast route with the source comes from.

#include <gtest/gtest.h>

#include <string>

#include "control/rib/configured_routes.h"
#include "control/rib/rib.h"

namespace mgmd {
namespace {

constexpr const char* kConfig = R"(
[dpdk]
workers = [1]
[[interface]]
name = "up"
device = "net_null0"
addresses = ["10.0.0.254/24", "2001:db8::fe/64", "fe80::fe/64"]
[[interface]]
name = "down"
device = "net_null1"
addresses = ["10.1.0.254/24", "2001:db8:1::fe/64", "fe80::fe/64"]
[[route]]
prefix = "10.50.0.0/16"
interface = "up"
next_hop = "10.0.0.1"
[[route]]
prefix = "2001:db8:50::/48"
interface = "up"
next_hop = "fe80::1"
[[route]]
prefix = "2001:db8:51::/48"
interface = "down"
next_hop = "fe80::1"
[protocol.static]
interfaces = ["up", "down"]
mroute = [
  { from = "down", source = "10.50.0.7", group = "239.1.1.1", to = ["up"] },
  { from = "up", source = "10.50.0.8", group = "239.1.1.1", to = ["down"] },
  { from = "down", source = "2001:db8:50::7", group = "ff0e::1", to = ["up"] },
  { from = "up", source = "2001:db8:50::8", group = "ff0e::1", to = ["down"] },
]
)";

// "prefix by index via neighbour", "-" for no route.
template <class Family>
std::string Towards(const StaticRib<Family>& rib, const char* source) {
  const auto route = rib.Lookup(*Family::Address::Parse(source));
  if (!route) return "-";
  return route->prefix.ToString() + " by " + route->interface.ToString() + " via " +
         route->upstream_neighbour.ToString() + " of " + std::to_string(route->protocol);
}

TEST(ConfiguredRoutes, LeadToTheSourcesOfTheirFamily) {
  const config::Result result = config::Parse(kConfig, "x.toml", {.eal_args = {}, .rooms = config::kAllRooms});
  ASSERT_EQ(result.ErrorText(), "");
  StaticRib<Ipv4> four;
  StaticRib<Ipv6> six;
  AddConfiguredRoutes(result.config, four);
  AddConfiguredRoutes(result.config, six);
  const struct {
    const char* source;
    const char* route;
  } rows[] = {
      {"10.0.0.1", "10.0.0.0/24 by 1 via 0.0.0.0 of 2"},
      {"10.50.1.1", "10.50.0.0/16 by 1 via 10.0.0.1 of 3"},
      {"10.50.0.7", "10.50.0.7/32 by 2 via 0.0.0.0 of 3"},
      {"10.50.0.8", "10.50.0.0/16 by 1 via 10.0.0.1 of 3"},  // that leads to the route's interface already
      {"10.2.0.1", "-"},
      {"2001:db8::1", "2001:db8::/64 by 1 via :: of 2"},
      {"2001:db8:1::1", "2001:db8:1::/64 by 2 via :: of 2"},
      // One neighbour's address, on two links.
      {"2001:db8:50::1", "2001:db8:50::/48 by 1 via fe80::1 of 3"},
      {"2001:db8:51::1", "2001:db8:51::/48 by 2 via fe80::1 of 3"},
      {"2001:db8:50::7", "2001:db8:50::7/128 by 2 via :: of 3"},
      {"2001:db8:50::8", "2001:db8:50::/48 by 1 via fe80::1 of 3"},
      {"2001:db8:2::1", "-"},
      {"fe80::1", "-"},
  };
  for (const auto& row : rows) {
    const bool is_six = std::string_view(row.source).find(':') != std::string_view::npos;
    EXPECT_EQ(is_six ? Towards(six, row.source) : Towards(four, row.source), row.route) << row.source;
  }
}

// Behind a proxy's upstream are the sources that nothing else leads to by a prefix as long.
TEST(ConfiguredRoutes, OfAProxyCountWhereNoneIsAsLong) {
  const config::Result parsed = config::Parse(R"(
[dpdk]
workers = [1]
[[interface]]
name = "up"
device = "net_null0"
addresses = ["10.0.0.254/24"]
[[interface]]
name = "down"
device = "net_null1"
addresses = ["10.1.0.254/24"]
[[route]]
prefix = "10.50.0.0/16"
interface = "down"
[igmp]
interfaces = ["down"]
[[igmp.proxy]]
upstream = "up"
downstream = ["down"]
sources = ["0.0.0.0/0", "10.50.0.0/16", "10.50.7.0/24"]
)",
                                              "x.toml");
  ASSERT_EQ(parsed.ErrorText(), "");
  Rib<Ipv4> rib;
  AddConfiguredRoutes(parsed.config, rib.configured());
  AddProxiedSources(parsed.config, rib.proxied());
  const auto towards = [&](const char* source) { return rib.Lookup(*Ipv4Address::Parse(source))->interface.index; };
  EXPECT_EQ(towards("192.168.1.1"), 1U);
  EXPECT_EQ(towards("10.1.0.1"), 2U) << "an interface's own network";
  EXPECT_EQ(towards("10.50.0.1"), 2U) << "a route as long";
  EXPECT_EQ(towards("10.50.7.1"), 1U);
}

}  // namespace
}  // namespace mgmd
