#ifndef MGMD_COMMON_GROUP_MAC_H_
#define MGMD_COMMON_GROUP_MAC_H_

#include <bit>
#include <cstdint>
#include <cstring>

#include "common/ip_address.h"

namespace mgmd {

// The Ethernet address of a group (RFC 1112 section 6.4, RFC 2464 section 7), in the order of a frame's octets as the
// low 48 bits of a word.
inline uint64_t GroupMac(Ipv4Address group) {
  return 0x5E0001 | uint64_t{__builtin_bswap32(group.host_order() & 0x7FFFFF)} << 16;
}
inline uint64_t GroupMac(const Ipv6Address& group) {
  uint32_t last;
  std::memcpy(&last, group.bytes().data() + 12, sizeof(last));
  return 0x3333 | uint64_t{last} << 16;
}
static_assert(std::endian::native == std::endian::little);

}  // namespace mgmd

#endif  // MGMD_COMMON_GROUP_MAC_H_
