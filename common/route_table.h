#ifndef MGMD_COMMON_ROUTE_TABLE_H_
#define MGMD_COMMON_ROUTE_TABLE_H_

// The multicast view of the routing table: which interface leads towards a source (reverse path forwarding).

#include <cstdint>
#include <optional>

#include "common/interface.h"
#include "common/ip_family.h"

namespace mgmd {

template <class Family>
struct Route {
  typename Family::Prefix prefix;
  InterfaceIdOf<Family> interface;
  typename Family::Address upstream_neighbour;  // zero: the source is directly connected
  uint32_t protocol = 0;                        // who made the route (the MIB's PROTO_IP_*: 2 local, 3 netmgmt)

  bool operator==(const Route&) const = default;
};

template <class Family>
class RouteTable {
 public:
  virtual ~RouteTable() = default;

  // The most specific route towards `source`, or nothing. Control thread only.
  virtual std::optional<Route<Family>> Lookup(const typename Family::Address& source) const = 0;
};

}  // namespace mgmd

#endif  // MGMD_COMMON_ROUTE_TABLE_H_
