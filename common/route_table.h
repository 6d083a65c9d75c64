#ifndef MGMD_COMMON_ROUTE_TABLE_H_
#define MGMD_COMMON_ROUTE_TABLE_H_

// The multicast view of the routing table: which interface leads towards a source (reverse path forwarding).

#include <cstdint>
#include <optional>

#include "common/interface.h"
#include "common/ip_address.h"

namespace mgmd {

struct Route {
  Ipv4Prefix prefix;
  InterfaceId interface;
  Ipv4Address upstream_neighbor;  // zero: the source is directly connected
  uint32_t protocol = 0;          // who made the route (the MIB's PROTO_IP_*: 2 local, 3 netmgmt)
};

class RouteTable {
 public:
  virtual ~RouteTable() = default;

  // The most specific route towards `source`, or nothing. Control thread only.
  virtual std::optional<Route> Lookup(Ipv4Address source) const = 0;
};

}  // namespace mgmd

#endif  // MGMD_COMMON_ROUTE_TABLE_H_
