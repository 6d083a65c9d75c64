#ifndef MGMD_CONTROL_MGM_STATE_WILDCARD_LENGTHS_H_
#define MGMD_CONTROL_MGM_STATE_WILDCARD_LENGTHS_H_

// How long the group prefixes of a table's wildcards are, counted, so that who looks for the wildcards that cover a
// group looks for those of lengths in use and no others: there are 29 lengths in IPv4 and 121 in IPv6, and a table
// mostly has wildcards of one or two.
//
// Cost: 4 bytes for each length; a search takes a look in the table for each that is in use.

#include <array>
#include <bit>
#include <cstdint>

#include "common/fib_key.h"
#include "common/ssm_ranges.h"

namespace mgmd::mgm {

template <class Family>
class WildcardLengths {
 public:
  // The table has got the key, or lost it; of one with a source nothing is counted. A key may be there several times.
  void Add(const FibKey<Family>& key) {
    if (!key.is_wildcard()) return;
    const auto length = static_cast<size_t>(key.group_length());
    if (by_length_[length]++ == 0) used_[length / 64] |= uint64_t{1} << length % 64;
    ++keys_;
  }
  void Remove(const FibKey<Family>& key) {
    if (!key.is_wildcard()) return;
    const auto length = static_cast<size_t>(key.group_length());
    if (--by_length_[length] == 0) used_[length / 64] &= ~(uint64_t{1} << length % 64);
    --keys_;
  }
  // How many wildcards there are.
  uint32_t keys() const { return keys_; }

  // Calls found(key) -> bool with the group's wildcard of each length in use, the longest first and none longer than
  // `longest`, until it returns true. Returns whether it did. The table need not have what is asked for.
  template <class Found>
  bool Any(const typename Family::Address& group, int longest, Found found) const {
    if (keys_ == 0) return false;
    // Only the words' bits up to `longest`: those after it are shifted out.
    for (int word = longest / 64, last = longest % 64; word >= 0; --word, last = 63) {
      uint64_t left = used_[static_cast<size_t>(word)] << (63 - last) >> (63 - last);
      for (; left != 0; left ^= std::bit_floor(left)) {
        const int length = word * 64 + std::bit_width(left) - 1;
        if (found(FibKey<Family>::AnySource(group, length))) return true;
      }
    }
    return false;
  }
  // The same with each key that covers the key and may be in the table: itself first, if it has a source.
  template <class Found>
  bool AnyCovering(const FibKey<Family>& key, const SsmRanges<Family>& ssm, Found found) const {
    if (!key.is_wildcard()) {
      if (found(key)) return true;
      if (ssm.Has(key.group())) return false;
    }
    return Any(key.group(), key.group_length(), found);
  }

 private:
  std::array<uint32_t, Family::kAddressBits + 1> by_length_{};
  std::array<uint64_t, Family::kAddressBits / 64 + 1> used_{};  // a bit for each length that there are any of
  uint32_t keys_ = 0;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_STATE_WILDCARD_LENGTHS_H_
