// Invariant: a proxy whose interfaces or sources cannot be so is refused with its place, key, reason and what is
// allowed.

#include "tests/unit/config/bad_file.h"

namespace mgmd::config {
namespace {

class BadProxy : public testing::TestWithParam<BadFile> {};

TEST_P(BadProxy, IsRefusedWithItsPlaceAndReason) { ExpectErrors(GetParam(), kRouterBase, kAllRooms); }

const BadFile kBadProxies[] = {
    {"a proxy of nothing",
     R"(
[igmp]
interfaces = ["dn1"]
[[igmp.proxy]]
)",
     {R"(3:1: igmp.proxy.upstream: missing; allowed: "up0", "dn1", "dn1v100")",
      "3:1: igmp.proxy.downstream: missing; allowed: an array of names of interfaces"}},
    {"an upstream with hosts",
     R"(
[igmp]
interfaces = ["dn1", "up0"]
[[igmp.proxy]]
upstream = "up0"
downstream = ["dn1"]
)",
     {R"(4:12: igmp.proxy.upstream: "up0" is among IGMP's interfaces, and upstream of a proxy the router is a host)"
      "; allowed: an interface that is not in igmp.interfaces"}},
    {"a downstream without hosts",
     R"(
[igmp]
interfaces = ["dn1"]
[[igmp.proxy]]
upstream = "up0"
downstream = ["dn1", "dn1v100"]
)",
     {R"(5:22: igmp.proxy.downstream: "dn1v100" is not among IGMP's interfaces; allowed: those of igmp.interfaces)"}},
    {"an interface in two proxies",
     R"(
[igmp]
interfaces = ["dn1"]
[[igmp.proxy]]
upstream = "up0"
downstream = ["dn1"]
[[igmp.proxy]]
upstream = "up0"
downstream = ["dn1"]
sources = ["10.0.0.0/8"]
)",
     {R"(7:12: igmp.proxy.upstream: "up0" has a part in a proxy already, at line 4)"
      "; allowed: each interface once, in one proxy",
      R"(8:15: igmp.proxy.downstream: "dn1" has a part in a proxy already, at line 5)"
      "; allowed: each interface once, in one proxy"}},
    {"an upstream of the other family",
     R"(
[mld]
interfaces = ["dn1v100"]
[[mld.proxy]]
upstream = "up0"
downstream = ["dn1v100"]
)",
     {R"(4:12: mld.proxy.upstream: "up0" has no IPv6 address; allowed: an interface of that family)"}},
    {"sources that are not said, none, or somewhere else already",
     R"(
[igmp]
interfaces = ["dn1"]
[[igmp.proxy]]
upstream = "up0"
downstream = ["dn1"]
sources = ["10.0.0.0/8", "2001:db8::/32", "239.0.0.0/8", "10.0.0.0/8", "x"]
[[igmp.proxy]]
upstream = "dn1v100"
downstream = []
)",
     {R"(6:26: igmp.proxy.sources: 2001:db8::/32 is none; allowed: a prefix of IPv4 sources)",
      R"(6:43: igmp.proxy.sources: 239.0.0.0/8 is none; allowed: a prefix of IPv4 sources)",
      ("6:58: igmp.proxy.sources: 10.0.0.0/8 is there already, at line 6; allowed: each prefix once, behind one "
       "upstream"),
      R"(6:72: igmp.proxy.sources: "x" is no IP prefix; allowed: a prefix of IPv4 sources)",
      "7:1: igmp.proxy.sources: missing; allowed: an array of prefixes of the sources behind the upstream",
      "9:14: igmp.proxy.downstream: the array is empty; allowed: at least one name of an interface"}},
};

INSTANTIATE_TEST_SUITE_P(Files, BadProxy, testing::ValuesIn(kBadProxies), TestName);

}  // namespace
}  // namespace mgmd::config
