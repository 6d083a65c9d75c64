// Invariant: a [[route]] with an error is refused with its place, key, reason and what is allowed.

#include "tests/unit/config/bad_file.h"

namespace mgmd::config {
namespace {

class BadRoute : public testing::TestWithParam<BadFile> {};

TEST_P(BadRoute, IsRefusedWithItsPlaceAndReason) { ExpectErrors(GetParam(), kRouterBase, kAllRooms); }

const BadFile kBadRoute[] = {
    {"no prefix and no interface",
     R"(
[[route]]
)",
     {R"(1:1: route.prefix: missing; allowed: a prefix of sources, as in "10.0.0.0/8" or "2001:db8::/32")",
      R"(1:1: route.interface: missing; allowed: "up0", "dn1", "dn1v100")"}},
    {"a route with host bits",
     R"(
[[route]]
prefix = "10.50.0.1/16"
interface = "up0"
)",
     {R"(2:10: route.prefix: "10.50.0.1/16" has bits set beyond its length)"
      R"(; allowed: zeros there, as in "10.50.0.0/16")"}},
    {"a route that is no prefix",
     R"(
[[route]]
prefix = "default"
interface = "up0"
)",
     {R"(2:10: route.prefix: "default" is no IP prefix)"
      R"(; allowed: a prefix of sources, as in "10.0.0.0/8" or "2001:db8::/32")"}},
    {"a length beyond 32",
     R"(
[[route]]
prefix = "10.0.0.0/33"
interface = "up0"
)",
     {R"(2:10: route.prefix: "10.0.0.0/33" is no IP prefix)"
      R"(; allowed: a prefix of sources, as in "10.0.0.0/8" or "2001:db8::/32")"}},
    {"a route to groups",
     R"(
[[route]]
prefix = "239.0.0.0/8"
interface = "up0"
)",
     {"2:10: route.prefix: 239.0.0.0/8 has no address that is a source"
      R"(; allowed: a prefix of sources, as in "10.0.0.0/8" or "2001:db8::/32")"}},
    {"a route to the loopback",
     R"(
[[route]]
prefix = "127.0.0.0/8"
interface = "up0"
)",
     {"2:10: route.prefix: 127.0.0.0/8 has no address that is a source"
      R"(; allowed: a prefix of sources, as in "10.0.0.0/8" or "2001:db8::/32")"}},
    {"an interface that is not there",
     R"(
[[route]]
prefix = "10.50.0.0/16"
interface = "dn2"
)",
     {R"(3:13: route.interface: "dn2" is the name of no interface (did you mean "dn1"?))"
      R"(; allowed: "up0", "dn1", "dn1v100")"}},
    {"a prefix twice",
     R"(
[[route]]
prefix = "10.50.0.0/16"
interface = "up0"
[[route]]
prefix = "10.50.0.0/16"
interface = "dn1"
)",
     {"5:10: route.prefix: 10.50.0.0/16 has a route already, at line 1; allowed: one route for each prefix"}},
    {"the prefix of an interface",
     R"(
[[route]]
prefix = "10.0.0.0/24"
interface = "dn1"
)",
     {R"(2:10: route.prefix: 10.0.0.0/24 has a route already, as the prefix of interface "up0")"
      "; allowed: one route for each prefix"}},
    {"a next hop that is no address",
     R"(
[[route]]
prefix = "10.50.0.0/16"
interface = "up0"
next_hop = "router"
)",
     {R"(4:12: route.next_hop: "router" is no IP address)"
      "; allowed: the address of a neighbour on the interface"}},
    {"a next hop that is a group",
     R"(
[[route]]
prefix = "10.50.0.0/16"
interface = "up0"
next_hop = "224.0.0.13"
)",
     {"4:12: route.next_hop: 224.0.0.13 is no host's address"
      "; allowed: the address of a neighbour on the interface"}},
    {"a next hop on another link",
     R"(
[[route]]
prefix = "10.50.0.0/16"
interface = "up0"
next_hop = "10.1.0.1"
)",
     {R"(4:12: route.next_hop: 10.1.0.1 is on no link of "up0")"
      "; allowed: the address of a neighbour on the interface"}},
    {"a next hop that is this router",
     R"(
[[route]]
prefix = "10.50.0.0/16"
interface = "up0"
next_hop = "10.0.0.254"
)",
     {"4:12: route.next_hop: 10.0.0.254 is this router's own address"
      "; allowed: the address of a neighbour on the interface"}},
    {"an unknown key of a route",
     R"(
[[route]]
prefix = "10.50.0.0/16"
interface = "up0"
nexthop = "10.0.0.1"
)",
     {R"(4:1: route.nexthop: unknown key (did you mean "next_hop"?))"
      R"(; allowed: "prefix", "interface", "next_hop")"}},
};

INSTANTIATE_TEST_SUITE_P(Files, BadRoute, testing::ValuesIn(kBadRoute), TestName);

}  // namespace
}  // namespace mgmd::config
