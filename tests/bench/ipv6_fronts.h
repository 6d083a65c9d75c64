#ifndef MGMD_TESTS_BENCH_IPV6_FRONTS_H_
#define MGMD_TESTS_BENCH_IPV6_FRONTS_H_

// What the IPv6 addresses of the benchmarks begin with: sources stand behind 2001:db8::/96, groups behind ff0e::/96.

#include <stdint.h>

enum { kIpv6Front = 12 };
static const uint8_t kIpv6SourceFront[kIpv6Front] = {0x20, 0x01, 0x0D, 0xB8};
static const uint8_t kIpv6GroupFront[kIpv6Front] = {0xFF, 0x0E};

#endif  // MGMD_TESTS_BENCH_IPV6_FRONTS_H_
