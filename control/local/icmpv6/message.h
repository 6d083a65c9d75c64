#ifndef MGMD_CONTROL_LOCAL_ICMPV6_MESSAGE_H_
#define MGMD_CONTROL_LOCAL_ICMPV6_MESSAGE_H_

// An ICMPv6 error as octets (RFC 4443 sections 2.1, 3.2 and 3.4). Pure. Any thread.

#include <cstdint>
#include <vector>

#include "common/icmpv6_error.h"
#include "common/ip_address.h"

namespace mgmd::icmpv6 {

// The whole frame, without tag, from the interface of the packet's arrival to its sender: Ethernet and IPv6 header, of
// hop limit 64, class 0 and label 0, the error, and of the packet as much as there is room for.
std::vector<uint8_t> MakeFrame(const Icmpv6Error& error, const Ipv6Address& source);

}  // namespace mgmd::icmpv6

#endif  // MGMD_CONTROL_LOCAL_ICMPV6_MESSAGE_H_
