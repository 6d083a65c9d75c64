#ifndef MGMD_DATAPLANE_INTERFACES_BOUNDARY_H_
#define MGMD_DATAPLANE_INTERFACES_BOUNDARY_H_

// Administrative scope boundaries (RFC 2365, RFC 4007) as bits: every distinct boundary prefix of a family in the whole
// configuration is one bit of a 64-bit word. An interface has the word of its own boundaries; a
// group has the word of the prefixes that contain it; a packet may cross the interface iff the two
// have no bit in common. So a copy costs one AND, whatever the number of boundaries.
//
// 239.255/16 stops at every boundary (RFC 2365 section 6.1): InterfaceMask() gives every interface
// that has any boundary that prefix too.
//
// An IPv6 group says its scope itself (RFC 4291 section 2.7). Each scope has a bit of its own, and an interface that is
// the border of zones up to a scope has the bits of all these.
//
// Threads: the control thread adds; workers read. Prefixes are never taken out, so a word once
// given keeps its meaning. Cost of GroupMask(): nothing without boundaries, otherwise one compare
// for each prefix.

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

#include "common/ip_family.h"

namespace mgmd::dataplane {

template <class Family>
class BoundarySet {
  static constexpr bool kHasScopes = std::is_same_v<Family, Ipv6>;

 public:
  static constexpr uint32_t kMaxPrefixes = kHasScopes ? 48 : 64;

  // The word of an interface with these boundaries. Prefixes not seen before take bits; nullopt
  // when the configuration names more than kMaxPrefixes distinct ones, 239.255/16 counted. `scope`:
  // of IPv6, the interface is the border of all zones up to that scope; 0: of none. Control thread.
  std::optional<uint64_t> InterfaceMask(std::span<const typename Family::Prefix> boundaries, uint32_t scope = 0);

  // The word of the prefixes that contain `group`, and of its scope. Any thread.
  uint64_t GroupMask(const typename Family::Address& group) const {
    const Words words = WordsOf(group);
    uint64_t mask = 0;
    const uint32_t count = count_.load(std::memory_order_acquire);
    for (uint32_t bit = 0; bit < count; ++bit) {
      mask |= uint64_t{Covers(masks_[bit], addresses_[bit], words)} << bit;
    }
    if constexpr (kHasScopes) mask |= uint64_t{1} << (kMaxPrefixes + group.scope());
    return mask;
  }

  // False while no interface has a boundary.
  bool any() const {
    return count_.load(std::memory_order_acquire) != 0 || (kHasScopes && scoped_.load(std::memory_order_acquire));
  }

 private:
  // An address as it is compared.
  using Word = std::conditional_t<kHasScopes, uint64_t, uint32_t>;
  using Words = std::array<Word, kHasScopes ? 2 : 1>;

  static Words WordsOf(const typename Family::Address& address) {
    Words words;
    if constexpr (kHasScopes) {
      std::memcpy(words.data(), address.bytes().data(), sizeof(words));
    } else {
      words[0] = address.host_order();
    }
    return words;
  }
  static bool Covers(const Words& mask, const Words& address, const Words& group) {
    Word unlike = 0;
    for (size_t i = 0; i < group.size(); ++i) unlike |= (group[i] & mask[i]) ^ address[i];
    return unlike == 0;
  }

  // The bit of the prefix, added if need be; kMaxPrefixes when there is no room.
  uint32_t Bit(const typename Family::Prefix& prefix);

  std::atomic<uint32_t> count_{0};
  std::atomic<bool> scoped_{false};
  std::array<Words, kMaxPrefixes> addresses_{};
  std::array<Words, kMaxPrefixes> masks_{};
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_INTERFACES_BOUNDARY_H_
