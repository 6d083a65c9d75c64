// Invariant: what has no room in this build is known, and refused.

#include "tests/unit/config/bad_file.h"

namespace mgmd::config {
namespace {

class BadUnbuilt : public testing::TestWithParam<BadFile> {};

TEST_P(BadUnbuilt, IsRefusedWithItsPlaceAndReason) { ExpectErrors(GetParam(), kRouterBase, BuiltRooms()); }

const BadFile kBadUnbuilt[] = {
    {"the API",
     R"(
[api]
socket = "/run/mgmd/mgmd.sock"
mode = "0660"
)",
     {"1:1: api: not in this build; allowed: no [api]"}},
    {"the metrics",
     R"(
[metrics]
listen = "127.0.0.1:9111"
)",
     {"1:1: metrics: not in this build; allowed: no [metrics]"}},
    {"smcroute",
     R"(
[protocol.static]
interfaces = ["up0", "dn1", "dn1v100"]
smcroute = "mroutes.conf"
)",
     {"3:12: protocol.static.smcroute: not in this build; allowed: [[protocol.static.mroute]] instead"}},
};

INSTANTIATE_TEST_SUITE_P(Files, BadUnbuilt, testing::ValuesIn(kBadUnbuilt), TestName);

}  // namespace
}  // namespace mgmd::config
