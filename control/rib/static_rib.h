#ifndef MGMD_CONTROL_RIB_STATIC_RIB_H_
#define MGMD_CONTROL_RIB_STATIC_RIB_H_

// The static multicast routing table of a family: prefixes from the configuration ([[route]]) and the interfaces' own
// prefixes (configured_routes.h), looked up by longest match. Of two routes to one prefix the one added first stays.
// The neighbour of an IPv6 route is a link-local address, which says nothing without the route's interface.
//
// Control thread only. Cost: prefix_map.h.

#include <optional>

#include "common/ip_family.h"
#include "common/route_table.h"
#include "control/rib/prefix_map.h"

namespace mgmd {

template <class Family>
class StaticRib : public RouteTable<Family> {
 public:
  // The MIB's protocol numbers for who made a route (PROTO_IP_LOCAL, PROTO_IP_NETMGMT).
  static constexpr uint32_t kLocal = 2;
  static constexpr uint32_t kConfigured = 3;

  // False, and nothing changes: the prefix has a route.
  bool Add(const Route<Family>& route);

  std::optional<Route<Family>> Lookup(const typename Family::Address& source) const override;

 private:
  PrefixMap<Family, Route<Family>> routes_;
};

}  // namespace mgmd

#endif  // MGMD_CONTROL_RIB_STATIC_RIB_H_
