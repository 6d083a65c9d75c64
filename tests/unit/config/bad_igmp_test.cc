// Invariant: [igmp] or [mld] with an error is refused with its place, key, reason and what is allowed.

#include "tests/unit/config/bad_file.h"

namespace mgmd::config {
namespace {

class BadIgmp : public testing::TestWithParam<BadFile> {};

TEST_P(BadIgmp, IsRefusedWithItsPlaceAndReason) { ExpectErrors(GetParam(), kRouterBase, kAllRooms); }

std::string BadJoin(const std::string& what) {
  return what + R"(; allowed: a group, as in "239.1.1.1", or a source and a group, as in "10.0.0.1@232.1.1.1")";
}

const BadFile kBadIgmp[] = {
    {"IGMP nowhere",
     R"(
[igmp]
)",
     {"1:1: igmp.interfaces: missing; allowed: an array of names of interfaces"}},
    {"IGMP version 4",
     R"(
[igmp]
interfaces = ["dn1"]
version = 4
)",
     {"3:11: igmp.version: 4 is out of range; allowed: an integer from 1 to 3"}},
    {"a query interval beyond the protocol's",
     R"(
[igmp]
interfaces = ["dn1"]
query_interval = 31745
)",
     {"3:18: igmp.query_interval: 31745 is out of range; allowed: a number from 1 to 31744"}},
    {"a robustness of 0",
     R"(
[igmp]
interfaces = ["dn1"]
robustness = 0
)",
     {"3:14: igmp.robustness: 0 is out of range; allowed: an integer from 1 to 7"}},
    {"immediate_leave as a number",
     R"(
[igmp]
interfaces = ["dn1"]
immediate_leave = 1
)",
     {"3:19: igmp.immediate_leave: the integer 1 is of the wrong type; allowed: true, false, \"tracked\" or "
      "\"always\""}},
    {"an empty join",
     R"(
[igmp]
interfaces = ["dn1", "up0"]
[[igmp.static]]
)",
     {R"(3:1: igmp.static.interface: missing; allowed: "up0", "dn1", "dn1v100")",
      R"(3:1: igmp.static.group: missing; allowed: a group, as in "239.1.1.1")"}},
    {"a join of a range",
     R"(
[igmp]
interfaces = ["dn1", "up0"]
[[igmp.static]]
interface = "up0"
group = "239.9.0.0/16"
)",
     {R"(5:9: igmp.static.group: "239.9.0.0/16" is no IP address; allowed: a group, as in "239.1.1.1")"}},
    {"a join of a group of the other family",
     R"(
[igmp]
interfaces = ["dn1", "up0"]
[[igmp.static]]
interface = "up0"
group = "ff0e::1"
)",
     {R"(5:9: igmp.static.group: ff0e::1 is no IPv4 address; allowed: a group, as in "239.1.1.1")"}},
    {"a join of a source-specific group",
     R"(
[igmp]
interfaces = ["dn1", "up0"]
[[igmp.static]]
interface = "up0"
group = "232.1.1.1"
)",
     {"5:9: igmp.static.group: 232.1.1.1 is in 232.0.0.0/8, which is forwarded for known sources only"
      "; allowed: a source, or another group"}},
    {"a join of a link-local group",
     R"(
[igmp]
interfaces = ["dn1", "up0"]
[[igmp.static]]
interface = "up0"
group = "224.0.0.251"
)",
     {"5:9: igmp.static.group: 224.0.0.251 is in 224.0.0.0/24, which is never forwarded"
      R"(; allowed: a group, as in "239.1.1.1")"}},
    {"a join beyond a boundary",
     R"(
[igmp]
interfaces = ["dn1", "up0"]
[[igmp.static]]
interface = "dn1"
group = "239.128.1.1"
)",
     {R"(4:13: igmp.static.interface: 239.128.1.1 may not cross the boundary of "dn1")"
      "; allowed: an interface without that boundary, or another group"}},
    {"a join without IGMP",
     R"(
[igmp]
interfaces = ["dn1", "up0"]
[[igmp.static]]
interface = "dn1v100"
group = "239.9.9.9"
)",
     {R"(4:13: igmp.static.interface: "dn1v100" is not among IGMP's interfaces)"
      "; allowed: those of igmp.interfaces"}},
    {"a join twice",
     R"(
[igmp]
interfaces = ["dn1", "up0"]
[[igmp.static]]
interface = "up0"
group = "239.9.9.9"
[[igmp.static]]
interface = "up0"
group = "239.9.9.9"
)",
     {"6:1: igmp.static: 239.9.9.9 is joined already, at line 3; allowed: each group of an interface once, or once for "
      "each source"}},
    {"MLD version 3",
     R"(
[mld]
interfaces = ["dn1v100"]
version = 3
)",
     {"3:11: mld.version: 3 is out of range; allowed: an integer from 1 to 2"}},
    {"MLD where there is no IPv6",
     R"(
[mld]
interfaces = ["dn1"]
)",
     {R"(2:15: mld.interfaces: "dn1" has no IPv6 address; allowed: interfaces of that family)"}},
    {"answers that take longer than the next question",
     R"(
[igmp]
interfaces = ["dn1"]
query_interval = 10
)",
     {"3:18: igmp.query_interval: a query response interval of 10 s is not shorter than a query interval of 10 s"
      "; allowed: a shorter query_response_interval, or a longer query_interval"}},
    {"a response interval that version 2 cannot say",
     R"(
[igmp]
interfaces = ["dn1"]
version = 2
query_response_interval = 25.6
)",
     {"1:1: igmp: IGMPv2 cannot say a query response interval of 25.6 s; allowed: at most 25.5 s"}},
    {"a last member query interval of nothing",
     R"(
[igmp]
interfaces = ["dn1"]
last_member_query_interval = 0.05
)",
     {"3:30: igmp.last_member_query_interval: 0.05 is out of range; allowed: a number from 0.1 to 25.5"}},
    {"an interval as a string",
     R"(
[igmp]
interfaces = ["dn1"]
query_interval = "2m"
)",
     {R"(3:18: igmp.query_interval: the string "2m" is of the wrong type; allowed: a number from 1 to 31744)"}},
    {"immediate_leave that nobody knows",
     R"(
[igmp]
interfaces = ["dn1"]
immediate_leave = "fast"
)",
     {R"(3:19: igmp.immediate_leave: "fast" is unknown; allowed: "tracked", "always")"}},
    {"a table for an interface that is not listed",
     R"(
[igmp]
interfaces = ["dn1"]
[[igmp.interface]]
name = "up0"
version = 2
)",
     {R"(4:8: igmp.interface.name: "up0" is not among IGMP's interfaces; allowed: those of igmp.interfaces)"}},
    {"two tables for an interface",
     R"(
[igmp]
interfaces = ["dn1"]
[[igmp.interface]]
name = "dn1"
[[igmp.interface]]
name = "dn1"
)",
     {R"(6:8: igmp.interface.name: "dn1" has a table already, at line 3; allowed: each interface once)"}},
    {"a rule that says nothing",
     R"(
[igmp]
interfaces = ["dn1"]
acl = [{ source = "10.0.0.0/8" }]
)",
     {"3:8: igmp.acl: neither `permit` nor `deny`; allowed: one of them"}},
    {"a rule of the other family",
     R"(
[igmp]
interfaces = ["dn1"]
acl = [{ deny = "ff0e::/16" }]
)",
     {"3:8: igmp.acl: a prefix of the other family; allowed: one of IPv4"}},
    {"a static member that the list denies",
     R"(
[igmp]
interfaces = ["dn1"]
acl = [{ deny = "239.9.0.0/16" }]
[[igmp.static]]
interface = "dn1"
group = "239.9.9.9"
)",
     {"6:9: igmp.static.group: 239.9.9.9 is denied by the interface's acl; allowed: a group that it permits"}},
    {"a hitless takeover without a grace time",
     R"(
[igmp]
interfaces = ["dn1"]
grace = 0
hitless_takeover = true
)",
     {"4:20: igmp.hitless_takeover: there is no time in which streams could go on"
      "; allowed: false, or a grace of 1 second or more"}},
    {"groups that are joined and are none, or are never forwarded, and sources that are none",
     R"(
[[interface]]
name = "a"
device = "net_null9"
join = ["239.1.0.0/16", "10.0.0.1", "224.0.0.5", "ff02::5", "", "x@239.1.1.1", "224.1.1.1@239.1.1.1", "10.0.0.1@"]
)",
     {
         BadJoin(R"(4:9: interface.join: "239.1.0.0/16" is no IP address)"),
         BadJoin("4:25: interface.join: 10.0.0.1 is not multicast"),
         BadJoin("4:37: interface.join: 224.0.0.5 is in 224.0.0.0/24, which is never forwarded"),
         BadJoin("4:50: interface.join: ff02::5 is of scope 2, and scopes 0 to 2 are never forwarded"),
         BadJoin(R"(4:61: interface.join: the string is empty)"),
         BadJoin(R"(4:65: interface.join: "x" is no IP address)"),
         BadJoin("4:80: interface.join: 224.1.1.1 can be no packet's source"),
         BadJoin(R"(4:103: interface.join: "" is no IP address)"),
     }},
    {"groups that are joined twice, without the source they need, and with one of the other family",
     R"(
[[interface]]
name = "a"
device = "net_null9"
join = ["239.1.1.1", "239.1.1.1", "10.0.0.1@239.1.1.1", "10.0.0.1@239.1.1.1", "232.1.1.1", "2001:db8::1@239.1.1.1"]
)",
     {
         "4:22: interface.join: 239.1.1.1 is there already; allowed: each group once, or once for each source",
         "4:57: interface.join: 10.0.0.1@239.1.1.1 is there already; allowed: each group once, or once for each source",
         "4:79: interface.join: 232.1.1.1 is in 232.0.0.0/8, which is forwarded for known sources only"
         R"(; allowed: a source, as in "10.0.0.1@232.1.1.1", or another group)",
         BadJoin("4:92: interface.join: the source is of another family than the group"),
     }},
    {"groups that are joined where they cannot be",
     R"(
[[interface]]
name = "a"
device = "net_null9"
mtu = 1000
boundary = ["239.128.0.0/16"]
join = ["239.128.1.1", "ff0e::1"]
)",
     {R"(6:9: interface.join: 239.128.1.1 may not cross the boundary of "a")"
      "; allowed: an interface without that boundary, or another group",
      "6:24: interface.join: an mtu of 1000 is too small for IPv6; allowed: a group of IPv4, or an mtu of at least "
      "1280"}},
};

INSTANTIATE_TEST_SUITE_P(Files, BadIgmp, testing::ValuesIn(kBadIgmp), TestName);

}  // namespace
}  // namespace mgmd::config
