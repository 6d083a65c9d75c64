#ifndef MGMD_COMMON_ICMPV6_ERROR_H_
#define MGMD_COMMON_ICMPV6_ERROR_H_

// What senders of IPv6 packets are told of them by ICMPv6 errors (RFC 4443). Of a multicast packet that is that it is
// longer than a link takes, and that it has an option that is not known; nothing else (section 2.4 (e.3)).
//
// A worker sees what is wrong and asks control to tell it (dataplane/rings/error_requests.h); control knows the
// addresses of the router, makes the message and sends it (control/local/icmpv6/).

#include <array>
#include <cstdint>
#include <span>

#include "common/interface.h"
#include "common/ipv6_header.h"

namespace mgmd {

enum class Icmpv6ErrorKind : uint16_t {
  kPacketTooBig,      // RFC 4443 section 3.2
  kParameterProblem,  // RFC 4443 section 3.4, code 2
};

// A message is no longer than the lowest MTU of IPv6, with its headers (RFC 4443 section 2.4 (c)): octets of the packet
// that it has room for.
inline constexpr uint32_t kIcmpv6ErrorHeader = 8;
inline constexpr uint32_t kMostQuoted = kLowestIpv6Mtu - kIpv6Header - kIcmpv6ErrorHeader;

// Of each arrival interface, in a second and at once after a pause, where nothing else is said (RFC 4443 section 2.4
// (f)); 0: none.
inline constexpr uint32_t kIcmpv6ErrorsPerSecond = 10;

// One that control is asked for.
struct Icmpv6Error {
  Icmpv6ErrorKind kind{};
  uint32_t value = 0;                   // the MTU; the pointer: octets from the begin of the IPv6 header
  InterfaceSlot arrival = kNoSlot;      // of the packet
  std::array<uint8_t, 6> own_mac{};     // of that interface
  std::array<uint8_t, 6> sender_mac{};  // where the packet came from
  // The packet as it was received, from its IPv6 header on, which is whole: its first kMostQuoted octets, or all it
  // has. Lives for the call.
  std::span<const uint8_t> packet;
};

class Icmpv6ErrorSink {
 public:
  virtual ~Icmpv6ErrorSink() = default;
  virtual void Take(const Icmpv6Error& error) = 0;
};

}  // namespace mgmd

#endif  // MGMD_COMMON_ICMPV6_ERROR_H_
