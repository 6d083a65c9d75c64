// Invariant: a wrong value of IPv6, and one of a family that does not go with the rest, is refused with its place, key,
// reason and what is allowed.

#include "tests/unit/config/bad_file.h"

namespace mgmd::config {
namespace {

constexpr std::string_view kBase = R"(
[dpdk]
workers = [1]
[[interface]]
name = "up0"
device = "net_null0"
addresses = ["2001:db8::fe/64", "fe80::fe/64"]
[[interface]]
name = "dn1"
device = "net_null1"
addresses = ["10.1.0.254/24", "2001:db8:1::fe/64"]
boundary = ["ff08::/16"]
scope_boundary = 5
[[interface]]
name = "dn4"
device = "net_null2"
addresses = ["10.4.0.254/24"]
[[interface]]
name = "any"
parent = "dn1"
vlan = 100
)";

class BadIpv6 : public testing::TestWithParam<BadFile> {};

TEST_P(BadIpv6, IsRefusedWithItsPlaceAndReason) { ExpectErrors(GetParam(), kBase, kAllRooms); }

#define MGMD_ADDRESS_ALLOWED \
  R"(; allowed: an address with its link's prefix length, as in "10.0.0.254/24" or "2001:db8::fe/64")"

const BadFile kBadAddress[] = {
    {"addresses that are none of an interface",
     R"(
[[interface]]
name = "a"
device = "net_null9"
addresses = ["2001:db8:9::fe", "2001:db8:9::fe/0", "2001:db8:9::fe/129", "2001:db8:9/64", "fe80::1%eth0/64"]
)",
     {(R"(4:14: interface.addresses: "2001:db8:9::fe" is no address of an interface)" MGMD_ADDRESS_ALLOWED),
      (R"(4:32: interface.addresses: "2001:db8:9::fe/0" is no address of an interface)" MGMD_ADDRESS_ALLOWED),
      (R"(4:52: interface.addresses: "2001:db8:9::fe/129" is no address of an interface)" MGMD_ADDRESS_ALLOWED),
      (R"(4:74: interface.addresses: "2001:db8:9/64" is no address of an interface)" MGMD_ADDRESS_ALLOWED),
      (R"(4:91: interface.addresses: "fe80::1%eth0/64" is no address of an interface)" MGMD_ADDRESS_ALLOWED)}},
    {"addresses of no host",
     R"(
[[interface]]
name = "a"
device = "net_null9"
addresses = ["2001:db8:9::/64", "ff0e::1/64", "::1/128", "::ffff:10.0.0.1/96", "::10.0.0.1/96"]
)",
     {(R"(4:14: interface.addresses: "2001:db8:9::/64" is no host's address)" MGMD_ADDRESS_ALLOWED),
      (R"(4:33: interface.addresses: "ff0e::1/64" is no host's address)" MGMD_ADDRESS_ALLOWED),
      (R"(4:47: interface.addresses: "::1/128" is no host's address)" MGMD_ADDRESS_ALLOWED),
      (R"(4:58: interface.addresses: "::ffff:10.0.0.1/96" is no host's address)" MGMD_ADDRESS_ALLOWED),
      (R"(4:80: interface.addresses: "::10.0.0.1/96" is no host's address)" MGMD_ADDRESS_ALLOWED)}},
    {"an address and a prefix that another has",
     R"(
[[interface]]
name = "a"
device = "net_null9"
addresses = ["2001:db8::1/64"]
[[interface]]
name = "b"
device = "net_null8"
addresses = ["2001:db8::1/65"]
)",
     {"8:14: interface.addresses: 2001:db8::1 is taken by the interface at line 1; allowed: each address once",
      "14:14: interface.addresses: 2001:db8::/64 is the prefix of the interface at line 1"
      "; allowed: each prefix on one interface, since it is the route to its sources"}},
    {"a link-local address twice on one interface",
     R"(
[[interface]]
name = "a"
device = "net_null9"
addresses = ["fe80::fe/64", "fe80::fd/64", "fe80::fe/64"]
)",
     {"4:44: interface.addresses: fe80::fe is taken by the interface at line 1; allowed: each address once"}},
    {"an MTU too small for addresses",
     R"(
[[interface]]
name = "a"
device = "net_null9"
mtu = 1279
addresses = ["10.9.0.1/24", "2001:db8:9::fe/64"]
[[interface]]
name = "b"
parent = "a"
vlan = 9
addresses = ["2001:db8:a::fe/64"]
)",
     {"4:7: interface.mtu: 1279 is too small for IPv6; allowed: at least 1280, or no IPv6 addresses",
      "6:1: interface: the mtu that its port leaves it, 1279, is too small for IPv6"
      "; allowed: at least 1280, or no IPv6 addresses"}},
};

INSTANTIATE_TEST_SUITE_P(Addresses, BadIpv6, testing::ValuesIn(kBadAddress), TestName);

#define MGMD_BOUNDARY_ALLOWED R"(; allowed: a prefix of groups, as in "239.255.0.0/16" or "ff08::/16")"

const BadFile kBadBoundary[] = {
    {"boundaries that are no ranges of groups",
     R"(
[[interface]]
name = "a"
device = "net_null9"
boundary = ["2001:db8::/32", "fe00::/7", "ff08::1/16", "ff08::/129", "ff18::/16", "ff18::/16"]
)",
     {("4:13: interface.boundary: 2001:db8::/32 is no range of groups" MGMD_BOUNDARY_ALLOWED),
      ("4:30: interface.boundary: fe00::/7 is no range of groups" MGMD_BOUNDARY_ALLOWED),
      (R"(4:42: interface.boundary: "ff08::1/16" has bits set beyond its length)"
       R"(; allowed: zeros there, as in "ff08::/16")"),
      (R"(4:56: interface.boundary: "ff08::/129" is no IP prefix)" MGMD_BOUNDARY_ALLOWED),
      "4:83: interface.boundary: ff18::/16 is there already; allowed: each prefix once"}},
    {"a scope that is no border's",
     R"(
[[interface]]
name = "a"
device = "net_null9"
scope_boundary = 2
[[interface]]
name = "b"
device = "net_null8"
scope_boundary = 14
)",
     {"4:18: interface.scope_boundary: 2 is out of range; allowed: an integer from 3 to 13",
      "8:18: interface.scope_boundary: 14 is out of range; allowed: an integer from 3 to 13"}},
};

INSTANTIATE_TEST_SUITE_P(Boundaries, BadIpv6, testing::ValuesIn(kBadBoundary), TestName);

#define MGMD_PREFIX_ALLOWED R"(; allowed: a prefix of sources, as in "10.0.0.0/8" or "2001:db8::/32")"
#define MGMD_NEXT_HOP_ALLOWED R"(; allowed: the link-local address of a neighbour on the interface, as in "fe80::1")"

const BadFile kBadIpv6Route[] = {
    {"a route with host bits",
     R"(
[[route]]
prefix = "2001:db8:50::1/48"
interface = "up0"
)",
     {R"(2:10: route.prefix: "2001:db8:50::1/48" has bits set beyond its length)"
      R"(; allowed: zeros there, as in "2001:db8:50::/48")"}},
    {"a length beyond 128",
     R"(
[[route]]
prefix = "2001:db8::/129"
interface = "up0"
)",
     {(R"(2:10: route.prefix: "2001:db8::/129" is no IP prefix)" MGMD_PREFIX_ALLOWED)}},
    {"routes to no sources",
     R"(
[[route]]
prefix = "ff0e::/16"
interface = "up0"
[[route]]
prefix = "::1"
interface = "up0"
[[route]]
prefix = "::ffff:10.0.0.0/104"
interface = "up0"
[[route]]
prefix = "fe80::/64"
interface = "up0"
)",
     {("2:10: route.prefix: ff0e::/16 has no address that is a source" MGMD_PREFIX_ALLOWED),
      ("5:10: route.prefix: ::1/128 has no address that is a source" MGMD_PREFIX_ALLOWED),
      ("8:10: route.prefix: ::ffff:10.0.0.0/104 has no address that is a source" MGMD_PREFIX_ALLOWED),
      ("11:10: route.prefix: fe80::/64 has no address that is a source" MGMD_PREFIX_ALLOWED)}},
    {"a prefix twice and that of an interface",
     R"(
[[route]]
prefix = "2001:db8:50::/48"
interface = "up0"
[[route]]
prefix = "2001:DB8:50:0::/48"
interface = "up0"
[[route]]
prefix = "2001:db8:1::/64"
interface = "up0"
)",
     {"5:10: route.prefix: 2001:db8:50::/48 has a route already, at line 1; allowed: one route for each prefix",
      R"(8:10: route.prefix: 2001:db8:1::/64 has a route already, as the prefix of interface "dn1")"
      "; allowed: one route for each prefix"}},
    {"next hops that are none",
     R"(
[[route]]
prefix = "2001:db8:50::/48"
interface = "up0"
next_hop = "2001:db8::1"
[[route]]
prefix = "2001:db8:51::/48"
interface = "up0"
next_hop = "fe80::fe"
[[route]]
prefix = "2001:db8:52::/48"
interface = "up0"
next_hop = "ff02::1"
[[route]]
prefix = "2001:db8:53::/48"
interface = "up0"
next_hop = "10.0.0.1"
[[route]]
prefix = "10.54.0.0/16"
interface = "dn4"
next_hop = "fe80::1"
[[route]]
prefix = "10.55.0.0/33"
interface = "dn4"
next_hop = "router"
)",
     {("4:12: route.next_hop: 2001:db8::1 is not link-local" MGMD_NEXT_HOP_ALLOWED),
      ("8:12: route.next_hop: fe80::fe is this router's own address" MGMD_NEXT_HOP_ALLOWED),
      ("12:12: route.next_hop: ff02::1 is no host's address" MGMD_NEXT_HOP_ALLOWED),
      ("16:12: route.next_hop: 10.0.0.1 is no IPv6 address" MGMD_NEXT_HOP_ALLOWED),
      "20:12: route.next_hop: fe80::1 is no IPv4 address; allowed: the address of a neighbour on the interface",
      (R"(22:10: route.prefix: "10.55.0.0/33" is no IP prefix)" MGMD_PREFIX_ALLOWED),
      R"(24:12: route.next_hop: "router" is no IP address; allowed: the address of a neighbour on the interface)"}},
};

INSTANTIATE_TEST_SUITE_P(Routes, BadIpv6, testing::ValuesIn(kBadIpv6Route), TestName);

const BadFile kBadFamilies[] = {
    {"families that are none",
     R"(
[protocol.static]
interfaces = ["up0"]
families = ["ipv5", "ipv4", "ipv4", 6]
)",
     {R"(3:13: protocol.static.families: "ipv5" is no family (did you mean "ipv4"?); allowed: "ipv4", "ipv6")",
      R"(3:29: protocol.static.families: "ipv4" is there already; allowed: each family once)",
      R"(3:37: protocol.static.families: the integer 6 is of the wrong type; allowed: "ipv4", "ipv6")"}},
    {"no family",
     R"(
[protocol.static]
interfaces = ["up0"]
families = []
)",
     {R"(3:12: protocol.static.families: the array is empty; allowed: at least one of "ipv4", "ipv6")"}},
    {"a family by its name alone",
     R"(
[protocol.static]
interfaces = ["up0"]
families = "ipv6"
)",
     {R"(3:12: protocol.static.families: the string "ipv6" is of the wrong type)"
      R"(; allowed: an array of families, "ipv4", "ipv6")"}},
    {"a family on an interface too small for it",
     R"(
[protocol.static]
interfaces = ["up0", "small"]
families = ["ipv4", "ipv6"]
[[interface]]
name = "small"
device = "net_null9"
mtu = 1000
)",
     {R"(2:22: protocol.static.interfaces: the mtu of "small", 1000, is too small for IPv6)"
      R"(; allowed: at least 1280, or families = ["ipv4"])"}},
    {"interfaces of another family",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn4", "any"]
[[protocol.static.mroute]]
from = "up0"
group = "ff0e::1"
to = ["dn1", "dn4", "any"]
[[protocol.static.mroute]]
from = "up0"
group = "239.1.1.1"
to = ["dn4"]
)",
     {R"(6:14: protocol.static.mroute.to: "dn4" is not the protocol's in IPv6)"
      "; allowed: those of protocol.static.interfaces that have IPv6 addresses"
      ", or the family in protocol.static.families",
      R"(8:8: protocol.static.mroute.from: "up0" is not the protocol's in IPv4)"
      "; allowed: those of protocol.static.interfaces that have IPv4 addresses"
      ", or the family in protocol.static.families"}},
    {"interfaces of others",
     R"(
[protocol.static]
interfaces = ["dn1"]
[[protocol.static.mroute]]
from = "up0"
group = "ff0e::1"
to = ["dn1"]
)",
     {R"(4:8: protocol.static.mroute.from: "up0" is not among the protocol's interfaces)"
      "; allowed: those of protocol.static.interfaces"}},
};

INSTANTIATE_TEST_SUITE_P(Families, BadIpv6, testing::ValuesIn(kBadFamilies), TestName);

#define MGMD_GROUP_ALLOWED \
  R"(; allowed: a group, as in "239.1.1.1" or "ff0e::1", or a range, as in "239.1.0.0/16" or "ff0e::/16")"

// An mroute with the keys, which begin at line 4.
BadFile Mroute(std::string_view what, const std::string& keys, std::vector<std::string> errors) {
  return {what, "\n[protocol.static]\ninterfaces = [\"up0\", \"dn1\", \"any\"]\n[[protocol.static.mroute]]\n" + keys,
          std::move(errors)};
}

std::vector<BadFile> BadMroutes() {
  const std::string ends = "from = \"up0\"\nto = [\"any\"]\n";
  const std::string group = "protocol.static.mroute.group: ";
  const std::string source = "protocol.static.mroute.source: ";
  return {
      Mroute("a unicast group", ends + "group = \"2001:db8::1\"\n",
             {"6:9: " + group + "2001:db8::1 is not multicast" MGMD_GROUP_ALLOWED}),
      Mroute("a range beyond multicast", ends + "group = \"fe00::/7\"\n",
             {"6:9: " + group + "fe00::/7 is not multicast" MGMD_GROUP_ALLOWED}),
      Mroute("a range with host bits", ends + "group = \"ff0e::1/16\"\n",
             {"6:9: " + group +
              R"("ff0e::1/16" has bits set beyond its length; allowed: zeros there, as in "ff0e::/16")"}),
      Mroute("a link-local group with flags", ends + "group = \"ff32::1\"\n",
             {"6:9: " + group + "ff32::1 is of scope 2, and scopes 0 to 2 are never forwarded" MGMD_GROUP_ALLOWED}),
      Mroute("a group of the reserved scope", ends + "group = \"ff00::1\"\n",
             {"6:9: " + group + "ff00::1 is of scope 0, and scopes 0 to 2 are never forwarded" MGMD_GROUP_ALLOWED}),
      Mroute("a range of scopes that stay", ends + "group = \"ff00::/15\"\n",
             {"6:9: " + group + "ff00::/15 is of scope 1, and scopes 0 to 2 are never forwarded" MGMD_GROUP_ALLOWED}),
      Mroute("a source-specific group without source", ends + "group = \"ff3e::4000:1\"\n",
             {"6:9: " + group +
              "ff3e::4000:1 is in ff3x::/32, which is forwarded for known sources only"
              "; allowed: a source with it, or another group"}),
      Mroute("a source-specific range", ends + "group = \"ff35::/32\"\n",
             {"6:9: " + group +
              "ff35::/32 is in ff3x::/32, which is forwarded for known sources only"
              "; allowed: a source with it, or another group"}),
      Mroute("a range with a source", ends + "group = \"ff0e::/16\"\nsource = \"2001:db8::1\"\n",
             {"6:9: " + group +
              "ff0e::/16 is a range, and there is a source; allowed: a range without source, or one group"}),
      Mroute("a source of zeros", ends + "group = \"ff0e::1\"\nsource = \"::\"\n",
             {"7:10: " + source + ":: can be no packet's source; allowed: a host's address"}),
      Mroute("a mapped source", ends + "group = \"ff0e::1\"\nsource = \"::ffff:10.0.0.1\"\n",
             {"7:10: " + source + "::ffff:10.0.0.1 can be no packet's source; allowed: a host's address"}),
      Mroute("a link-local source", ends + "group = \"ff0e::1\"\nsource = \"fe80::1\"\n",
             {"7:10: " + source +
              "fe80::1 is link-local, and its packets never leave their link; allowed: a host's address"}),
      Mroute("a source of another family", ends + "group = \"ff0e::1\"\nsource = \"10.0.0.1\"\n",
             {"7:10: " + source +
              "10.0.0.1 is of another family than the group; allowed: a source of IPv6, or another group"}),
      Mroute("across an address boundary", "from = \"up0\"\nto = [\"dn1\"]\ngroup = \"ff08:1::/32\"\n",
             {R"(5:7: protocol.static.mroute.to: ff08:1::/32 may not cross the boundary of "dn1")"
              "; allowed: an interface without that boundary, or another group"}),
      Mroute("across a border of scopes", "from = \"dn1\"\nto = [\"any\"]\ngroup = \"ff15::1\"\n",
             {R"(4:8: protocol.static.mroute.from: ff15::1 may not cross the boundary of "dn1")"
              "; allowed: an interface without that boundary, or another group"}),
      Mroute("an mroute twice",
             ends + "group = \"ff0e::1\"\n[[protocol.static.mroute]]\n" + ends + "group = \"FF0E:0::1/128\"\n",
             {"7:1: protocol.static.mroute: (*,ff0e::1) has an mroute already, at line 3"
              "; allowed: one mroute for each source and group"}),
  };
}

INSTANTIATE_TEST_SUITE_P(Mroutes, BadIpv6, testing::ValuesIn(BadMroutes()), TestName);

}  // namespace
}  // namespace mgmd::config
