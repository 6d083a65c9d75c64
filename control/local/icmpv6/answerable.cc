#include "control/local/icmpv6/answerable.h"

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/ip_address.h"
#include "common/ipv6_header.h"
#include "control/local/ip_packet.h"

namespace mgmd::icmpv6 {
namespace {

constexpr uint8_t kGroupMac = 1;  // in the first octet of an Ethernet address
// Types of ICMPv6: errors are those below (RFC 4443 section 2.1).
constexpr uint8_t kFirstInformation = 128;
constexpr uint8_t kRedirect = 137;  // RFC 4861 section 4.5

bool MayBeErrorOrRedirect(std::span<const uint8_t> packet) {
  const local::UpperLayer upper = local::FindUpperLayer(packet);
  if (upper.protocol != kIcmpv6 && !local::IsExtensionHeader(upper.protocol)) return false;
  if (upper.protocol == kIcmpv6 && upper.here && upper.at < packet.size()) {
    const uint8_t type = packet[upper.at];
    return type < kFirstInformation || type == kRedirect;
  }
  // It is not to be seen, but neither is ever longer than this (RFC 4443 section 2.4 (c), RFC 4861 section 4.5).
  return kIpv6Header + local::LoadBig2(packet.data() + 4) <= kLowestIpv6Mtu;
}

}  // namespace

bool IsAnswerable(const Icmpv6Error& error, const OwnAddresses& addresses) {
  const auto source = Ipv6Address::FromNetwork(error.packet.data() + 8);
  const bool one_node =
      source.is_valid_source() && !addresses.IsAnycast(source) && (error.sender_mac[0] & kGroupMac) == 0;
  return one_node && !MayBeErrorOrRedirect(error.packet);
}

}  // namespace mgmd::icmpv6
