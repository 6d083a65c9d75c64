#ifndef MGMD_COMMON_SSM_RANGES_H_
#define MGMD_COMMON_SSM_RANGES_H_

// Which groups are source-specific (RFC 4607): forwarded by (S,G) entries only, so that no wildcard says anything about
// them. It is all the same everywhere in one router, whose configuration may say other ranges than the RFC.
//
// A range is a prefix of groups, but that ffX0::/12 of IPv6 stands for ffXY::/32 with any scope Y: ff30::/12 is what
// the RFC writes as FF3x::/32. Hence a mask and a value for each.
//
// Plain values, of a fixed size: no allocation, any thread. Cost of a question: a mask and a compare for each range.

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/fib_key.h"
#include "common/ip_address.h"
#include "common/ip_family.h"

namespace mgmd {

// The groups whose bits under the mask are those of the value. By default: none.
template <class Family>
struct SsmRange;

template <>
struct SsmRange<Ipv4> {
  uint32_t mask = 0;  // of Ipv4Address::host_order()
  uint32_t value = 1;
  int length = 0;  // of the shortest prefix that the mask has all of

  constexpr SsmRange() = default;
  explicit constexpr SsmRange(const Ipv4Prefix& prefix)
      : mask(prefix.mask().host_order()), value(prefix.address().host_order()), length(prefix.length()) {}
  // Always inline: lookup_passes.h says why.
  [[gnu::always_inline]] constexpr bool HasWord(uint32_t group) const { return (group & mask) == value; }
  constexpr bool Has(Ipv4Address group) const { return HasWord(group.host_order()); }
  // All groups of the prefix.
  constexpr bool HasAll(Ipv4Address group, int prefix_length) const { return prefix_length >= length && Has(group); }
};

template <>
struct SsmRange<Ipv6> {
  using Words = std::array<uint64_t, 2>;  // of Ipv6Address::bytes(), as they lie in memory
  Words mask{};
  Words value{1, 0};
  int length = 0;

  constexpr SsmRange() = default;
  explicit constexpr SsmRange(const Ipv6Prefix& prefix)
      : mask(MaskOf(prefix.length())),
        value(std::bit_cast<Words>(prefix.address().bytes())),
        length(IsOfAnyScope(prefix) ? kAnyScopeLength : prefix.length()) {}
  // ffX0::/12
  static constexpr bool IsOfAnyScope(const Ipv6Prefix& prefix) { return prefix.length() == kFlagsLength; }
  // Always inline: lookup_passes.h says why.
  [[gnu::always_inline]] constexpr bool Has(const Ipv6Address& group) const {
    const auto words = std::bit_cast<Words>(group.bytes());
    return (((words[0] & mask[0]) ^ value[0]) | ((words[1] & mask[1]) ^ value[1])) == 0;
  }
  constexpr bool HasAll(const Ipv6Address& group, int prefix_length) const {
    return prefix_length >= length && Has(group);
  }

 private:
  static constexpr int kFlagsLength = 12;
  static constexpr int kAnyScopeLength = 32;  // ffXY::/32 for any Y
  static constexpr Words MaskOf(int length) {
    std::array<uint8_t, 16> ones;
    ones.fill(0xFF);
    if (length != kFlagsLength) return std::bit_cast<Words>(Ipv6Prefix(Ipv6Address(ones), length).address().bytes());
    return std::bit_cast<Words>(std::array<uint8_t, 16>{0xFF, 0xF0, 0xFF, 0xFF});
  }
};

template <class Family>
class SsmRanges {
 public:
  using Prefix = typename Family::Prefix;
  using Address = typename Family::Address;

  static constexpr size_t kMost = 16;
  // 232.0.0.0/8; ff3x::/32 (RFC 4607 sections 1 and 4.2).
  static constexpr Prefix Default() {
    if constexpr (Family::kAddressBits == 32) {
      return Prefix(Address(232, 0, 0, 0), 8);
    } else {
      return Prefix(Address(std::array<uint8_t, 16>{0xFF, 0x30}), 12);
    }
  }

  constexpr SsmRanges() : count_(1) { ranges_[0] = SsmRange<Family>(Default()); }
  // At most kMost of them.
  explicit constexpr SsmRanges(std::span<const Prefix> prefixes) : count_(prefixes.size()) {
    assert(prefixes.size() <= kMost);
    for (size_t i = 0; i < prefixes.size(); ++i) ranges_[i] = SsmRange<Family>(prefixes[i]);
  }

  constexpr bool Has(const Address& group) const {
    for (const SsmRange<Family>& range : ranges()) {
      if (range.Has(group)) return true;
    }
    return false;
  }
  // Whether one range has all groups of the prefix.
  constexpr bool HasAll(const Address& group, int length) const {
    for (const SsmRange<Family>& range : ranges()) {
      if (range.HasAll(group, length)) return true;
    }
    return false;
  }
  constexpr bool HasAll(const FibKey<Family>& key) const { return HasAll(key.group(), key.group_length()); }

  // There is a first one even of none: it has no group.
  constexpr std::span<const SsmRange<Family>> ranges() const { return {ranges_.data(), count_}; }

 private:
  std::array<SsmRange<Family>, kMost> ranges_{};
  size_t count_;
};

}  // namespace mgmd

#endif  // MGMD_COMMON_SSM_RANGES_H_
