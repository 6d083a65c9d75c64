// Invariant: what is wrong with a file as a whole is told with its place, and errors come in order of their places.

#include "tests/unit/config/bad_file.h"

namespace mgmd::config {
namespace {

class BadDocument : public testing::TestWithParam<BadFile> {};

TEST_P(BadDocument, IsRefusedWithItsPlaceAndReason) { ExpectErrors(GetParam(), "", kAllRooms); }

const BadFile kBadDocument[] = {
    {"no value",
     R"(
mfes =
)",
     {R"(1:7: TOML: Error while parsing key-value pair: expected value, saw '\n')"}},
    {"a key twice",
     R"(
[dpdk]
workers = [1]
workers = [2]
)",
     {"3:11: TOML: Error while parsing key-value pair: cannot redefine existing array 'workers'"}},
    {"a table twice",
     R"(
[dpdk]
workers = [1]
[dpdk]
)",
     {"3:1: TOML: Error while parsing table header: cannot redefine existing table 'dpdk'"}},
    {"an open bracket",
     R"(
[dpdk
)",
     {R"(1:6: TOML: Error while parsing table header: expected ']', saw '\n')"}},
    {"not UTF-8",
     "\n[dpdk]\nmemory = \"\xff"
     "\"\n",
     {"2:10: TOML: Encountered invalid utf-8 sequence"}},
    {"a number beyond 64 bits",
     R"(
[limits]
mfes = 99999999999999999999
)",
     {"2:28: TOML: Error while parsing decimal integer: '99999999999999999999' is not representable in 64 bits"}},
    {"nothing at all",
     R"(
)",
     {"1:1: dpdk: missing; allowed: [dpdk]"}},
    {"an unknown section",
     R"(
[dpdk]
workers = [1]
[dataplain]
)",
     {R"(3:2: dataplain: unknown key (did you mean "dataplane"?))"
      R"(; allowed: "dpdk", "limits", "dataplane", "control", "punt", "interface", "route", "rib", "protocol", )"
      R"("igmp", "mld", "api", "metrics", "log")"}},
    {"an unknown key without a near miss",
     R"(
pim = true
[dpdk]
workers = [1]
)",
     {"1:1: pim: unknown key"
      R"(; allowed: "dpdk", "limits", "dataplane", "control", "punt", "interface", "route", "rib", "protocol", )"
      R"("igmp", "mld", "api", "metrics", "log")"}},
    {"a section that is no table",
     R"(
limits = 3
[dpdk]
workers = [1]
)",
     {"1:10: limits: the integer 3 is of the wrong type; allowed: [limits]"}},
    {"columns count characters",
     R"(
[dpdk]
workers = [1]
[log]
level = "é"   # ü
[limits]
"é" = 1
)",
     {R"(4:9: log.level: "é" is unknown)"
      R"(; allowed: "trace", "debug", "info", "warning", "error", "critical", "off")",
      R"(6:1: limits."é": unknown key)"
      R"(; allowed: "mfes", "negative_mfes", "mfes_per_group", "mfes_per_interface", )"
      R"("mfes_per_owner", "pending", "pending_depth", "pending_packets", "pending_timeout", )"
      R"("retired", "local_packets", "mbufs")"}},
    {"errors come in order of their places",
     R"(
[limits]
mfes = 0
retired = 0
[dpdk]
workers = [true]
memory = "no"
)",
     {"2:8: limits.mfes: 0 is out of range; allowed: an integer from 1 to 67108864",
      "3:11: limits.retired: 0 is out of range; allowed: an integer from 1 to 67108864",
      "5:12: dpdk.workers: the boolean true is of the wrong type; allowed: an integer from 0 to 127",
      R"(6:10: dpdk.memory: "no" is unknown; allowed: "auto")"}},
    {"a key that needs quotes",
     R"(
[dpdk]
workers = [1]
"a\nb" = 1
)",
     {R"(3:1: dpdk."a\nb": unknown key; allowed: "eal_args", "workers", "memory")"}},
    {"a message stays on one line",
     R"(
[dpdk]
workers = [1]
memory = "a\nb"
)",
     {R"(3:10: dpdk.memory: "a\nb" is unknown; allowed: "auto")"}},
    {"a letter beyond ASCII for a key",
     R"(
é = 1
)",
     {"1:1: TOML: Error while parsing root table: expected keys, tables, whitespace or comments, saw 'é'"}},
    {"a letter beyond ASCII after a folded line",
     R"(
[dpdk]
workers = [1]
memory = """\
§"""
)",
     {R"(3:10: dpdk.memory: "§" is unknown; allowed: "auto")"}},
    {"a header without a name",
     R"(
[[ = 1
)",
     {"1:4: TOML: Error while parsing key: expected bare key starting character or string delimiter, saw '='"}},
};

INSTANTIATE_TEST_SUITE_P(Files, BadDocument, testing::ValuesIn(kBadDocument), TestName);

}  // namespace
}  // namespace mgmd::config
