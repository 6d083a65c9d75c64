#include "dataplane/stages/extension_headers.h"

#include "dataplane/frames/ip_header.h"
#include "dataplane/interfaces/egress.h"

namespace mgmd::dataplane {
namespace {

constexpr uint32_t kShortestHeader = 8;
constexpr uint32_t kLongestOptions = 256 * 8;

constexpr uint8_t kPad1 = 0;
constexpr uint8_t kPadN = 1;
constexpr uint8_t kRouterAlert = 5;
constexpr uint32_t kRouterAlertOctets = 2;

// Options that are no padding: a packet with more is silently discarded (RFC 8504 section 5.3).
constexpr uint32_t kMostOptions = 8;

constexpr HopByHopVerdict kMalformed = {.drop = DropReason::kHbhMalformed};

// `octets` of the packet from octet `at` of its IPv6 header on, which it has: where they stand, or copied to `space`.
const uint8_t* Read(const rte_mbuf* mbuf, uint32_t at, uint32_t octets, uint8_t* space) {
  return static_cast<const uint8_t*>(rte_pktmbuf_read(mbuf, kEthernetHeader + at, octets, space));
}

// Of an options or a routing header.
uint32_t OctetsOf(const uint8_t* header) { return (header[1] + 1u) * 8; }

}  // namespace

UpperLayer FindUpperLayer(const rte_mbuf* mbuf, uint32_t total) {
  UpperLayer upper;
  uint8_t space[kShortestHeader];
  uint8_t next = *Read(mbuf, 6, 1, space);
  uint32_t at = kIpv6Header;
  for (uint32_t seen = 0; seen <= kMostExtensionHeaders; ++seen) {
    const bool extension = next == kRoutingHeader || next == kFragmentHeader || next == kDestinationOptions ||
                           (next == kHopByHopOptions && seen == 0);
    if (!extension) {
      upper.protocol = next;
      if (at < total) {
        upper.type = *Read(mbuf, at, 1, space);
        upper.at = static_cast<uint16_t>(at);
      }
      return upper;
    }
    if (at + kShortestHeader > total) return upper;
    const uint8_t* const header = Read(mbuf, at, kShortestHeader, space);
    if (next == kFragmentHeader) {
      upper.fragment = true;
      const bool first = (LoadBig2(header + 2) & 0xFFF8) == 0;
      if (!first) {
        upper.protocol = header[0];
        return upper;
      }
      at += kShortestHeader;
    } else {
      upper.routed |= next == kRoutingHeader;
      at += OctetsOf(header);
    }
    next = header[0];
  }
  return upper;
}

HopByHopVerdict WalkHopByHop(const rte_mbuf* mbuf, uint32_t total, bool act) {
  uint8_t space[kLongestOptions];
  if (kIpv6Header + kShortestHeader > total) return kMalformed;
  const uint32_t octets = OctetsOf(Read(mbuf, kIpv6Header, kShortestHeader, space));
  if (kIpv6Header + octets > total) return kMalformed;
  const uint8_t* const header = Read(mbuf, kIpv6Header, octets, space);
  uint32_t options = 0;
  for (uint32_t at = 2; at < octets;) {
    const uint8_t type = header[at];
    if (type == kPad1) {
      ++at;
      continue;
    }
    if (at + 2 > octets) return kMalformed;
    const uint32_t length = header[at + 1];
    if (at + 2 + length > octets) return kMalformed;
    if (type != kPadN) {
      if (++options > kMostOptions) return {.drop = DropReason::kHbhOption};
      if (type == kRouterAlert) {
        if (length != kRouterAlertOctets) return kMalformed;
      } else if (act && type >> 6 != 0) {
        // 01: discard; 10: and say so; 11: and say so unless the packet was for a group.
        const bool say_so = type >> 6 == 2;
        return {.drop = DropReason::kHbhOption, .problem_at = static_cast<uint16_t>(say_so ? kIpv6Header + at : 0)};
      }
    }
    at += 2 + length;
  }
  return {};
}

}  // namespace mgmd::dataplane
