#include "control/local/icmpv6/answerable.h"

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/ip_address.h"
#include "common/ipv6_header.h"

namespace mgmd::icmpv6 {
namespace {

constexpr uint8_t kGroupMac = 1;  // in the first octet of an Ethernet address
constexpr size_t kShortestHeader = 8;
constexpr size_t kNotHere = UINT32_MAX;  // octets, more than any packet has
// Types of ICMPv6: errors are those below (RFC 4443 section 2.1).
constexpr uint8_t kFirstInformation = 128;
constexpr uint8_t kRedirect = 137;  // RFC 4861 section 4.5

size_t LoadBig2(const uint8_t* from) { return size_t{from[0]} << 8 | from[1]; }

bool IsExtension(uint8_t next) {
  return next == kHopByHopOptions || next == kRoutingHeader || next == kFragmentHeader ||
         next == kAuthenticationHeader || next == kDestinationOptions;
}

// Octets of an extension header; what follows one in a fragment other than the first is not in the packet.
size_t OctetsOf(uint8_t type, const uint8_t* header) {
  if (type == kFragmentHeader) return (LoadBig2(header + 2) & 0xFFF8) == 0 ? kShortestHeader : kNotHere;
  if (type == kAuthenticationHeader) return (header[1] + size_t{2}) * 4;
  return (header[1] + size_t{1}) * 8;
}

bool MayBeErrorOrRedirect(std::span<const uint8_t> packet) {
  uint8_t next = packet[6];
  size_t at = kIpv6Header;
  while (IsExtension(next) && at + kShortestHeader <= packet.size()) {
    const uint8_t* const header = packet.data() + at;
    at += OctetsOf(next, header);
    next = header[0];
  }
  if (next != kIcmpv6 && !IsExtension(next)) return false;
  if (next == kIcmpv6 && at < packet.size()) return packet[at] < kFirstInformation || packet[at] == kRedirect;
  // It is not to be seen, but neither is ever longer than this (RFC 4443 section 2.4 (c), RFC 4861 section 4.5).
  return kIpv6Header + LoadBig2(packet.data() + 4) <= kLowestIpv6Mtu;
}

}  // namespace

bool IsAnswerable(const Icmpv6Error& error, const OwnAddresses& addresses) {
  const auto source = Ipv6Address::FromNetwork(error.packet.data() + 8);
  const bool one_node =
      source.is_valid_source() && !addresses.IsAnycast(source) && (error.sender_mac[0] & kGroupMac) == 0;
  return one_node && !MayBeErrorOrRedirect(error.packet);
}

}  // namespace mgmd::icmpv6
