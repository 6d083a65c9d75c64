#ifndef MGMD_COMMON_IP_FAMILY_H_
#define MGMD_COMMON_IP_FAMILY_H_

// The two address families as template arguments, for whatever is the same in both but for its addresses.

#include <cstdint>

#include "common/ip_address.h"

namespace mgmd {

struct Ipv4 {
  using Address = Ipv4Address;
  using Prefix = Ipv4Prefix;
  static constexpr int kAddressBits = 32;
  static constexpr int kAllGroupsLength = 4;
  static constexpr uint16_t kSlotBit = 0;  // the lowest bit of its slots (interface.h)
};

struct Ipv6 {
  using Address = Ipv6Address;
  using Prefix = Ipv6Prefix;
  static constexpr int kAddressBits = 128;
  static constexpr int kAllGroupsLength = 8;
  static constexpr uint16_t kSlotBit = 1;
};

}  // namespace mgmd

#endif  // MGMD_COMMON_IP_FAMILY_H_
