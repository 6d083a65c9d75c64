// Invariant: a [protocol] with an error is refused with its place, key, reason and what is allowed.

#include "tests/unit/config/bad_file.h"

namespace mgmd::config {
namespace {

class BadProtocol : public testing::TestWithParam<BadFile> {};

TEST_P(BadProtocol, IsRefusedWithItsPlaceAndReason) { ExpectErrors(GetParam(), kRouterBase, kAllRooms); }

const BadFile kBadProtocol[] = {
    {"no interfaces",
     R"(
[protocol.static]
)",
     {"1:1: protocol.static.interfaces: missing; allowed: an array of names of interfaces"}},
    {"an empty list of interfaces",
     R"(
[protocol.static]
interfaces = []
)",
     {"2:14: protocol.static.interfaces: the array is empty; allowed: at least one name of an interface"}},
    {"an interface of the protocol that is not there",
     R"(
[protocol.static]
interfaces = ["up0", "dn2"]
)",
     {R"(2:22: protocol.static.interfaces: "dn2" is the name of no interface (did you mean "dn1"?))"
      R"(; allowed: "up0", "dn1", "dn1v100")"}},
    {"an interface of the protocol twice",
     R"(
[protocol.static]
interfaces = ["up0", "up0"]
)",
     {R"(2:22: protocol.static.interfaces: "up0" is there already; allowed: each interface once)"}},
    {"a module without path",
     R"(
[protocol.pim]
)",
     {R"(1:1: protocol.pim.module: missing; allowed: the path of a shared object; only "static" is built in)"}},
    {"a module with a name that is none",
     R"(
[protocol."p m"]
module = "libpim.so"
)",
     {R"(1:1: protocol."p m": "p m" is no name; allowed: 1 to 32 letters, digits, '.', '_' and '-')"}},
    {"a component out of range",
     R"(
[protocol.pim]
module = "libpim.so"
component = -1
)",
     {"3:13: protocol.pim.component: -1 is out of range; allowed: an integer from 0 to 4294967295"}},
    {"an option that is a list",
     R"(
[protocol.pim]
module = "libpim.so"
options = { hello = [30] }
)",
     {"3:21: protocol.pim.options.hello: an array is of the wrong type"
      "; allowed: a boolean, an integer, a float or a string"}},
    {"a protocol that is no table",
     R"(
[protocol]
static = true
)",
     {"2:10: protocol.static: the boolean true is of the wrong type; allowed: [protocol.static]"}},
};

INSTANTIATE_TEST_SUITE_P(Files, BadProtocol, testing::ValuesIn(kBadProtocol), TestName);

}  // namespace
}  // namespace mgmd::config
