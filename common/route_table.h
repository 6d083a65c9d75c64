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
  uint32_t metric = 0;                          // as its maker says it, to be compared with that of others on the link

  // Whether the other leads there likewise; its metric may be another.
  bool IsSameWay(const Route& other) const {
    return prefix == other.prefix && interface == other.interface && upstream_neighbour == other.upstream_neighbour &&
           protocol == other.protocol;
  }
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
