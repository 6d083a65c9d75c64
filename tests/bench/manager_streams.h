#ifndef MGMD_TESTS_BENCH_MANAGER_STREAMS_H_
#define MGMD_TESTS_BENCH_MANAGER_STREAMS_H_

// Streams that a Group Manager decides, beside those that the rig has entries for: sources that begin at 11.0.0.1, ten
// for a group where there are a million.

#include <cstdint>

#include "control/rib/static_rib.h"
#include "tests/bench/stream_keys.h"

namespace mgmd::bench {

inline constexpr uint32_t kManagerGroups = 100'000;
inline constexpr uint32_t kFirstManagerSource = 0x0B000001;

// As packet_source.h has keys.
inline uint64_t ManagerKey(uint32_t index) {
  return uint64_t{kFirstManagerSource + index / kManagerGroups} << 32 | (0xEE000000u + index % kManagerGroups);
}

// All the sources are behind the interface.
template <class Family>
StaticRib<Family> RoutesToManagerSources(const InterfaceIdOf<Family>& iif) {
  StaticRib<Family> rib;
  rib.Add({.prefix = typename Family::Prefix(SourceOf<Family>(kFirstManagerSource), Family::kAddressBits - 24),
           .interface = iif,
           .upstream_neighbour = {},
           .protocol = 3});
  return rib;
}

}  // namespace mgmd::bench

#endif  // MGMD_TESTS_BENCH_MANAGER_STREAMS_H_
