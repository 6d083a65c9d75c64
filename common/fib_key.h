#ifndef MGMD_COMMON_FIB_KEY_H_
#define MGMD_COMMON_FIB_KEY_H_

// The key of a multicast FIB entry, as a template over the address family.
//
// One key type serves (S,G), (*,G), (*,G/len) and (*,*): a wildcard key carries the length of its group prefix where
// (S,G) carries the source. No collision is possible, since 0.0.0.0/8 (IPv4) and ::/96 (IPv6) are no valid sources
// (RFC 1812 section 5.3.7), and a key of another source than a valid one cannot be made: SourceGroup() checks it.
// (*,*) is the group prefix that covers all of multicast: 224.0.0.0/4, ff00::/8.
//
// An IPv4 key is one 64-bit word, so that it is stored, compared and published atomically in a table's bucket; the
// all-zero key never stands for an entry. Byte order inside a key: numeric (host).

#include <array>
#include <cassert>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "common/ip_address.h"
#include "common/ip_family.h"

namespace mgmd {

namespace dataplane {
struct KeyBits;
}

template <class Family>
class FibKey;

template <>
class FibKey<Ipv4> {
 public:
  using Family = Ipv4;

  constexpr FibKey() = default;
  // Nothing: the source cannot send (Ipv4Address::is_valid_source()).
  static constexpr std::optional<FibKey> SourceGroup(Ipv4Address source, Ipv4Address group) {
    if (!source.is_valid_source()) return std::nullopt;
    return SourceGroupUnchecked(source, group);
  }
  // For a source that has been found valid before.
  static constexpr FibKey SourceGroupUnchecked(Ipv4Address source, Ipv4Address group) {
    assert(source.is_valid_source());
    return FibKey(uint64_t{source.host_order()} << 32 | group.host_order());
  }
  // (*,G/length); a length of 32 is (*,G). Bits of the group beyond the length are cleared. 4 <= length <= 32.
  static constexpr FibKey AnySource(Ipv4Address group, int length = 32) {
    return FibKey(uint64_t(length) << 32 | Ipv4Prefix(group, length).address().host_order());
  }
  static constexpr FibKey AllGroups() { return AnySource(Ipv4Address(224, 0, 0, 0), Ipv4::kAllGroupsLength); }

  constexpr uint64_t bits() const { return bits_; }
  constexpr bool is_wildcard() const { return bits_ >> 56 == 0; }
  // The zero address for a wildcard.
  constexpr Ipv4Address source() const { return Ipv4Address(is_wildcard() ? 0 : uint32_t(bits_ >> 32)); }
  constexpr Ipv4Address group() const { return Ipv4Address(uint32_t(bits_)); }
  constexpr int group_length() const { return is_wildcard() ? int(bits_ >> 32) : 32; }
  constexpr bool Covers(Ipv4Address packet_source, Ipv4Address packet_group) const {
    if (!is_wildcard()) return source() == packet_source && group() == packet_group;
    return Ipv4Prefix(group(), group_length()).Contains(packet_group);
  }
  // "(10.0.0.1,232.1.1.1)", "(*,239.1.1.1)", "(*,239.1.0.0/16)", "(*,*)".
  std::string ToString() const;

  constexpr auto operator<=>(const FibKey&) const = default;

  template <typename H>
  friend H AbslHashValue(H state, const FibKey& key) {
    return H::combine(std::move(state), key.bits_);
  }

 private:
  friend struct dataplane::KeyBits;
  constexpr explicit FibKey(uint64_t bits) : bits_(bits) {}
  uint64_t bits_ = 0;
};

template <>
class FibKey<Ipv6> {
 public:
  using Family = Ipv6;

  constexpr FibKey() = default;
  // Nothing: the source cannot send (Ipv6Address::is_valid_source()).
  static constexpr std::optional<FibKey> SourceGroup(const Ipv6Address& source, const Ipv6Address& group) {
    if (!source.is_valid_source()) return std::nullopt;
    return FibKey(source, group);
  }
  // For a source that has been found valid before.
  static constexpr FibKey SourceGroupUnchecked(const Ipv6Address& source, const Ipv6Address& group) {
    assert(source.is_valid_source());
    return FibKey(source, group);
  }
  // (*,G/length); a length of 128 is (*,G). Bits of the group beyond the length are cleared. 8 <= length <= 128.
  static FibKey AnySource(const Ipv6Address& group, int length = 128);
  static FibKey AllGroups();

  bool is_wildcard() const {
    const auto words = source_.words();
    return (words[0] | words[1] >> 32) == 0;
  }
  // The zero address for a wildcard.
  Ipv6Address source() const { return is_wildcard() ? Ipv6Address() : source_; }
  const Ipv6Address& group() const { return group_; }
  int group_length() const { return is_wildcard() ? source_.bytes()[15] : 128; }
  bool Covers(const Ipv6Address& packet_source, const Ipv6Address& packet_group) const {
    if (!is_wildcard()) return source_ == packet_source && group_ == packet_group;
    return Ipv6Prefix(group_, group_length()).Contains(packet_group);
  }
  std::string ToString() const;

  constexpr auto operator<=>(const FibKey&) const = default;

  template <typename H>
  friend H AbslHashValue(H state, const FibKey& key) {
    return H::combine(std::move(state), key.source_, key.group_);
  }

 private:
  constexpr FibKey(const Ipv6Address& source, const Ipv6Address& group) : source_(source), group_(group) {}
  Ipv6Address source_;
  Ipv6Address group_;
};

using Ipv4FibKey = FibKey<Ipv4>;
using Ipv6FibKey = FibKey<Ipv6>;

}  // namespace mgmd

#endif  // MGMD_COMMON_FIB_KEY_H_
