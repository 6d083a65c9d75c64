#ifndef MGMD_CONTROL_RIB_KERNEL_MESSAGES_H_
#define MGMD_CONTROL_RIB_KERNEL_MESSAGES_H_

// The kernel's messages about unicast routes and nexthop objects (rtnetlink(7)) as plain values.
//
// Pure: octets in, values out; nothing is read beyond the message. Any thread. What is read into keeps its memory, so
// that a dump of a million routes allocates next to nothing.

#include <linux/netlink.h>

#include <cstdint>
#include <vector>

#include "common/ip_family.h"

namespace mgmd {

template <class Family>
struct KernelNextHop {
  unsigned netdev = 0;               // its index; 0: none
  typename Family::Address gateway;  // zero: the destination is on the link, or the gateway is of another family
  bool alive = true;                 // neither RTNH_F_DEAD nor RTNH_F_LINKDOWN

  bool operator==(const KernelNextHop&) const = default;
};

template <class Family>
struct KernelRoute {
  typename Family::Prefix prefix;
  uint32_t table = 0;
  uint32_t metric = 0;
  uint8_t protocol = 0;  // who made it, RTPROT_*
  bool unicast = false;  // leads somewhere; false: blackhole, unreachable, prohibit and what else there is
  bool selective =
      false;  // for some packets only: of a type of service, from some sources, or a clone of another route
  uint32_t nexthop_object = 0;                   // 0: none
  std::vector<KernelNextHop<Family>> next_hops;  // empty: none, or the object alone says them

  bool operator==(const KernelRoute&) const = default;
};

template <class Family>
struct NexthopObject {
  uint32_t id = 0;
  KernelNextHop<Family> next_hop;
  std::vector<uint32_t> group;  // the objects that it stands for; empty: it is none of several

  bool operator==(const NexthopObject&) const = default;
};

// RTM_NEWROUTE and RTM_DELROUTE. False: another message, one of another family, or malformed; `route` is then anything.
template <class Family>
bool Read(const nlmsghdr& message, KernelRoute<Family>& route);

// RTM_NEWNEXTHOP and RTM_DELNEXTHOP, of any family, since IPv4's routes may have gateways of IPv6. False: likewise.
template <class Family>
bool Read(const nlmsghdr& message, NexthopObject<Family>& object);

}  // namespace mgmd

#endif  // MGMD_CONTROL_RIB_KERNEL_MESSAGES_H_
