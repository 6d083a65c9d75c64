#ifndef MGMD_DATAPLANE_FRAMES_IP_HEADER_H_
#define MGMD_DATAPLANE_FRAMES_IP_HEADER_H_

// Where the fields of an IP header stand, and how they are read and written.

#include <cstdint>
#include <cstring>

#include "common/ip_family.h"
#include "common/ipv6_header.h"
#include "dataplane/frames/checksum.h"

namespace mgmd::dataplane {

inline constexpr uint32_t kIpv4Header = 20;  // without options

// The octets of both that count the hops left: the TTL, the hop limit.
template <class Family>
inline constexpr uint32_t kHopsAt = 8;
template <>
inline constexpr uint32_t kHopsAt<Ipv6> = 7;

inline uint16_t Load2(const uint8_t* from) {
  uint16_t word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}
inline uint32_t Load4(const uint8_t* from) {
  uint32_t word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}
// A number of two octets in network order.
inline uint16_t LoadBig2(const uint8_t* from) { return __builtin_bswap16(Load2(from)); }

// Octets of the header that every copy of a packet has of its own, options of IPv4 included.
inline uint32_t HeaderOctets(const uint8_t* ip) { return ip[0] >> 4 == 6 ? kIpv6Header : (ip[0] & 15u) * 4; }

// Takes one hop off, of which there is one.
template <class Family>
void DecrementHops(uint8_t* ip);
template <>
inline void DecrementHops<Ipv4>(uint8_t* ip) {
  DecrementTtl(ip);
}
template <>
inline void DecrementHops<Ipv6>(uint8_t* ip) {
  --ip[kHopsAt<Ipv6>];
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FRAMES_IP_HEADER_H_
