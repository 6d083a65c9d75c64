#ifndef MGMD_TESTS_REFERENCE_PACKETS_H_
#define MGMD_TESTS_REFERENCE_PACKETS_H_

// IP packets of both families as the reference router looks at them and changes them: plainly, octet by octet, and with
// nothing of dataplane/.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/drop_reason.h"

namespace mgmd::reference {

using Bytes = std::vector<uint8_t>;

// Four octets or sixteen.
using Address = Bytes;

// Groups that have their first bits in common.
struct Range {
  Address address;
  int length = 0;  // bits

  // "224.0.0.0/4", "ff0e::/16"; without a length all bits.
  static Range Parse(const std::string& text);
  bool Contains(const Address& group) const;
  bool operator==(const Range&) const = default;
};

int Read16(const Bytes& bytes, size_t at);
Bytes Part(const Bytes& bytes, size_t at, size_t octets);

// --- Of a packet with a whole header

bool IsIpv6(const Bytes& packet);
Address SourceOf(const Bytes& packet);
Address GroupOf(const Bytes& packet);
bool IsSourceSpecific(const Address& group);

// --- IPv4

size_t HeaderLength(const Bytes& packet);
bool ChecksumHolds(const Bytes& packet);
void SetChecksum(Bytes& packet);

// The IPv4 packets that a packet becomes on a link with this MTU (RFC 791 section 3.2); the packet
// itself if it fits.
std::vector<Bytes> Fragment(const Bytes& packet, int mtu);

// Completes the UDP or TCP checksum of a whole packet whose field holds the sum of its pseudo-header
// and whose sum is wrong. True if it has done so.
bool CompleteChecksum(Bytes& packet);

// The one's complement sum of 16-bit words; an odd octet at the end is the upper half of one.
uint16_t OnesComplementSum(Bytes bytes);

// The header checksum of RFC 1071 over an IPv4 header, its checksum field taken as zero.
uint16_t HeaderChecksum(const Bytes& packet);

// --- IPv6

// Whether it is of multicast listener discovery, whatever stands in front of that; of a packet in fragments the first
// one is.
bool IsMld(const Bytes& packet);
// Of any family.
bool IsPim(const Bytes& packet);

// What the packet's hop-by-hop options make of it.
std::optional<DropReason> WhyNotByOptions(const Bytes& packet);

}  // namespace mgmd::reference

#endif  // MGMD_TESTS_REFERENCE_PACKETS_H_
