#ifndef MGMD_TESTS_UNIT_MEMBERSHIP_GOLDEN_H_
#define MGMD_TESTS_UNIT_MEMBERSHIP_GOLDEN_H_

// A group, and octets as text, for what is compared with messages written out by hand.

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/ip_address.h"

namespace mgmd::membership {

inline const Ipv4Address kGroup(239, 1, 1, 1);
inline Ipv6Address Six(std::string_view text) { return Ipv6Address::Parse(text).value(); }

// "1164 ec1e": spaces count for nothing.
inline std::vector<uint8_t> FromHex(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != ' ') digits += c;
  }
  std::vector<uint8_t> octets;
  for (size_t at = 0; at + 1 < digits.size(); at += 2) {
    octets.push_back(static_cast<uint8_t>(std::strtoul(digits.substr(at, 2).c_str(), nullptr, 16)));
  }
  return octets;
}

inline std::string ToHex(std::span<const uint8_t> octets) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t octet : octets) {
    text += kDigits[octet >> 4];
    text += kDigits[octet & 15];
  }
  return text;
}

inline std::vector<uint8_t> operator+(std::vector<uint8_t> a, const std::vector<uint8_t>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace mgmd::membership

#endif  // MGMD_TESTS_UNIT_MEMBERSHIP_GOLDEN_H_
