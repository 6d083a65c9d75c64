#ifndef MGMD_CONTROL_LOCAL_ICMPV6_OWN_ADDRESSES_H_
#define MGMD_CONTROL_LOCAL_ICMPV6_OWN_ADDRESSES_H_

// The IPv6 addresses of the router at one time, and which of them it speaks from.

#include <optional>
#include <span>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "common/interface.h"
#include "common/ip_address.h"
#include "common/own_address.h"

namespace mgmd::icmpv6 {

class OwnAddresses {
 public:
  // The interfaces in the order in which another one is asked for its address, each one's addresses in that order, too.
  explicit OwnAddresses(std::span<const OwnAddress<Ipv6>> addresses);

  // The source of an error about a packet that arrived on the interface: a global address of the interface, else of
  // another one, else the link-local one of the interface. None: there is no address to send it from. Unique local
  // addresses are global in this (RFC 4193 section 3.3).
  std::optional<Ipv6Address> SourceFor(InterfaceSlot arrival) const;

  // Whether the address is that of all routers on one of the links (RFC 4291 section 2.6.1): no single node's.
  bool IsAnycast(const Ipv6Address& address) const { return anycast_.contains(address); }

 private:
  using ByInterface = absl::flat_hash_map<InterfaceSlot, Ipv6Address>;

  ByInterface global_;  // the first ones
  ByInterface link_local_;
  std::optional<Ipv6Address> any_global_;
  absl::flat_hash_set<Ipv6Address> anycast_;
};

}  // namespace mgmd::icmpv6

#endif  // MGMD_CONTROL_LOCAL_ICMPV6_OWN_ADDRESSES_H_
