// Invariant: a wrong address or boundary of an interface is refused with its place, key, reason and what is
// allowed.

#include "tests/unit/config/bad_file.h"

namespace mgmd::config {
namespace {

class BadAddress : public testing::TestWithParam<BadFile> {};

TEST_P(BadAddress, IsRefusedWithItsPlaceAndReason) { ExpectErrors(GetParam(), kRouterBase, kAllRooms); }

const BadFile kBadAddress[] = {
    {"an address without length",
     R"(
[[interface]]
name = "a"
device = "net_null9"
addresses = ["10.9.0.1"]
)",
     {R"(4:14: interface.addresses: "10.9.0.1" is no address of an interface)"
      R"(; allowed: an address with its link's prefix length, as in "10.0.0.254/24" or "2001:db8::fe/64")"}},
    {"an address of length 0",
     R"(
[[interface]]
name = "a"
device = "net_null9"
addresses = ["10.9.0.1/0"]
)",
     {R"(4:14: interface.addresses: "10.9.0.1/0" is no address of an interface)"
      R"(; allowed: an address with its link's prefix length, as in "10.0.0.254/24" or "2001:db8::fe/64")"}},
    {"an address that is none",
     R"(
[[interface]]
name = "a"
device = "net_null9"
addresses = ["10.9.0/24"]
)",
     {R"(4:14: interface.addresses: "10.9.0/24" is no address of an interface)"
      R"(; allowed: an address with its link's prefix length, as in "10.0.0.254/24" or "2001:db8::fe/64")"}},
    {"the address of the link",
     R"(
[[interface]]
name = "a"
device = "net_null9"
addresses = ["10.9.0.0/24"]
)",
     {R"(4:14: interface.addresses: "10.9.0.0/24" is no host's address)"
      R"(; allowed: an address with its link's prefix length, as in "10.0.0.254/24" or "2001:db8::fe/64")"}},
    {"the broadcast address",
     R"(
[[interface]]
name = "a"
device = "net_null9"
addresses = ["10.9.0.255/24"]
)",
     {R"(4:14: interface.addresses: "10.9.0.255/24" is no host's address)"
      R"(; allowed: an address with its link's prefix length, as in "10.0.0.254/24" or "2001:db8::fe/64")"}},
    {"a multicast address",
     R"(
[[interface]]
name = "a"
device = "net_null9"
addresses = ["224.1.1.1/24"]
)",
     {R"(4:14: interface.addresses: "224.1.1.1/24" is no host's address)"
      R"(; allowed: an address with its link's prefix length, as in "10.0.0.254/24" or "2001:db8::fe/64")"}},
    {"one of several addresses, without which their families and links are not known",
     R"(
[[interface]]
name = "a"
device = "net_null9"
addresses = ["2001:db8:9::1/64", "10.9.0.0/24", "10.10.0.1/24"]
[[interface]]
name = "b"
device = "net_null8"
addresses = ["2001:db8:8::1/64", "10.8.0.1"]
[[route]]
prefix = "10.20.0.0/16"
interface = "a"
next_hop = "10.9.0.1"
[protocol.static]
interfaces = ["b", "up0"]
[[protocol.static.mroute]]
from = "up0"
to = ["b"]
group = "239.1.1.1"
)",
     {R"(4:34: interface.addresses: "10.9.0.0/24" is no host's address)"
      R"(; allowed: an address with its link's prefix length, as in "10.0.0.254/24" or "2001:db8::fe/64")",
      R"(8:34: interface.addresses: "10.8.0.1" is no address of an interface)"
      R"(; allowed: an address with its link's prefix length, as in "10.0.0.254/24" or "2001:db8::fe/64")"}},
    {"an address that another has",
     R"(
[[interface]]
name = "a"
device = "net_null9"
addresses = ["10.0.0.254/25"]
)",
     {"10:14: interface.addresses: 10.0.0.254 is taken by the interface at line 1; allowed: each address once"}},
    {"a prefix that another has",
     R"(
[[interface]]
name = "a"
device = "net_null9"
addresses = ["10.0.0.1/24"]
)",
     {"10:14: interface.addresses: 10.0.0.0/24 is the prefix of the interface at line 1"
      "; allowed: each prefix on one interface, since it is the route to its sources"}},
    {"addresses that are no list",
     R"(
[[interface]]
name = "a"
device = "net_null9"
addresses = "10.9.0.1/24"
)",
     {R"(4:13: interface.addresses: the string "10.9.0.1/24" is of the wrong type)"
      "; allowed: an array of addresses with prefix lengths"}},
    {"a boundary with host bits",
     R"(
[[interface]]
name = "a"
device = "net_null9"
boundary = ["239.255.1.0/16"]
)",
     {R"(4:13: interface.boundary: "239.255.1.0/16" has bits set beyond its length)"
      R"(; allowed: zeros there, as in "239.255.0.0/16")"}},
    {"a boundary that is not multicast",
     R"(
[[interface]]
name = "a"
device = "net_null9"
boundary = ["10.0.0.0/8"]
)",
     {"4:13: interface.boundary: 10.0.0.0/8 is no range of groups"
      R"(; allowed: a prefix of groups, as in "239.255.0.0/16" or "ff08::/16")"}},
    {"a boundary around multicast",
     R"(
[[interface]]
name = "a"
device = "net_null9"
boundary = ["224.0.0.0/3"]
)",
     {"4:13: interface.boundary: 224.0.0.0/3 is no range of groups"
      R"(; allowed: a prefix of groups, as in "239.255.0.0/16" or "ff08::/16")"}},
    {"a boundary twice",
     R"(
[[interface]]
name = "a"
device = "net_null9"
boundary = ["239.1.0.0/16", "239.1.0.0/16"]
)",
     {"4:29: interface.boundary: 239.1.0.0/16 is there already; allowed: each prefix once"}},
    {"a boundary that is no prefix",
     R"(
[[interface]]
name = "a"
device = "net_null9"
boundary = ["local"]
)",
     {R"(4:13: interface.boundary: "local" is no IP prefix)"
      R"(; allowed: a prefix of groups, as in "239.255.0.0/16" or "ff08::/16")"}},
};

INSTANTIATE_TEST_SUITE_P(Files, BadAddress, testing::ValuesIn(kBadAddress), TestName);

}  // namespace
}  // namespace mgmd::config
