#ifndef MGMD_CONTROL_RIB_STATIC_RIB_H_
#define MGMD_CONTROL_RIB_STATIC_RIB_H_

// The static multicast routing table: prefixes from the configuration ([[route]]) and the interfaces' own prefixes,
// looked up by longest match. Of two routes to one prefix the one added first stays.
//
// Control thread only. Lookup costs one hash probe for each prefix length in use.

#include <array>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "common/ip_address.h"
#include "common/route_table.h"

namespace mgmd {

class StaticRib : public RouteTable<Ipv4> {
 public:
  // The MIB's protocol numbers for who made a route (PROTO_IP_LOCAL, PROTO_IP_NETMGMT).
  static constexpr uint32_t kLocal = 2;
  static constexpr uint32_t kConfigured = 3;

  // False, and nothing changes: the prefix has a route.
  bool Add(const Route<Ipv4>& route);

  std::optional<Route<Ipv4>> Lookup(const Ipv4Address& source) const override;

 private:
  std::array<absl::flat_hash_map<uint32_t, Route<Ipv4>>, 33> by_length_;
};

}  // namespace mgmd

#endif  // MGMD_CONTROL_RIB_STATIC_RIB_H_
