#ifndef MGMD_CONTROL_PROTOCOLS_STATIC_ROUTE_INDEX_H_
#define MGMD_CONTROL_PROTOCOLS_STATIC_ROUTE_INDEX_H_

// Finds the static multicast route that says where a stream comes from. The Group Manager asks for every stream when it
// is decided, and again every time it is decided anew: a look costs the same with ten routes and with a million, one
// probe for the source and one for each length of group in use.
//
// Immutable; any thread. Memory: about 20 octets for each route.

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "control/config/config.h"

namespace mgmd::protocols {

class RouteIndex {
 public:
  // The routes stay where they are. Of two with one key the first counts.
  explicit RouteIndex(const std::vector<config::StaticMroute<Ipv4>>& routes);

  // The route for the source and the group, else the longest without source whose group holds all of `group`; null:
  // none. `source` zero: for a range or any source, which a route with a source says nothing about.
  const config::StaticMroute<Ipv4>* MostSpecific(Ipv4Address source, const Ipv4Prefix& group) const;

 private:
  absl::flat_hash_map<Ipv4FibKey, const config::StaticMroute<Ipv4>*> routes_;
  uint64_t lengths_ = 0;  // bit n: a route without source has a group of length n
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_STATIC_ROUTE_INDEX_H_
