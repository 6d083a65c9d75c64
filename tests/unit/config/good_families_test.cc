// Invariant: what names addresses arrives in its family, and a protocol is on an interface in the families that the
// file says, or else in those of the interface's addresses.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/config/config.h"

namespace mgmd::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Interfaces with addresses of IPv4, of IPv6, of both and of none.
Config GoodInBoth(std::string_view text) {
  constexpr std::string_view kRouter = R"([dpdk]
workers = [1]
[[interface]]
name = "four"
device = "net_null0"
addresses = ["10.0.0.254/24"]
[[interface]]
name = "six"
device = "net_null1"
addresses = ["2001:db8::fe/64", "fe80::fe/64"]
[[interface]]
name = "both"
device = "net_null2"
addresses = ["10.1.0.254/24", "2001:db8:1::fe/64", "fe80::fe/64"]
[[interface]]
name = "none"
device = "net_null3"
[[interface]]
name = "short"
device = "net_null4"
mtu = 1279
)";
  Result result = Parse(std::string(kRouter) + std::string(text), "x.toml", {.eal_args = {}, .rooms = kAllRooms});
  EXPECT_EQ(result.ErrorText(), "");
  return std::move(result.config);
}

template <class Family>
std::vector<std::string> NamesOf(const Config& config, const InterfaceIds<Family>& interfaces) {
  std::vector<std::string> names;
  for (const auto& id : interfaces) names.push_back(config.Find(InterfaceId{.index = id.index, .next_hop = {}})->name);
  return names;
}

template <class Family>
std::vector<std::string> KeysOf(const Config& config) {
  std::vector<std::string> keys;
  for (const auto& mroute : config.static_protocol()->mroutes.of<Family>()) keys.push_back(mroute.key().ToString());
  return keys;
}

TEST(GoodFamilies, ApartByAddress) {
  const Config config = GoodInBoth("");
  const auto& both = config.Find("both")->addresses;
  ASSERT_EQ(both.of<Ipv4>().size(), 1U);
  ASSERT_EQ(both.of<Ipv6>().size(), 2U);
  EXPECT_EQ(both.of<Ipv6>()[0].prefix().ToString(), "2001:db8:1::/64");
  EXPECT_EQ(both.of<Ipv6>()[0].address.ToString(), "2001:db8:1::fe");
  EXPECT_THAT(config.Find("six")->addresses.of<Ipv4>(), IsEmpty());
}

TEST(GoodFamilies, OfAProtocolAreThoseOfEachInterface) {
  const Config config = GoodInBoth(R"(
[protocol.static]
interfaces = ["none", "six", "four", "both", "short"]
)");
  const StaticProtocol& protocol = *config.static_protocol();
  EXPECT_THAT(NamesOf<Ipv4>(config, protocol.interfaces.of<Ipv4>()), ElementsAre("none", "four", "both", "short"));
  // IPv6 needs 1,280 octets (RFC 8200 section 5).
  EXPECT_THAT(NamesOf<Ipv6>(config, protocol.interfaces.of<Ipv6>()), ElementsAre("none", "six", "both"));
}

TEST(GoodFamilies, OfAProtocolCanBeSaid) {
  const Config four = GoodInBoth("[protocol.static]\ninterfaces = [\"six\", \"short\"]\nfamilies = [\"ipv4\"]\n");
  EXPECT_THAT(NamesOf<Ipv4>(four, four.static_protocol()->interfaces.of<Ipv4>()), ElementsAre("six", "short"));
  EXPECT_THAT(four.static_protocol()->interfaces.of<Ipv6>(), IsEmpty());
  const Config both =
      GoodInBoth("[protocol.static]\ninterfaces = [\"six\", \"four\"]\nfamilies = [\"ipv6\", \"ipv4\"]\n");
  EXPECT_THAT(NamesOf<Ipv4>(both, both.static_protocol()->interfaces.of<Ipv4>()), ElementsAre("six", "four"));
  EXPECT_THAT(NamesOf<Ipv6>(both, both.static_protocol()->interfaces.of<Ipv6>()), ElementsAre("six", "four"));
}

TEST(GoodFamilies, HaveEachKindOfMroute) {
  const Config config = GoodInBoth(R"(
[protocol.static]
interfaces = ["both", "none"]
mroute = [
  { from = "both", group = "239.1.1.1", to = ["none"], source = "10.0.0.1" },
  { from = "both", group = "ff0e::1", to = ["none"], source = "2001:db8::1" },
  { from = "both", group = "ff3e::4000:1", to = ["none"], source = "2001:db8::1" },
  { from = "both", group = "239.1.1.1", to = ["none"] },
  { from = "both", group = "ff0e::1", to = ["none"] },
  { from = "none", group = "239.1.0.0/16", to = ["both"] },
  { from = "none", group = "ff0e:0:0:1::/64", to = ["both"] },
  { from = "both", group = "224.0.0.0/4", to = ["none"] },
  { from = "both", group = "ff00::/8", to = ["none"] },
]
)");
  EXPECT_THAT(KeysOf<Ipv4>(config), ElementsAre("(10.0.0.1,239.1.1.1)", "(*,239.1.1.1)", "(*,239.1.0.0/16)", "(*,*)"));
  EXPECT_THAT(KeysOf<Ipv6>(config), ElementsAre("(2001:db8::1,ff0e::1)", "(2001:db8::1,ff3e::4000:1)", "(*,ff0e::1)",
                                                "(*,ff0e:0:0:1::/64)", "(*,*)"));
}

TEST(GoodFamilies, HaveSourceSpecificGroups) {
  const Control unsaid = GoodInBoth("").control;
  EXPECT_THAT(unsaid.ssm.of<Ipv4>(), ElementsAre(*Ipv4Prefix::Parse("232.0.0.0/8")));
  EXPECT_THAT(unsaid.ssm.of<Ipv6>(), ElementsAre(*Ipv6Prefix::Parse("ff30::/12")));
  const Control said = GoodInBoth("[control]\nssm = [\"ffb0::/12\", \"232.1.0.0/16\", \"ff3e::/32\"]\n").control;
  EXPECT_THAT(said.ssm.of<Ipv4>(), ElementsAre(*Ipv4Prefix::Parse("232.1.0.0/16")));
  EXPECT_THAT(said.ssm.of<Ipv6>(), ElementsAre(*Ipv6Prefix::Parse("ffb0::/12"), *Ipv6Prefix::Parse("ff3e::/32")));
  const Control none = GoodInBoth("[control]\nssm = []\n").control;
  EXPECT_THAT(none.ssm.of<Ipv4>(), IsEmpty());
  EXPECT_THAT(none.ssm.of<Ipv6>(), IsEmpty());
}

TEST(GoodFamilies, HaveMroutesOfAnySourceWhereNoGroupIsSourceSpecific) {
  const Config config = GoodInBoth(R"(
[control]
ssm = ["232.1.0.0/16"]
[protocol.static]
interfaces = ["both", "none"]
mroute = [
  { from = "both", group = "232.2.1.1", to = ["none"] },
  { from = "both", group = "232.0.0.0/15", to = ["none"] },
  { from = "both", group = "ff3e::4000:1", to = ["none"] },
]
)");
  EXPECT_THAT(KeysOf<Ipv4>(config), ElementsAre("(*,232.2.1.1)", "(*,232.0.0.0/15)"));
  EXPECT_THAT(KeysOf<Ipv6>(config), ElementsAre("(*,ff3e::4000:1)"));
}

TEST(GoodFamilies, HaveRoutesWithAndWithoutNextHop) {
  const Config config = GoodInBoth(R"(
[[route]]
prefix = "0.0.0.0/0"
interface = "four"
next_hop = "10.0.0.1"
[[route]]
prefix = "::/0"
interface = "six"
next_hop = "fe80::1"
[[route]]
prefix = "10.50.1.1"
interface = "none"
[[route]]
prefix = "2001:db8:50::1"
interface = "none"
)");
  const auto& four = config.routes.of<Ipv4>();
  ASSERT_EQ(four.size(), 2U);
  EXPECT_EQ(four[0].prefix, Ipv4Prefix());
  EXPECT_EQ(four[0].next_hop, Ipv4Address(10, 0, 0, 1));
  EXPECT_TRUE(four[1].next_hop.is_zero());
  EXPECT_EQ(four[1].prefix.length(), 32);
  const auto& six = config.routes.of<Ipv6>();
  ASSERT_EQ(six.size(), 2U);
  EXPECT_EQ(six[0].prefix, Ipv6Prefix());
  EXPECT_EQ(six[0].next_hop, Ipv6Address::Parse("fe80::1"));
  EXPECT_EQ(six[0].interface, config.Find("six")->IdIn<Ipv6>());
  EXPECT_TRUE(six[1].next_hop.is_zero());
  EXPECT_EQ(six[1].prefix.length(), 128);
}

TEST(GoodFamilies, HaveBoundariesOfTheirOwn) {
  Interface interface;
  const struct {
    const char* groups;
    bool of_boundary, of_scope;  // organisation-local scope as an address boundary, and scopes to 5
  } six[] = {
      {"ff08::1", true, false},   {"ff08::/16", true, false},  {"ff18::1", false, false},  {"ff0e::1", false, false},
      {"ff05::1", false, true},   {"ff35::1", false, true},    {"ff03::1", false, true},   {"ff06::1", false, false},
      {"ff04::/15", false, true}, {"ff04::/14", false, false}, {"ff00::/8", false, false},
  };
  for (const auto& row : six) {
    const Ipv6Prefix groups = *Ipv6Prefix::Parse(row.groups);
    EXPECT_FALSE(interface.IsBoundaryFor(groups)) << row.groups;
    Interface with_boundary;
    with_boundary.boundary.of<Ipv6>() = {*Ipv6Prefix::Parse("ff08::/16")};
    EXPECT_EQ(with_boundary.IsBoundaryFor(groups), row.of_boundary) << row.groups;
    Interface with_scope;
    with_scope.scope_boundary = 5;
    EXPECT_EQ(with_scope.IsBoundaryFor(groups), row.of_scope) << row.groups;
  }
  const struct {
    const char* groups;
    bool of_boundary;
  } four[] = {
      {"239.255.1.1", true},  // local scope stops at every boundary (RFC 2365 section 6.1)
      {"239.192.0.0/14", true}, {"239.195.255.255", true},
      {"239.196.0.0", false},   {"239.0.0.0/8", false},  // not all of it
  };
  for (const auto& row : four) {
    const Ipv4Prefix groups = *Ipv4Prefix::Parse(row.groups);
    EXPECT_FALSE(interface.IsBoundaryFor(groups)) << row.groups;
    Interface with_boundary;
    with_boundary.boundary.of<Ipv6>() = {*Ipv6Prefix::Parse("ff00::/8")};
    EXPECT_FALSE(with_boundary.IsBoundaryFor(groups)) << row.groups;
    with_boundary.boundary.of<Ipv4>() = {*Ipv4Prefix::Parse("239.192.0.0/14")};
    EXPECT_EQ(with_boundary.IsBoundaryFor(groups), row.of_boundary) << row.groups;
  }
}

}  // namespace
}  // namespace mgmd::config
