#ifndef MGMD_CONTROL_LOCAL_IP_PACKET_H_
#define MGMD_CONTROL_LOCAL_IP_PACKET_H_

// The IP packet in a frame for the router itself, whose headers no worker has checked but for their lengths. Pure. Any
// thread.
//
// Cost: a few reads, for each extension header as well.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/any_family.h"
#include "common/ipv6_header.h"

namespace mgmd::local {

inline constexpr size_t kEthernetHeader = 14;  // octets, without a tag

// Two octets of a packet's, as a number.
inline size_t LoadBig2(const uint8_t* from) { return size_t{from[0]} << 8 | from[1]; }

// What stands behind an IPv6 packet's extension headers.
struct UpperLayer {
  uint8_t protocol = kNoNextHeader;  // an extension header's where that is cut off, or in a fragment that is not here
  size_t at = kIpv6Header;           // octets from the begin of the IPv6 header; it may be behind the packet's end
  bool here = true;                  // false: it is in the first fragment, and this is another
};

bool IsExtensionHeader(uint8_t next);

// Of a packet that begins with its IPv6 header, whole, and may be cut off anywhere behind that. Where an extension
// header of the type `last` stands, that counts as the upper layer.
UpperLayer FindUpperLayer(std::span<const uint8_t> packet, uint8_t last = kNoNextHeader);

struct IpPacket {
  std::span<const uint8_t> octets;  // from its header on, without what fills up a short frame
  AnyAddress destination;
  // Of IPv6 that behind the extension headers but an authentication header, behind which workers do not look either.
  uint8_t protocol = 0;
  size_t payload = 0;  // where behind the begin of the packet the protocol's own begins, at most its end
};

// Of an Ethernet frame without tag. Nothing: it is no IP packet, its lengths are wrong, or the checksum of its IPv4
// header is (RFC 1122 section 3.2.1.2).
std::optional<IpPacket> ReadIpPacket(std::span<const uint8_t> frame);

}  // namespace mgmd::local

#endif  // MGMD_CONTROL_LOCAL_IP_PACKET_H_
