#ifndef MGMD_DATAPLANE_STAGES_EXTENSION_HEADERS_H_
#define MGMD_DATAPLANE_STAGES_EXTENSION_HEADERS_H_

// What stands between an IPv6 header and what it carries (RFC 8200 section 4).
//
// A router acts on hop-by-hop options alone. It looks behind the others because what is for the router itself may stand
// there: MLD comes behind a router alert, and nothing stops a host from putting more in front of it.
//
// For packets off the fast way, in however many segments. Cost: a few reads for each header, at most
// kMostExtensionHeaders of them.

#include <rte_mbuf.h>

#include <cstdint>
#include <optional>

#include "common/drop_reason.h"
#include "common/ip_address.h"
#include "common/ipv6_header.h"

namespace mgmd::dataplane {

// Of the routers of a link, which speak it to each other.
inline constexpr uint8_t kPim = 103;

// The next headers, as bits of their low six bits, behind which there may be something for parse.
inline constexpr uint64_t kLookedAtNextHeaders = uint64_t{1} << kHopByHopOptions | uint64_t{1} << kRoutingHeader |
                                                 uint64_t{1} << kFragmentHeader | uint64_t{1} << kIcmpv6 |
                                                 uint64_t{1} << kDestinationOptions | uint64_t{1} << (kPim & 63);

// A packet's length is kept in sixteen bits; no link carries the few octets more that a payload length can say.
inline constexpr uint32_t kMostIpv6Octets = UINT16_MAX;

// More than these are nobody's: what stands behind is not looked for.
inline constexpr uint32_t kMostExtensionHeaders = 8;

// What stands behind the extension headers.
struct UpperLayer {
  uint8_t protocol = kNoNextHeader;  // also where it was not found
  uint8_t type = 0;                  // its first octet, of ICMPv6 the type; 0: it is not in this packet
  uint16_t at = 0;                   // octets from the begin of the IPv6 header; 0: it is not in this packet
  bool fragment = false;             // of a packet
  bool routed = false;               // by a routing header

  // Multicast listener query, report, done and version 2 report (RFC 2710, RFC 9777).
  bool is_mld() const { return protocol == kIcmpv6 && at != 0 && ((type >= 130 && type <= 132) || type == 143); }
};

// Of a packet that begins with its Ethernet header and has `total` octets after that.
UpperLayer FindUpperLayer(const rte_mbuf* mbuf, uint32_t total);

// What the options of a hop-by-hop header, which is the first, ask of a router.
struct HopByHopVerdict {
  std::optional<DropReason> drop;  // kHbhMalformed or kHbhOption
  // The place of the option that a Parameter Problem is to name, in octets from the begin of the IPv6 header; 0: none
  // is to be sent.
  uint16_t problem_at = 0;
};

// `act`: on options that are not known, as they say; otherwise these are passed over (RFC 9673).
HopByHopVerdict WalkHopByHop(const rte_mbuf* mbuf, uint32_t total, bool act);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_STAGES_EXTENSION_HEADERS_H_
