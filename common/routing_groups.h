#ifndef MGMD_COMMON_ROUTING_GROUPS_H_
#define MGMD_COMMON_ROUTING_GROUPS_H_

// The groups of a link by which routers speak to each other (OSPF, RIP, PIM, VRRP ...): what arrives for them has a
// rate of its own beside that for all other groups of the link (mDNS, LLMNR ...), which hosts may flood. Pure. Any
// thread.

#include <algorithm>
#include <cstdint>

#include "common/ip_address.h"

namespace mgmd {

// 224.0.0.1 to 224.0.0.22.
constexpr bool IsRoutingGroup(Ipv4Address group) {
  const uint32_t last = group.host_order() & 0xFF;
  return group.is_link_local_multicast() && last >= 1 && last <= 22;
}

// ff02::1 to ff02::1a.
constexpr bool IsRoutingGroup(const Ipv6Address& group) {
  const auto& octets = group.bytes();
  return octets[0] == 0xFF && octets[1] == 2 && octets[15] >= 1 && octets[15] <= 0x1A &&
         std::all_of(octets.begin() + 2, octets.begin() + 15, [](uint8_t octet) { return octet == 0; });
}

// ff02::d (RFC 7761 section 4.3).
constexpr bool IsAllPimRouters(const Ipv6Address& group) { return IsRoutingGroup(group) && group.bytes()[15] == 0x0D; }

}  // namespace mgmd

#endif  // MGMD_COMMON_ROUTING_GROUPS_H_
