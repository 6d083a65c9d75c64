#ifndef MGMD_TESTS_BENCH_STREAM_KEYS_H_
#define MGMD_TESTS_BENCH_STREAM_KEYS_H_

// The streams of the benchmarks, from the same numbers in both families, so that both do the same work: an IPv4 address
// is a number, an IPv6 address a number behind its front.

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "common/fib_key.h"
#include "tests/bench/ipv6_fronts.h"

namespace mgmd::bench {

// `front`: of IPv6, the first kIpv6Front octets.
template <class Family>
typename Family::Address NumberedAddress(const uint8_t* front, uint32_t number) {
  const Ipv4Address ipv4(number);
  if constexpr (std::is_same_v<Family, Ipv4>) {
    return ipv4;
  } else {
    uint8_t octets[16];
    std::memcpy(octets, front, kIpv6Front);
    const uint32_t last = ipv4.ToNetwork();
    std::memcpy(octets + kIpv6Front, &last, sizeof(last));
    return Ipv6Address::FromNetwork(octets);
  }
}

template <class Family>
typename Family::Address SourceOf(uint32_t number) {
  return NumberedAddress<Family>(kIpv6SourceFront, number);
}
template <class Family>
typename Family::Address GroupOf(uint32_t number) {
  return NumberedAddress<Family>(kIpv6GroupFront, number);
}

// Of packet_source.h's key.
template <class Family>
FibKey<Family> StreamKey(uint64_t key) {
  return FibKey<Family>::SourceGroupUnchecked(SourceOf<Family>(static_cast<uint32_t>(key >> 32)),
                                              GroupOf<Family>(static_cast<uint32_t>(key)));
}

}  // namespace mgmd::bench

#endif  // MGMD_TESTS_BENCH_STREAM_KEYS_H_
