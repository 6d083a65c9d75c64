#ifndef MGMD_COMMON_IP_ADDRESS_H_
#define MGMD_COMMON_IP_ADDRESS_H_

// IPv4 and IPv6 addresses and prefixes as plain values.
//
// Byte order: an Ipv4Address is compared, masked and ordered numerically (host order). Network order exists only at
// the borders (the wire, mgm.h) and crosses them through FromNetwork() and ToNetwork(), so that a value of the wrong
// order cannot be passed by accident. Ipv6Address holds its sixteen bytes as on the wire; they order numerically.
//
// No allocation except in ToString(). Any thread.

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mgmd {

struct Ipv4;  // the families (ip_family.h)
struct Ipv6;

class Ipv4Address {
 public:
  using Family = Ipv4;

  constexpr Ipv4Address() = default;
  constexpr explicit Ipv4Address(uint32_t host_order) : value_(host_order) {}
  constexpr Ipv4Address(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
      : value_(uint32_t{a} << 24 | uint32_t{b} << 16 | uint32_t{c} << 8 | d) {}

  static constexpr Ipv4Address FromNetwork(uint32_t network_order) { return Ipv4Address(SwapToHost(network_order)); }
  // Dotted quad only ("10.0.0.1"); anything else, leading zeros included, is no address.
  static std::optional<Ipv4Address> Parse(std::string_view text);

  constexpr uint32_t host_order() const { return value_; }
  constexpr uint32_t ToNetwork() const { return SwapToHost(value_); }
  std::string ToString() const;

  constexpr bool is_zero() const { return value_ == 0; }
  constexpr bool is_multicast() const { return value_ >> 28 == 0xE; }  // 224.0.0.0/4
  // 224.0.0.0/24: never forwarded, whatever the TTL (RFC 5771 section 4).
  constexpr bool is_link_local_multicast() const { return value_ >> 8 == 0xE00000; }
  // Can be the source of a packet that is forwarded: not multicast, 0/8, 127/8, class E or broadcast
  // (RFC 1812 sections 5.3.7 and 4.2.2.11).
  constexpr bool is_valid_source() const {
    const uint32_t top = value_ >> 24;
    return top != 0 && top != 127 && top < 224;
  }

  constexpr auto operator<=>(const Ipv4Address&) const = default;

  template <typename H>
  friend H AbslHashValue(H state, const Ipv4Address& address) {
    return H::combine(std::move(state), address.value_);
  }

 private:
  static constexpr uint32_t SwapToHost(uint32_t value) {
    if constexpr (std::endian::native == std::endian::little) return __builtin_bswap32(value);
    return value;
  }
  uint32_t value_ = 0;
};

class Ipv6Address {
 public:
  using Family = Ipv6;

  constexpr Ipv6Address() = default;
  constexpr explicit Ipv6Address(const std::array<uint8_t, 16>& bytes) : bytes_(bytes) {}
  // Of the sixteen octets there.
  static constexpr Ipv6Address FromNetwork(const uint8_t* octets) {
    Ipv6Address address;
    std::copy_n(octets, address.bytes_.size(), address.bytes_.begin());
    return address;
  }
  // Any form of RFC 4291 section 2.2, without a zone: "2001:db8::1", "::ffff:10.0.0.1".
  static std::optional<Ipv6Address> Parse(std::string_view text);

  constexpr const std::array<uint8_t, 16>& bytes() const { return bytes_; }
  // The two halves as numbers, the first one first.
  static constexpr Ipv6Address FromWords(const std::array<uint64_t, 2>& words) {
    return Ipv6Address(std::bit_cast<std::array<uint8_t, 16>>(Swapped(words)));
  }
  constexpr std::array<uint64_t, 2> words() const { return Swapped(std::bit_cast<std::array<uint64_t, 2>>(bytes_)); }
  // The form of RFC 5952: each address has one.
  std::string ToString() const;
  constexpr bool is_zero() const { return bytes_ == std::array<uint8_t, 16>{}; }
  constexpr bool is_multicast() const { return bytes_[0] == 0xFF; }  // ff00::/8
  // Of a group: its scope, 0 to 15, whatever its flags (RFC 4291 section 2.7).
  constexpr int scope() const { return bytes_[1] & 0x0F; }
  // fe80::/10: a neighbour's address that says nothing without its interface (RFC 4291 section 2.5.6).
  constexpr bool is_link_local() const { return bytes_[0] == 0xFE && bytes_[1] >> 6 == 2; }
  // ff00::/12 to ff02::/12, whatever the flags: scopes that no router forwards (RFC 4291 section 2.7).
  constexpr bool is_link_local_multicast() const { return is_multicast() && scope() <= 2; }
  // Can be the source of a packet that is forwarded: not multicast, nor in ::/96 (:: and ::1 included), nor a mapped
  // IPv4 address (RFC 4291 sections 2.5.2, 2.5.3, 2.5.5 and 2.7).
  constexpr bool is_valid_source() const {
    for (int byte = 0; byte < 10; ++byte) {
      if (bytes_[byte] != 0) return !is_multicast();
    }
    const int before_ipv4 = bytes_[10] << 8 | bytes_[11];
    return before_ipv4 != 0 && before_ipv4 != 0xFFFF;
  }

  constexpr bool operator==(const Ipv6Address&) const = default;
  constexpr auto operator<=>(const Ipv6Address& other) const { return words() <=> other.words(); }

  template <typename H>
  friend H AbslHashValue(H state, const Ipv6Address& address) {
    return H::combine(std::move(state), address.bytes_);
  }

 private:
  static constexpr std::array<uint64_t, 2> Swapped(const std::array<uint64_t, 2>& words) {
    if constexpr (std::endian::native == std::endian::big) return words;
    return {__builtin_bswap64(words[0]), __builtin_bswap64(words[1])};
  }
  std::array<uint8_t, 16> bytes_{};
};

// How many bits from the first on are the same in both.
constexpr int CommonBits(const Ipv4Address& a, const Ipv4Address& b) {
  return std::countl_zero(a.host_order() ^ b.host_order());
}
constexpr int CommonBits(const Ipv6Address& a, const Ipv6Address& b) {
  const auto ours = a.words(), theirs = b.words();
  const int bits = std::countl_zero(ours[0] ^ theirs[0]);
  return bits < 64 ? bits : 64 + std::countl_zero(ours[1] ^ theirs[1]);
}

// Address and length, canonical: the bits beyond the length are zero.
class Ipv4Prefix {
 public:
  using Family = Ipv4;

  constexpr Ipv4Prefix() = default;
  // `length` is 0 to 32; bits of `address` beyond it are cleared.
  constexpr Ipv4Prefix(Ipv4Address address, int length)
      : address_(address.host_order() & Mask(length)), length_(length) {}
  // "A.B.C.D/LEN" with zero host bits, or a bare address (length 32).
  static std::optional<Ipv4Prefix> Parse(std::string_view text);

  constexpr Ipv4Address address() const { return address_; }
  constexpr int length() const { return length_; }
  constexpr Ipv4Address mask() const { return Ipv4Address(Mask(length_)); }
  // Whether all its addresses are groups.
  constexpr bool is_multicast() const { return address_.is_multicast() && length_ >= 4; }
  constexpr bool Contains(Ipv4Address address) const {
    return (address.host_order() & Mask(length_)) == address_.host_order();
  }
  std::string ToString() const;
  // The address where it is one alone: "239.1.1.1", "239.1.0.0/16".
  std::string ToShortString() const;

  constexpr auto operator<=>(const Ipv4Prefix&) const = default;

 private:
  static constexpr uint32_t Mask(int length) { return length == 0 ? 0 : ~uint32_t{0} << (32 - length); }
  Ipv4Address address_;
  int length_ = 0;
};

// The same of IPv6.
class Ipv6Prefix {
 public:
  using Family = Ipv6;

  constexpr Ipv6Prefix() = default;
  // `length` is 0 to 128; bits of `address` after it are cleared.
  constexpr Ipv6Prefix(const Ipv6Address& address, int length) : address_(Masked(address, length)), length_(length) {}
  // "2001:db8::/32" with zero host bits, or a bare address (length 128).
  static std::optional<Ipv6Prefix> Parse(std::string_view text);

  constexpr const Ipv6Address& address() const { return address_; }
  constexpr int length() const { return length_; }
  constexpr bool Contains(const Ipv6Address& address) const { return Masked(address, length_) == address_; }
  constexpr bool is_multicast() const { return address_.is_multicast() && length_ >= 8; }
  // Of groups: the highest scope among them.
  constexpr int highest_scope() const {
    const int scope_bits = length_ <= 12 ? 0 : length_ >= 16 ? 4 : length_ - 12;
    return address_.scope() | 0x0F >> scope_bits;
  }
  // "2001:db8::/32"
  std::string ToString() const;
  std::string ToShortString() const;

  constexpr auto operator<=>(const Ipv6Prefix&) const = default;

 private:
  static constexpr Ipv6Address Masked(const Ipv6Address& address, int length) {
    const auto first = [](int bits) { return bits <= 0 ? 0 : bits >= 64 ? ~uint64_t{0} : ~(~uint64_t{0} >> bits); };
    const auto words = address.words();
    return Ipv6Address::FromWords({words[0] & first(length), words[1] & first(length - 64)});
  }
  Ipv6Address address_;
  int length_ = 0;
};

}  // namespace mgmd

#endif  // MGMD_COMMON_IP_ADDRESS_H_
