#ifndef MGMD_CONTROL_MGM_STATE_KEY_ORDER_H_
#define MGMD_CONTROL_MGM_STATE_KEY_ORDER_H_

// The order of keys in which MFEs and memberships are walked: by group, then the wildcards of the group by length, then
// by source. A place in it is a value of KeyOrder<Family>, which compares as the keys do; no key stands at LastOrder(),
// so that what is past all others has a place, too.
//
// What state for one key says about another follows the same order: a wildcard covers a range of it (CoveredBy()), in
// which Covers() picks.

#include <array>
#include <compare>
#include <cstdint>

#include "common/fib_key.h"
#include "common/ssm_ranges.h"

namespace mgmd::mgm {
namespace key_order {

template <class Family>
struct Place;
// One word, which ordered maps search fastest.
template <>
struct Place<Ipv4> {
  using Type = uint64_t;
};
// Group and source, each two words.
template <>
struct Place<Ipv6> {
  using Type = std::array<uint64_t, 4>;
};

}  // namespace key_order

template <class Family>
using KeyOrder = typename key_order::Place<Family>::Type;

constexpr KeyOrder<Ipv4> OrderOf(Ipv4FibKey key) { return key.bits() << 32 | key.bits() >> 32; }
inline KeyOrder<Ipv6> OrderOf(const Ipv6FibKey& key) {
  const auto group = key.group().words();
  // A wildcard's place among those of its group: no source has so small a number.
  if (key.is_wildcard()) return {group[0], group[1], 0, static_cast<uint64_t>(key.group_length())};
  const auto source = key.source().words();
  return {group[0], group[1], source[0], source[1]};
}

template <class Family>
constexpr KeyOrder<Family> FirstOrder() {
  return {};
}
template <class Family>
constexpr KeyOrder<Family> LastOrder();
template <>
constexpr KeyOrder<Ipv4> LastOrder<Ipv4>() {
  return ~uint64_t{0};
}
template <>
constexpr KeyOrder<Ipv6> LastOrder<Ipv6>() {
  return {~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}};
}

// The place right after.
constexpr KeyOrder<Ipv4> NextOrder(KeyOrder<Ipv4> order) { return order + 1; }
constexpr KeyOrder<Ipv6> NextOrder(KeyOrder<Ipv6> order) {
  for (int word = 3; word >= 0 && ++order[word] == 0; --word) {
  }
  return order;
}
// The first place after all keys with the same group.
constexpr KeyOrder<Ipv4> PastGroup(KeyOrder<Ipv4> order) { return NextOrder(order | ~uint32_t{0}); }
constexpr KeyOrder<Ipv6> PastGroup(const KeyOrder<Ipv6>& order) {
  return NextOrder({order[0], order[1], ~uint64_t{0}, ~uint64_t{0}});
}

// For sorting.
struct KeyComesBefore {
  template <class Family>
  constexpr bool operator()(const FibKey<Family>& a, const FibKey<Family>& b) const {
    return OrderOf(a) < OrderOf(b);
  }
};
inline constexpr KeyComesBefore ComesBefore;

// Whether state for `wide` says something about `narrow`, both any keys. Not for a wildcard about source-specific
// groups.
template <class Family>
constexpr bool Covers(const FibKey<Family>& wide, const FibKey<Family>& narrow, const SsmRanges<Family>& ssm) {
  if (wide == narrow) return true;
  if (!wide.is_wildcard() || wide.group_length() > narrow.group_length()) return false;
  if (!narrow.is_wildcard() && ssm.Has(narrow.group())) return false;
  return typename Family::Prefix(wide.group(), wide.group_length()).Contains(narrow.group());
}

// The places of all keys that a key can cover lie in [first, last].
template <class Family>
struct OrderRange {
  KeyOrder<Family> first;
  KeyOrder<Family> last;
};
constexpr OrderRange<Ipv4> CoveredBy(Ipv4FibKey key) {
  if (!key.is_wildcard()) return {OrderOf(key), OrderOf(key)};
  const uint64_t host_bits = key.group_length() == 32 ? 0 : ~uint32_t{0} >> key.group_length();
  const uint64_t group = key.group().host_order();
  return {group << 32, (group | host_bits) << 32 | ~uint32_t{0}};
}
inline OrderRange<Ipv6> CoveredBy(const Ipv6FibKey& key) {
  if (!key.is_wildcard()) return {OrderOf(key), OrderOf(key)};
  const int length = key.group_length();
  const uint64_t high = length >= 64 ? 0 : ~uint64_t{0} >> length;
  const uint64_t low = length == 128 ? 0 : length <= 64 ? ~uint64_t{0} : ~uint64_t{0} >> (length - 64);
  const auto group = key.group().words();
  return {{group[0], group[1], 0, 0}, {group[0] | high, group[1] | low, ~uint64_t{0}, ~uint64_t{0}}};
}

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_STATE_KEY_ORDER_H_
