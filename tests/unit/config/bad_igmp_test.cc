// Invariant: [igmp] with an error is refused with its place, key, reason and what is allowed.

#include "tests/unit/config/bad_file.h"

namespace mgmd::config {
namespace {

class BadIgmp : public testing::TestWithParam<BadFile> {};

TEST_P(BadIgmp, IsRefusedWithItsPlaceAndReason) { ExpectErrors(GetParam(), kRouterBase, kAllRooms); }

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
     {"3:18: igmp.query_interval: 31745 is out of range; allowed: an integer from 1 to 31744"}},
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
     {"3:19: igmp.immediate_leave: the integer 1 is of the wrong type; allowed: true or false"}},
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
      "; allowed: another group"}},
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
     {"6:1: igmp.static: 239.9.9.9 is joined already, at line 3; allowed: each group of an interface once"}},
};

INSTANTIATE_TEST_SUITE_P(Files, BadIgmp, testing::ValuesIn(kBadIgmp), TestName);

}  // namespace
}  // namespace mgmd::config
