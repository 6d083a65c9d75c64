#ifndef MGMD_CONTROL_MEMBERSHIP_DATAGRAM_H_
#define MGMD_CONTROL_MEMBERSHIP_DATAGRAM_H_

// IP around a message: what a message's receiver has to know of the packet, and the packet around one that is sent.
//
// Pure. Any thread. Cost: a few reads; MakePacket() allocates the packet.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "control/membership/protocol.h"

namespace mgmd::membership {

using MacAddress = std::array<uint8_t, 6>;

template <class Family>
struct Datagram {
  typename Family::Address source;
  typename Family::Address destination;
  uint8_t hop_limit = 1;  // of IPv4: TTL
  bool router_alert = true;
  MacAddress sender{};               // of the frame
  std::span<const uint8_t> message;  // all of IP's payload, without extension headers
};

// Of an Ethernet frame without tag. Nothing: it is no IP packet of the family, its lengths are wrong, IPv4's header
// checksum is, or it is a fragment or of another protocol than IGMP or ICMPv6.
template <class Family>
std::optional<Datagram<Family>> ReadDatagram(std::span<const uint8_t> frame);

// The packet as it is sent: hop limit 1, with a router alert, network control as its class (RFC 9776 section 4, RFC
// 9777 section 5). `message` is whole, its checksum excepted, which is filled in.
template <class Family>
std::vector<uint8_t> MakePacket(const typename Family::Address& source, const typename Family::Address& destination,
                                std::span<const uint8_t> message);

// What is sent on a link, in the frame in which a host on this very machine gets it. In IPv4 it comes from nobody: a
// kernel takes nothing from an address of its own.
template <class Family>
std::vector<uint8_t> MakeFrameForHost(const typename Family::Address& source,
                                      const typename Family::Address& destination, std::span<const uint8_t> message);

// Whether the message's checksum is right.
template <class Family>
bool ChecksumIsRight(const Datagram<Family>& datagram);

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_DATAGRAM_H_
