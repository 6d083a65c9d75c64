#ifndef MGMD_DATAPLANE_INTERFACES_BOUNDARY_H_
#define MGMD_DATAPLANE_INTERFACES_BOUNDARY_H_

// Administrative scope boundaries (RFC 2365) as bits: every distinct boundary prefix of the whole
// configuration is one bit of a 64-bit word. An interface has the word of its own boundaries; a
// group has the word of the prefixes that contain it; a packet may cross the interface iff the two
// have no bit in common. So a copy costs one AND, whatever the number of boundaries.
//
// 239.255/16 stops at every boundary (RFC 2365 section 6.1): InterfaceMask() gives every interface
// that has any boundary that prefix too.
//
// Threads: the control thread adds; workers read. Prefixes are never taken out, so a word once
// given keeps its meaning. Cost of GroupMask(): nothing without boundaries, otherwise one compare
// for each prefix.

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

#include "common/ip_address.h"

namespace mgmd::dataplane {

class BoundarySet {
 public:
  static constexpr uint32_t kMaxPrefixes = 64;

  // The word of an interface with these boundaries. Prefixes not seen before take bits; nullopt
  // when the configuration names more than kMaxPrefixes distinct ones, 239.255/16 counted. Control
  // thread.
  std::optional<uint64_t> InterfaceMask(std::span<const Ipv4Prefix> boundaries);

  // The word of the prefixes that contain `group`. Any thread.
  uint64_t GroupMask(Ipv4Address group) const {
    uint64_t mask = 0;
    const uint32_t count = count_.load(std::memory_order_acquire);
    for (uint32_t bit = 0; bit < count; ++bit) {
      mask |= uint64_t{(group.host_order() & masks_[bit]) == addresses_[bit]} << bit;
    }
    return mask;
  }

  // False while GroupMask() can only be 0.
  bool any() const { return count_.load(std::memory_order_acquire) != 0; }

 private:
  // The bit of the prefix, added if need be; kMaxPrefixes when there is no room.
  uint32_t Bit(const Ipv4Prefix& prefix);

  std::atomic<uint32_t> count_{0};
  std::array<uint32_t, kMaxPrefixes> addresses_{};
  std::array<uint32_t, kMaxPrefixes> masks_{};
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_INTERFACES_BOUNDARY_H_
