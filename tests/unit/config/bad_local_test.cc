// Invariant: what an [[interface]] says of local traffic (its twin, its stations) and is wrong is refused with its
// place, key, reason and what is allowed.

#include "tests/unit/config/bad_file.h"

namespace mgmd::config {
namespace {

class BadLocal : public testing::TestWithParam<BadFile> {};

TEST_P(BadLocal, IsRefusedWithItsPlaceAndReason) { ExpectErrors(GetParam(), kRouterBase, kAllRooms); }

const BadFile kBadLocal[] = {
    {"MAC addresses that are none, of a group, of nobody, or there already",
     R"(
[[interface]]
name = "a"
device = "net_null9"
macs = ["00:00:5e:00:01", "00-00-5e-00-01-01", "00:00:5e:00:01:0g", "01:00:5e:00:00:12", "00:00:00:00:00:00", 1,
  "00:00:5e:00:01:01", "00:00:5E:00:01:01", "", "+0:00:5e:00:01:01"]
)",
     {
#define MGMD_MAC_ALLOWED R"(; allowed: the MAC address of one station, as in "00:00:5e:00:01:01")"
         R"(4:9: interface.macs: "00:00:5e:00:01" is no station's MAC address)" MGMD_MAC_ALLOWED,
         R"(4:27: interface.macs: "00-00-5e-00-01-01" is no station's MAC address)" MGMD_MAC_ALLOWED,
         R"(4:48: interface.macs: "00:00:5e:00:01:0g" is no station's MAC address)" MGMD_MAC_ALLOWED,
         R"(4:69: interface.macs: "01:00:5e:00:00:12" is no station's MAC address)" MGMD_MAC_ALLOWED,
         R"(4:90: interface.macs: "00:00:00:00:00:00" is no station's MAC address)" MGMD_MAC_ALLOWED,
         "4:111: interface.macs: the integer 1 is of the wrong type" MGMD_MAC_ALLOWED,
         R"(5:24: interface.macs: "00:00:5E:00:01:01" is there already; allowed: each address once)",
         "5:45: interface.macs: the string is empty" MGMD_MAC_ALLOWED,
         R"(5:49: interface.macs: "+0:00:5e:00:01:01" is no station's MAC address)" MGMD_MAC_ALLOWED,
     }},
    {"MAC addresses that are no array",
     R"(
[[interface]]
name = "a"
device = "net_null9"
macs = "00:00:5e:00:01:01"
)",
     {R"(4:8: interface.macs: the string "00:00:5e:00:01:01" is of the wrong type)"
      "; allowed: an array of MAC addresses"}},
    {"a tap of the wrong type",
     R"(
[[interface]]
name = "a"
device = "net_null9"
tap = "yes"
)",
     {R"(4:7: interface.tap: the string "yes" is of the wrong type; allowed: true or false)"}},
    {"a twin whose name is too long for a netdev",
     R"(
[[interface]]
name = "sixteen-letters-"
device = "net_null9"
tap = true
)",
     {R"(2:8: interface.name: "sixteen-letters-" is too long for the name of its twin (tap = true))"
      "; allowed: at most 15 characters"}},
    {"what only a twin has",
     R"(
[[interface]]
name = "a"
device = "net_null9"
tap_all = true
ipv6 = "auto"
)",
     {"4:11: interface.tap_all: the interface has no twin; allowed: the key beside tap = true",
      "5:8: interface.ipv6: the interface has no twin; allowed: the key beside tap = true"}},
    {"groups that are delivered and are none, are ranges, there already, or never data",
     R"(
[[interface]]
name = "a"
device = "net_null9"
tap = true
deliver = ["10.0.0.1", "239.1.0.0/16", "224.0.0.5", "239.1.1.1", "239.1.1.1", "ff3e:0::1", "ff3e::1", "ff02::5", "x"]
)",
     {
#define MGMD_DELIVERED_ALLOWED R"(; allowed: a group, as in "239.1.1.1" or "ff0e::1")"
         "5:12: interface.deliver: 10.0.0.1 is not multicast" MGMD_DELIVERED_ALLOWED,
         R"(5:24: interface.deliver: "239.1.0.0/16" is no IP address)" MGMD_DELIVERED_ALLOWED,
         "5:40: interface.deliver: 224.0.0.5 is in 224.0.0.0/24, which is never forwarded" MGMD_DELIVERED_ALLOWED,
         "5:66: interface.deliver: 239.1.1.1 is there already; allowed: each group once",
         "5:92: interface.deliver: ff3e::1 is there already; allowed: each group once",
         "5:103: interface.deliver: ff02::5 is of scope 2, and scopes 0 to 2 are never "
         "forwarded" MGMD_DELIVERED_ALLOWED,
         R"(5:114: interface.deliver: "x" is no IP address)" MGMD_DELIVERED_ALLOWED,
     }},
    {"groups that are delivered without a twin",
     R"(
[[interface]]
name = "a"
device = "net_null9"
deliver = ["239.1.1.1"]
)",
     {"4:11: interface.deliver: the interface has no twin; allowed: the key beside tap = true"}},
    {"another word for where IPv6 addresses come from",
     R"(
[[interface]]
name = "a"
device = "net_null9"
tap = true
ipv6 = "dhcp"
)",
     {R"(5:8: interface.ipv6: "dhcp" is unknown; allowed: "static", "auto")"}},
};

INSTANTIATE_TEST_SUITE_P(Files, BadLocal, testing::ValuesIn(kBadLocal), TestName);

}  // namespace
}  // namespace mgmd::config
