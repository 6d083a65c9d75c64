#ifndef MGMD_TESTS_SUPPORT_KEYS_H_
#define MGMD_TESTS_SUPPORT_KEYS_H_

// Keys of both address families from small numbers.

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/fib_key.h"
#include "common/ip_address.h"
#include "common/ssm_ranges.h"

namespace mgmd {

template <class Family>
struct Keys;

template <>
struct Keys<Ipv4> {
  static Ipv4FibKey SourceGroup(uint32_t source, uint32_t group) {
    return Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(0x0A000000 + source), Group(group));
  }
  // The group's lowest `free_bits` bits are free.
  static Ipv4FibKey Wildcard(uint32_t group, int free_bits) {
    return Ipv4FibKey::AnySource(Group(group), Ipv4::kAddressBits - free_bits);
  }
  static Ipv4FibKey SourceSpecific(uint32_t source, uint32_t group) {
    return Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(0x0A000000 + source), Ipv4Address(0xE8000000 + group));
  }
  static bool IsSourceSpecific(const Ipv4FibKey& key) { return SsmRanges<Ipv4>().Has(key.group()); }

 private:
  static Ipv4Address Group(uint32_t group) { return Ipv4Address(0xEF000000 + group); }
};

template <>
struct Keys<Ipv6> {
  static Ipv6FibKey SourceGroup(uint32_t source, uint32_t group) {
    return Ipv6FibKey::SourceGroupUnchecked(Address({0x20, 0x01, 0x0D, 0xB8}, source), Group(group));
  }
  static Ipv6FibKey Wildcard(uint32_t group, int free_bits) {
    return Ipv6FibKey::AnySource(Group(group), Ipv6::kAddressBits - free_bits);
  }
  static Ipv6FibKey SourceSpecific(uint32_t source, uint32_t group) {
    return Ipv6FibKey::SourceGroupUnchecked(Address({0x20, 0x01, 0x0D, 0xB8}, source),
                                            Address({0xFF, 0x3E, 0, 0}, group));
  }
  static bool IsSourceSpecific(const Ipv6FibKey& key) { return key.group().bytes()[1] == 0x3E; }

 private:
  static Ipv6Address Address(std::array<uint8_t, 4> first, uint32_t last) {
    std::array<uint8_t, 16> bytes{};
    for (size_t i = 0; i < 4; ++i) {
      bytes[i] = first[i];
      bytes[12 + i] = static_cast<uint8_t>(last >> (24 - 8 * i));
    }
    return Ipv6Address(bytes);
  }
  static Ipv6Address Group(uint32_t group) { return Address({0xFF, 0x0E, 0, 1}, group); }
};

}  // namespace mgmd

#endif  // MGMD_TESTS_SUPPORT_KEYS_H_
