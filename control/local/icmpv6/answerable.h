#ifndef MGMD_CONTROL_LOCAL_ICMPV6_ANSWERABLE_H_
#define MGMD_CONTROL_LOCAL_ICMPV6_ANSWERABLE_H_

// Which packets an ICMPv6 error may be sent about (RFC 4443 section 2.4 (e)): otherwise errors would answer errors, or
// one packet would bring answers to many. Pure. Any thread.
//
// Cost: a few reads for each extension header.

#include "common/icmpv6_error.h"
#include "control/local/icmpv6/own_addresses.h"

namespace mgmd::icmpv6 {

// False: the packet is an ICMPv6 error or a redirect, behind whatever extension headers, or not seen not to be one; or
// its source, of IPv6 or of Ethernet, is not one single node.
bool IsAnswerable(const Icmpv6Error& error, const OwnAddresses& addresses);

}  // namespace mgmd::icmpv6

#endif  // MGMD_CONTROL_LOCAL_ICMPV6_ANSWERABLE_H_
