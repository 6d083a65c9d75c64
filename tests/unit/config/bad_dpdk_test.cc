// Invariant: [dpdk] with an error is refused with its place, key, reason and what is allowed.

#include "tests/unit/config/bad_file.h"

namespace mgmd::config {
namespace {

class BadDpdk : public testing::TestWithParam<BadFile> {};

TEST_P(BadDpdk, IsRefusedWithItsPlaceAndReason) { ExpectErrors(GetParam(), "", kAllRooms); }

const BadFile kBadDpdk[] = {
    {"no workers",
     R"(
[dpdk]
)",
     {"1:1: dpdk.workers: missing; allowed: an array of lcores, at least one and not the main lcore"}},
    {"an empty list of workers",
     R"(
[dpdk]
workers = []
)",
     {"2:11: dpdk.workers: the array is empty; allowed: an array of lcores, at least one and not the main lcore"}},
    {"a worker that is no list",
     R"(
[dpdk]
workers = 1
)",
     {"2:11: dpdk.workers: the integer 1 is of the wrong type"
      "; allowed: an array of lcores, at least one and not the main lcore"}},
    {"a worker that is no number",
     R"(
[dpdk]
workers = ["1"]
)",
     {R"(2:12: dpdk.workers: the string "1" is of the wrong type; allowed: an integer from 0 to 127)"}},
    {"a worker out of range",
     R"(
[dpdk]
workers = [-1]
)",
     {"2:12: dpdk.workers: -1 is out of range; allowed: an integer from 0 to 127"}},
    {"a worker twice",
     R"(
[dpdk]
workers = [1, 2, 1]
)",
     {"2:18: dpdk.workers: lcore 1 is there already; allowed: each lcore once"}},
    {"the main lcore, the lowest of -l",
     R"(
[dpdk]
eal_args = ["-l", "0-2"]
workers = [0, 1]
)",
     {"3:12: dpdk.workers: lcore 0 is the main lcore, which runs the control thread; allowed: 1, 2"}},
    {"the main lcore, named",
     R"(
[dpdk]
eal_args = ["--lcores=0-2", "--main-lcore", "2"]
workers = [1, 2]
)",
     {"3:15: dpdk.workers: lcore 2 is the main lcore, which runs the control thread; allowed: 0, 1"}},
    {"the main lcore, of a mask",
     R"(
[dpdk]
eal_args = ["-c", "0x30"]
workers = [4]
)",
     {"3:12: dpdk.workers: lcore 4 is the main lcore, which runs the control thread; allowed: 5"}},
    {"a worker beside the lcores",
     R"(
[dpdk]
eal_args = ["-l", "0-2"]
workers = [3]
)",
     {"3:12: dpdk.workers: lcore 3 is not among the lcores of eal_args; allowed: 1, 2"}},
    {"eal_args that is no list",
     R"(
[dpdk]
eal_args = "-l 0-1"
workers = [1]
)",
     {R"(2:12: dpdk.eal_args: the string "-l 0-1" is of the wrong type; allowed: an array of strings)"}},
    {"an EAL argument that is no string",
     R"(
[dpdk]
eal_args = ["-l", 0]
workers = [1]
)",
     {"2:19: dpdk.eal_args: the integer 0 is of the wrong type; allowed: a string that is not empty"}},
    {"an EAL argument without a letter",
     R"(
[dpdk]
eal_args = [""]
workers = [1]
)",
     {"2:13: dpdk.eal_args: the string is empty; allowed: a string that is not empty"}},
    {"an unknown kind of memory",
     R"(
[dpdk]
workers = [1]
memory = "hugepages"
)",
     {R"(3:10: dpdk.memory: "hugepages" is unknown; allowed: "auto")"}},
    {"a mistyped key",
     R"(
[dpdk]
worker = [1]
)",
     {"1:1: dpdk.workers: missing; allowed: an array of lcores, at least one and not the main lcore",
      R"(2:1: dpdk.worker: unknown key (did you mean "workers"?); allowed: "eal_args", "workers", "memory")"}},
};

INSTANTIATE_TEST_SUITE_P(Files, BadDpdk, testing::ValuesIn(kBadDpdk), TestName);

}  // namespace
}  // namespace mgmd::config
