#ifndef MGMD_COMMON_IPV6_HEADER_H_
#define MGMD_COMMON_IPV6_HEADER_H_

// Numbers of the IPv6 header and of those that may follow it (RFC 8200).

#include <cstdint>

namespace mgmd {

inline constexpr uint32_t kIpv6Header = 40;       // octets
inline constexpr uint32_t kLowestIpv6Mtu = 1280;  // section 5

// Values of a next header.
inline constexpr uint8_t kHopByHopOptions = 0;
inline constexpr uint8_t kRoutingHeader = 43;
inline constexpr uint8_t kFragmentHeader = 44;
inline constexpr uint8_t kAuthenticationHeader = 51;
inline constexpr uint8_t kIcmpv6 = 58;
inline constexpr uint8_t kNoNextHeader = 59;
inline constexpr uint8_t kDestinationOptions = 60;

}  // namespace mgmd

#endif  // MGMD_COMMON_IPV6_HEADER_H_
