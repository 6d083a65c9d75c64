// Invariant: a [[protocol.static.mroute]] with an error is refused with its place, key, reason and what is allowed.

#include "tests/unit/config/bad_file.h"

namespace mgmd::config {
namespace {

class BadMroute : public testing::TestWithParam<BadFile> {};

TEST_P(BadMroute, IsRefusedWithItsPlaceAndReason) { ExpectErrors(GetParam(), kRouterBase, kAllRooms); }

const BadFile kBadMroute[] = {
    {"an empty mroute",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
)",
     {R"(3:1: protocol.static.mroute.from: missing; allowed: "up0", "dn1", "dn1v100")",
      "3:1: protocol.static.mroute.to: missing; allowed: an array of names of interfaces",
      "3:1: protocol.static.mroute.group: missing"
      R"(; allowed: a group, as in "239.1.1.1" or "ff0e::1", or a range, as in "239.1.0.0/16" or "ff0e::/16")"}},
    {"more mroutes than there may be entries",
     R"(
[protocol.static]
interfaces = ["up0", "dn1"]
[[protocol.static.mroute]]
from = "up0"
group = "239.1.1.1"
to = ["dn1"]
[[protocol.static.mroute]]
from = "up0"
group = "239.1.1.2"
to = ["dn1"]
[limits]
mfes = 1
)",
     {"1:1: protocol.static: there are 2 IPv4 mroutes; allowed: at most limits.mfes, 1"}},
    {"more mroutes than the parts of the entries' limit let in",
     R"(
[protocol.static]
interfaces = ["up0", "dn1"]
[[protocol.static.mroute]]
from = "up0"
source = "10.0.0.1"
group = "239.1.1.1"
to = ["dn1"]
[[protocol.static.mroute]]
from = "up0"
source = "10.0.0.2"
group = "239.1.1.1"
to = ["dn1"]
[[protocol.static.mroute]]
from = "up0"
group = "239.1.1.1"
to = ["dn1"]
[limits]
mfes_per_group = 1
mfes_per_interface = 2
mfes_per_owner = 2
)",
     {"1:1: protocol.static: there are 3 IPv4 mroutes; allowed: at most limits.mfes_per_owner, 2",
      R"(1:1: protocol.static: there are 3 IPv4 mroutes from "up0"; allowed: at most limits.mfes_per_interface, 2)",
      "1:1: protocol.static: there are 2 IPv4 mroutes of 239.1.1.1; allowed: at most limits.mfes_per_group, 1"}},
    {"a group that is none",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
group = "video"
to = ["dn1"]
)",
     {R"(5:9: protocol.static.mroute.group: "video" is no IP prefix)"
      R"(; allowed: a group, as in "239.1.1.1" or "ff0e::1", or a range, as in "239.1.0.0/16" or "ff0e::/16")"}},
    {"a unicast group",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
group = "10.1.1.1"
to = ["dn1"]
)",
     {"5:9: protocol.static.mroute.group: 10.1.1.1 is not multicast"
      R"(; allowed: a group, as in "239.1.1.1" or "ff0e::1", or a range, as in "239.1.0.0/16" or "ff0e::/16")"}},
    {"a range beyond multicast",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
group = "224.0.0.0/3"
to = ["dn1"]
)",
     {"5:9: protocol.static.mroute.group: 224.0.0.0/3 is not multicast"
      R"(; allowed: a group, as in "239.1.1.1" or "ff0e::1", or a range, as in "239.1.0.0/16" or "ff0e::/16")"}},
    {"a range with host bits",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
group = "239.1.1.0/16"
to = ["dn1"]
)",
     {R"(5:9: protocol.static.mroute.group: "239.1.1.0/16" has bits set beyond its length)"
      R"(; allowed: zeros there, as in "239.1.0.0/16")"}},
    {"a link-local group",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
source = "10.0.0.1"
group = "224.0.0.5"
to = ["dn1"]
)",
     {"6:9: protocol.static.mroute.group: 224.0.0.5 is in 224.0.0.0/24, which is never forwarded"
      R"(; allowed: a group, as in "239.1.1.1" or "ff0e::1", or a range, as in "239.1.0.0/16" or "ff0e::/16")"}},
    {"a link-local range",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
group = "224.0.0.0/25"
to = ["dn1"]
)",
     {"5:9: protocol.static.mroute.group: 224.0.0.0/25 is in 224.0.0.0/24, which is never forwarded"
      R"(; allowed: a group, as in "239.1.1.1" or "ff0e::1", or a range, as in "239.1.0.0/16" or "ff0e::/16")"}},
    {"a source-specific group without source",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
group = "232.1.1.1"
to = ["dn1"]
)",
     {"5:9: protocol.static.mroute.group: 232.1.1.1 is in 232.0.0.0/8, which is forwarded for known "
      "sources only"
      "; allowed: a source with it, or another group"}},
    {"a source-specific range",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
group = "232.1.0.0/16"
to = ["dn1"]
)",
     {"5:9: protocol.static.mroute.group: 232.1.0.0/16 is in 232.0.0.0/8, which is forwarded for known "
      "sources only"
      "; allowed: a source with it, or another group"}},
    {"a range with a source",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
source = "10.0.0.1"
group = "239.1.0.0/16"
to = ["dn1"]
)",
     {"6:9: protocol.static.mroute.group: 239.1.0.0/16 is a range, and there is a source"
      "; allowed: a range without source, or one group"}},
    {"a source that is none",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
source = "any"
group = "239.1.1.1"
to = ["dn1"]
)",
     {R"(5:10: protocol.static.mroute.source: "any" is no IP address; allowed: a host's address)"}},
    {"a source that is a group",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
source = "239.1.1.1"
group = "239.1.1.1"
to = ["dn1"]
)",
     {"5:10: protocol.static.mroute.source: 239.1.1.1 can be no packet's source; allowed: a host's address"}},
    {"a source of zeros",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
source = "0.0.0.0"
group = "239.1.1.1"
to = ["dn1"]
)",
     {"5:10: protocol.static.mroute.source: 0.0.0.0 can be no packet's source; allowed: a host's address"}},
    {"from an interface that is not there",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up1"
group = "239.1.1.1"
to = ["dn1"]
)",
     {R"(4:8: protocol.static.mroute.from: "up1" is the name of no interface (did you mean "up0"?))"
      R"(; allowed: "up0", "dn1", "dn1v100")"}},
    {"to an interface that is not there",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
group = "239.1.1.1"
to = ["dn1", "dn1v10"]
)",
     {R"(6:14: protocol.static.mroute.to: "dn1v10" is the name of no interface (did you mean "dn1v100"?))"
      R"(; allowed: "up0", "dn1", "dn1v100")"}},
    {"to where it comes from",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
group = "239.1.1.1"
to = ["dn1", "up0"]
)",
     {R"(6:14: protocol.static.mroute.to: "up0" is where the packets come from; allowed: other interfaces)"}},
    {"to an interface twice",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
group = "239.1.1.1"
to = ["dn1", "dn1"]
)",
     {R"(6:14: protocol.static.mroute.to: "dn1" is there already; allowed: each interface once)"}},
    {"to nowhere",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
group = "239.1.1.1"
to = []
)",
     {"6:6: protocol.static.mroute.to: the array is empty; allowed: at least one name of an interface"}},
    {"to a name without brackets",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
group = "239.1.1.1"
to = "dn1"
)",
     {R"(6:6: protocol.static.mroute.to: the string "dn1" is of the wrong type)"
      "; allowed: an array of names of interfaces"}},
    {"interfaces of others",
     R"(
[protocol.static]
interfaces = ["dn1"]
[[protocol.static.mroute]]
from = "up0"
group = "239.1.1.1"
to = ["dn1", "dn1v100"]
)",
     {R"(4:8: protocol.static.mroute.from: "up0" is not among the protocol's interfaces)"
      "; allowed: those of protocol.static.interfaces",
      R"(6:14: protocol.static.mroute.to: "dn1v100" is not among the protocol's interfaces)"
      "; allowed: those of protocol.static.interfaces"}},
    {"out across a boundary",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
group = "239.128.1.1"
to = ["dn1v100", "dn1"]
)",
     {R"(6:18: protocol.static.mroute.to: 239.128.1.1 may not cross the boundary of "dn1")"
      "; allowed: an interface without that boundary, or another group"}},
    {"in across a boundary",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "dn1"
source = "10.1.0.1"
group = "239.128.1.1"
to = ["up0"]
)",
     {R"(4:8: protocol.static.mroute.from: 239.128.1.1 may not cross the boundary of "dn1")"
      "; allowed: an interface without that boundary, or another group"}},
    {"a range across a boundary",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
group = "239.128.4.0/24"
to = ["dn1"]
)",
     {R"(6:7: protocol.static.mroute.to: 239.128.4.0/24 may not cross the boundary of "dn1")"
      "; allowed: an interface without that boundary, or another group"}},
    {"local scope across any boundary",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
group = "239.255.1.1"
to = ["dn1"]
)",
     {R"(6:7: protocol.static.mroute.to: 239.255.1.1 may not cross the boundary of "dn1")"
      "; allowed: an interface without that boundary, or another group"}},
    {"an mroute twice",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
from = "up0"
group = "239.1.1.1"
to = ["dn1"]
[[protocol.static.mroute]]
from = "dn1"
group = "239.1.1.1/32"
to = ["up0"]
)",
     {"7:1: protocol.static.mroute: (*,239.1.1.1) has an mroute already, at line 3"
      "; allowed: one mroute for each source and group"}},
    {"an unknown key of an mroute",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
[[protocol.static.mroute]]
form = "up0"
group = "239.1.1.1"
to = ["dn1"]
)",
     {R"(3:1: protocol.static.mroute.from: missing; allowed: "up0", "dn1", "dn1v100")",
      R"(4:1: protocol.static.mroute.form: unknown key (did you mean "from"?))"
      R"(; allowed: "from", "to", "source", "group")"}},
};

INSTANTIATE_TEST_SUITE_P(Files, BadMroute, testing::ValuesIn(kBadMroute), TestName);

}  // namespace
}  // namespace mgmd::config
