// Invariant: an [[interface]] that is wrong, or at odds with another, is refused with its place, key, reason and what
// is allowed.

#include "tests/unit/config/bad_file.h"

namespace mgmd::config {
namespace {

class BadInterface : public testing::TestWithParam<BadFile> {};

TEST_P(BadInterface, IsRefusedWithItsPlaceAndReason) { ExpectErrors(GetParam(), kRouterBase, kAllRooms); }

const BadFile kBadInterface[] = {
    {"no name",
     R"(
[[interface]]
device = "net_null9"
)",
     {"1:1: interface.name: missing; allowed: 1 to 32 letters, digits, '.', '_' and '-'"}},
    {"an empty name",
     R"(
[[interface]]
name = ""
device = "net_null9"
)",
     {"2:8: interface.name: the string is empty; allowed: 1 to 32 letters, digits, '.', '_' and '-'"}},
    {"a name with a comma",
     R"(
[[interface]]
name = "a,b"
device = "net_null9"
)",
     {R"(2:8: interface.name: "a,b" is no name; allowed: 1 to 32 letters, digits, '.', '_' and '-')"}},
    {"a name too long",
     R"(
[[interface]]
name = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
device = "net_null9"
)",
     {R"(2:8: interface.name: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" is no name)"
      "; allowed: 1 to 32 letters, digits, '.', '_' and '-'"}},
    {"a name twice",
     R"(
[[interface]]
name = "a"
device = "net_null8"
[[interface]]
name = "a"
device = "net_null9"
)",
     {R"(5:8: interface.name: "a" is taken by the interface at line 1; allowed: a name of its own)"}},
    {"an index twice",
     R"(
[[interface]]
name = "a"
device = "net_null8"
index = 7
[[interface]]
name = "b"
device = "net_null9"
index = 7
)",
     {"8:9: interface.index: 7 is taken by the interface at line 1; allowed: an index of its own"}},
    {"a default index taken",
     R"(
[[interface]]
name = "a"
device = "net_null8"
index = 2
[[interface]]
name = "b"
device = "net_null9"
)",
     {"5:1: interface.index: 2, the interface's place in the file, is taken by the interface at line 1"
      "; allowed: an index of its own"}},
    {"an index of 0",
     R"(
[[interface]]
name = "a"
device = "net_null9"
index = 0
)",
     {"4:9: interface.index: 0 is out of range; allowed: an integer from 1 to 2147483647"}},
    {"neither device nor parent",
     R"(
[[interface]]
name = "a"
)",
     {"1:1: interface: neither a device nor a parent; allowed: either device, or parent and vlan"}},
    {"both device and parent",
     R"(
[[interface]]
name = "a"
device = "net_null9"
parent = "up0"
vlan = 3
)",
     {"4:10: interface.parent: an interface with a device has no parent"
      "; allowed: either device, or parent and vlan"}},
    {"late, and nobody would tell",
     R"(
[[interface]]
name = "a"
device = "net_null9,no-rx=1"
late = true
[[interface]]
name = "b"
parent = "up0"
vlan = 3
late = false
)",
     {R"(4:8: interface.late: nobody tells when "net_null9" is there)"
      "; allowed: true with a PCI address, net_af_packet or net_af_xdp",
      "9:8: interface.late: a VLAN comes with its port; allowed: the key on its port"}},
    {"a parent without vlan",
     R"(
[[interface]]
name = "a"
parent = "up0"
)",
     {"1:1: interface: a parent without a vlan; allowed: either device, or parent and vlan"}},
    {"a vlan without parent",
     R"(
[[interface]]
name = "a"
device = "net_null9"
vlan = 3
)",
     {"4:8: interface.vlan: an interface with a device has no vlan; allowed: either device, or parent and vlan"}},
    {"an empty device",
     R"(
[[interface]]
name = "a"
device = ""
)",
     {"3:10: interface.device: the string is empty"
      "; allowed: a DPDK device: a PCI address, or a virtual device with its arguments"}},
    {"a parent that is not there",
     R"(
[[interface]]
name = "a"
parent = "up1"
vlan = 3
)",
     {R"(3:10: interface.parent: "up1" is the name of no interface (did you mean "up0"?))"
      R"(; allowed: "a", "up0", "dn1", "dn1v100")"}},
    {"a parent that is a VLAN",
     R"(
[[interface]]
name = "a"
parent = "dn1v100"
vlan = 3
)",
     {R"(3:10: interface.parent: "dn1v100" is a VLAN itself; allowed: an interface with a device)"}},
    {"itself as the parent",
     R"(
[[interface]]
name = "a"
parent = "a"
vlan = 3
)",
     {R"(3:10: interface.parent: "a" is a VLAN itself; allowed: an interface with a device)"}},
    {"VLAN 0",
     R"(
[[interface]]
name = "a"
parent = "up0"
vlan = 0
)",
     {"4:8: interface.vlan: 0 is out of range; allowed: an integer from 1 to 4094"}},
    {"VLAN 4095",
     R"(
[[interface]]
name = "a"
parent = "up0"
vlan = 4095
)",
     {"4:8: interface.vlan: 4095 is out of range; allowed: an integer from 1 to 4094"}},
    {"a priority above 7",
     R"(
[[interface]]
name = "a"
parent = "up0"
vlan = 3
pcp = 8
)",
     {R"(5:7: interface.pcp: 8 is out of range; allowed: "keep" or an integer from 0 to 7)"}},
    {"a priority that is a word",
     R"(
[[interface]]
name = "a"
parent = "up0"
vlan = 3
pcp = "voice"
)",
     {R"(5:7: interface.pcp: "voice" is no 802.1p priority; allowed: "keep")"}},
    {"a priority without a tag that it could be in",
     R"(
[[interface]]
name = "a"
device = "net_null9"
pcp = 3
)",
     {"4:7: interface.pcp: what leaves an interface without a vlan has no tag"
      R"(; allowed: "keep", or no pcp)"}},
    {"a VLAN twice on a port",
     R"(
[[interface]]
name = "a"
parent = "up0"
vlan = 5
[[interface]]
name = "b"
parent = "up0"
vlan = 5
)",
     {R"(8:8: interface.vlan: VLAN 5 of "up0" is taken by the interface at line 1)"
      "; allowed: each VLAN of a port once"}},
    {"a device twice",
     R"(
[[interface]]
name = "a"
device = "net_null9,size=64"
[[interface]]
name = "b"
device = "net_null9"
)",
     {R"(6:10: interface.device: "net_null9" is taken by the interface at line 1; allowed: a device of its own)"}},
    {"an MTU too small",
     R"(
[[interface]]
name = "a"
device = "net_null9"
mtu = 67
)",
     {"4:7: interface.mtu: 67 is out of range; allowed: an integer from 68 to 65000"}},
    {"an MTU above the port's",
     R"(
[[interface]]
name = "a"
parent = "up0"
vlan = 3
mtu = 9000
)",
     {"5:7: interface.mtu: 9000 is above the port's; allowed: at most 1500"}},
    {"a TTL threshold too high",
     R"(
[[interface]]
name = "a"
device = "net_null9"
ttl_threshold = 256
)",
     {"4:17: interface.ttl_threshold: 256 is out of range; allowed: an integer from 0 to 255"}},
    {"queues of a VLAN",
     R"(
[[interface]]
name = "a"
parent = "up0"
vlan = 3
rx_queues = 2
worker = 1
)",
     {"5:13: interface.rx_queues: a VLAN has no queues of its own; allowed: the key on its port",
      "6:10: interface.worker: a VLAN has no queues of its own; allowed: the key on its port"}},
    {"no rx queue",
     R"(
[[interface]]
name = "a"
device = "net_null9"
rx_queues = 0
)",
     {"4:13: interface.rx_queues: 0 is out of range; allowed: an integer from 1 to 1024"}},
    {"a worker that is none",
     R"(
[[interface]]
name = "a"
device = "net_null9"
worker = 2
)",
     {"4:10: interface.worker: lcore 2 is not in dpdk.workers; allowed: 1"}},
    {"complete_checksums with another word",
     R"(
[[interface]]
name = "a"
device = "net_null9"
complete_checksums = "true"
)",
     {R"(4:22: interface.complete_checksums: "true" is unknown; allowed: "auto", or true or false without quotes)"}},
    {"complete_checksums of another type",
     R"(
[[interface]]
name = "a"
device = "net_null9"
complete_checksums = 1
)",
     {"4:22: interface.complete_checksums: the integer 1 is of the wrong type"
      R"(; allowed: "auto", or true or false without quotes)"}},
    {"complete_checksums of a VLAN",
     R"(
[[interface]]
name = "a"
parent = "dn1"
vlan = 7
complete_checksums = true
)",
     {"5:22: interface.complete_checksums: a VLAN has the senders of its port; allowed: the key on its port"}},
    {"an unknown key of an interface",
     R"(
[[interface]]
name = "a"
device = "net_null9"
ttl_treshold = 2
)",
     {R"(4:1: interface.ttl_treshold: unknown key (did you mean "ttl_threshold"?))"
      R"(; allowed: "name", "index", "device", "parent", "vlan", "pcp", "mtu", "ttl_threshold", )"
      R"("rx_queues", "worker", "late", "complete_checksums", "macs", "tap", "tap_all", "ipv6" and 5 more)"}},
    {"one table where there are many",
     R"(
[interface]
name = "a"
)",
     {"5:1: TOML: Error while parsing table header"
      ": cannot redefine existing table 'interface' as array-of-tables"}},
    {"numbers where there are tables",
     R"(
interface = [1]
)",
     {"4:1: TOML: Error while parsing table header"
      ": cannot redefine existing array 'interface' as array-of-tables"}},
};

INSTANTIATE_TEST_SUITE_P(Files, BadInterface, testing::ValuesIn(kBadInterface), TestName);

}  // namespace
}  // namespace mgmd::config
