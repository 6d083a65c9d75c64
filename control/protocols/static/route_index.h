#ifndef MGMD_CONTROL_PROTOCOLS_STATIC_ROUTE_INDEX_H_
#define MGMD_CONTROL_PROTOCOLS_STATIC_ROUTE_INDEX_H_

// Finds the static multicast route that says where a stream comes from. The Group Manager asks for every stream when it
// is decided, and again every time it is decided anew: a look costs the same with ten routes and with a million, one
// probe for the source and one for each length of group in use.
//
// Immutable; any thread. Memory: about 20 octets for each route of IPv4, 45 of IPv6.

#include <bitset>

#include "absl/container/flat_hash_map.h"
#include "control/config/config.h"

namespace mgmd::protocols {

template <class Family>
class RouteIndex {
 public:
  using Mroute = config::StaticMroute<Family>;

  // The routes stay where they are. Of two with one key the first counts.
  explicit RouteIndex(const config::StaticMroutes<Family>& routes);

  // The route for the source and the group, else the longest without source whose group holds all of `group`; null:
  // none. `source` zero: for a range or any source, which a route with a source says nothing about.
  const Mroute* MostSpecific(const typename Family::Address& source, const typename Family::Prefix& group) const;

 private:
  absl::flat_hash_map<FibKey<Family>, const Mroute*> routes_;
  std::bitset<Family::kAddressBits + 1> lengths_;  // n: a route without source has a group of length n
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_STATIC_ROUTE_INDEX_H_
