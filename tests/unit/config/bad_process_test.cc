// Invariant: a section about the process with an error is refused with its place, key, reason and what is
// allowed.

#include "tests/unit/config/bad_file.h"

namespace mgmd::config {
namespace {

class BadProcess : public testing::TestWithParam<BadFile> {};

TEST_P(BadProcess, IsRefusedWithItsPlaceAndReason) { ExpectErrors(GetParam(), kDpdkBase, kAllRooms); }

const BadFile kBadProcess[] = {
    {"more negative entries than entries",
     R"(
[limits]
mfes = 100
negative_mfes = 101
)",
     {"3:17: limits.negative_mfes: 101 is out of range; allowed: an integer from 1 to mfes, 100"}},
    {"a ceiling of nothing",
     R"(
[limits]
pending = 0
)",
     {"2:11: limits.pending: 0 is out of range; allowed: an integer from 1 to 16777216"}},
    {"a ceiling too high",
     R"(
[limits]
mfes = 67108865
)",
     {"2:8: limits.mfes: 67108865 is out of range; allowed: an integer from 1 to 67108864"}},
    {"a ceiling that is no integer",
     R"(
[limits]
pending_depth = 1.5
)",
     {"2:17: limits.pending_depth: the float 1.5 is of the wrong type; allowed: an integer from 1 to 16777216"}},
    {"a timeout too long",
     R"(
[limits]
pending_timeout = 3601
)",
     {"2:19: limits.pending_timeout: 3601 is out of range; allowed: an integer from 1 to 3600"}},
    {"negative buffers",
     R"(
[limits]
mbufs = -1
)",
     {"2:9: limits.mbufs: -1 is out of range; allowed: an integer from 0 to 67108864"}},
    {"a limit with '-' for '_'",
     R"(
[limits]
pending-packets = 5
)",
     {R"(2:1: limits.pending-packets: unknown key (did you mean "pending_packets"?))"
      R"(; allowed: "mfes", "negative_mfes", "mfes_per_group", "mfes_per_interface", )"
      R"("mfes_per_owner", "pending", "pending_depth", "pending_packets", "pending_timeout", )"
      R"("retired", "local_packets", "mbufs")"}},
    {"a rate without a burst",
     R"(
[punt]
igmp = [100]
pim = 100
host = [1, 0]
ping = [1, 1]
)",
     {"2:8: punt.igmp: the array has 1 elements; allowed: an array of two integers: packets a second, and at once "
      "after "
      "a pause",
      "3:7: punt.pim: the integer 100 is of the wrong type; allowed: an array of two integers: packets a second, and "
      "at "
      "once after a pause",
      "4:12: punt.host: 0 is out of range; allowed: an integer from 1 to 10000000",
      R"(5:1: punt.ping: unknown key)"
      R"(; allowed: "igmp", "mld", "neighbour", "neighbour_other", "pim", "pim_register", "link_local", )"
      R"("link_local_other", "host", "deliver", "other")"}},
    {"share_above with another word",
     R"(
[dataplane]
share_above = "never"
)",
     {R"(2:15: dataplane.share_above: "never" is no number of bytes; allowed: "auto")"}},
    {"share_above out of range",
     R"(
[dataplane]
share_above = 65536
)",
     {R"(2:15: dataplane.share_above: 65536 is out of range; allowed: "auto" or an integer from 0 to 65535)"}},
    {"share_above of another type",
     R"(
[dataplane]
share_above = true
)",
     {"2:15: dataplane.share_above: the boolean true is of the wrong type"
      R"(; allowed: "auto" or an integer from 0 to 65535)"}},
    {"idle with another word",
     R"(
[dataplane]
idle = "nap"
)",
     {R"(2:8: dataplane.idle: "nap" is unknown; allowed: "poll", "sleep")"}},
    {"idle of another type",
     R"(
[dataplane]
idle = 100
)",
     {R"(2:8: dataplane.idle: the integer 100 is of the wrong type; allowed: "poll", "sleep")"}},
    {"release_wait of nothing",
     R"(
[dataplane]
release_wait = 0
)",
     {"2:16: dataplane.release_wait: 0 is out of range; allowed: an integer from 1 to 60000"}},
    {"a stop that takes no time",
     R"(
[control]
stop_timeout = 0
)",
     {"2:16: control.stop_timeout: 0 is out of range; allowed: an integer from 1 to 3600"}},
    {"a stop that takes longer than an hour",
     R"(
[control]
stop_timeout = 3601
)",
     {"2:16: control.stop_timeout: 3601 is out of range; allowed: an integer from 1 to 3600"}},
    {"source-specific ranges that are none",
     R"(
[control]
ssm = ["232.1.0.0/8", "10.0.0.0/8", "2001:db8::/32", "ff3e::/32", "ff3e::/32", 232]
)",
     {R"(2:8: control.ssm: "232.1.0.0/8" has bits set beyond its length; allowed: zeros there, as in "232.0.0.0/8")",
      (R"(2:23: control.ssm: 10.0.0.0/8 is no range of groups)"
       R"(; allowed: a prefix of groups, as in "232.0.0.0/8" or "ff30::/12")"),
      (R"(2:37: control.ssm: 2001:db8::/32 is no range of groups)"
       R"(; allowed: a prefix of groups, as in "232.0.0.0/8" or "ff30::/12")"),
      "2:67: control.ssm: ff3e::/32 is there already; allowed: each prefix once",
      (R"(2:80: control.ssm: the integer 232 is of the wrong type)"
       R"(; allowed: a prefix of groups, as in "232.0.0.0/8" or "ff30::/12")")}},
    {"source-specific ranges that are no list",
     R"(
[control]
ssm = "232.0.0.0/8"
)",
     {R"(2:7: control.ssm: the string "232.0.0.0/8" is of the wrong type; allowed: an array of prefixes of groups)"}},
    {"one source-specific range too many",
     R"(
[control]
ssm = ["ff30::/12", "239.0.0.0/16", "239.1.0.0/16", "239.2.0.0/16", "239.3.0.0/16", "239.4.0.0/16",
       "239.5.0.0/16", "239.6.0.0/16", "239.7.0.0/16", "239.8.0.0/16", "239.9.0.0/16", "239.10.0.0/16",
       "239.11.0.0/16", "239.12.0.0/16", "239.13.0.0/16", "239.14.0.0/16", "239.15.0.0/16", "239.16.0.0/16"]
)",
     {"4:93: control.ssm: 239.16.0.0/16 is one prefix of IPv4 too many; allowed: 16 of IPv4"}},
    {"unknown options in other words",
     R"(
[control]
hbh_unknown = "drop"
)",
     {R"(2:15: control.hbh_unknown: "drop" is unknown; allowed: "act", "ignore")"}},
    {"unknown options that are no word",
     R"(
[control]
hbh_unknown = false
)",
     {R"(2:15: control.hbh_unknown: the boolean false is of the wrong type; allowed: "act", "ignore")"}},
    {"fewer ICMPv6 errors than none",
     R"(
[control]
icmpv6_errors = -1
)",
     {"2:17: control.icmpv6_errors: -1 is out of range; allowed: an integer from 0 to 10000000"}},
    {"an unknown level",
     R"(
[log]
level = "warn"
)",
     {R"(2:9: log.level: "warn" is unknown)"
      R"(; allowed: "trace", "debug", "info", "warning", "error", "critical", "off")"}},
    {"a level that is a date",
     R"(
[log]
level = 2024-01-01
)",
     {"2:9: log.level: a date or time is of the wrong type"
      R"(; allowed: "trace", "debug", "info", "warning", "error", "critical", "off")"}},
    {"the API, malformed",
     R"(
[api]
socket = ""
mode = "rw"
)",
     {"2:10: api.socket: the string is empty; allowed: a string that is not empty",
      R"(3:8: api.mode: "rw" is no file mode; allowed: permission bits as an octal string, "0000" to "0777")"}},
    {"a socket path too long",
     R"(
[api]
socket = "/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
)",
     {"2:10: api.socket: the path is longer than a Unix socket's may be; allowed: at most 107 bytes"}},
    {"a mode beyond permissions",
     R"(
[api]
mode = "1777"
)",
     {R"(2:8: api.mode: "1777" is no file mode; allowed: permission bits as an octal string, "0000" to "0777")"}},
    {"a mode as a number",
     R"(
[api]
mode = 0o660
)",
     {"2:8: api.mode: the integer 432 is of the wrong type"
      R"(; allowed: permission bits as an octal string, "0000" to "0777")"}},
    {"a kernel's table of no number, one of 0, and another key",
     R"(
[rib]
kernel = "main"
table = 0
tables = [254]
)",
     {R"(2:10: rib.kernel: the string "main" is of the wrong type; allowed: true or false)",
      "3:9: rib.table: 0 is out of range; allowed: an integer from 1 to 4294967295",
      R"(4:1: rib.tables: unknown key (did you mean "table"?); allowed: "kernel", "table")"}},
    {"the metrics without port",
     R"(
[metrics]
listen = "127.0.0.1"
)",
     {R"(2:10: metrics.listen: "127.0.0.1" is no address to listen on)"
      R"(; allowed: an IPv4 address and a port, as in "127.0.0.1:9111")"}},
    {"the metrics with a port too high",
     R"(
[metrics]
listen = "127.0.0.1:65536"
)",
     {R"(2:10: metrics.listen: "127.0.0.1:65536" is no address to listen on)"
      R"(; allowed: an IPv4 address and a port, as in "127.0.0.1:9111")"}},
};

INSTANTIATE_TEST_SUITE_P(Files, BadProcess, testing::ValuesIn(kBadProcess), TestName);

}  // namespace
}  // namespace mgmd::config
