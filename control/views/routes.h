#ifndef MGMD_CONTROL_VIEWS_ROUTES_H_
#define MGMD_CONTROL_VIEWS_ROUTES_H_

// Multicast routes of a family with their counters, as they are seen from outside.
//
// A page begins at a key and says where the next one begins, so that its cost is that of its own rows, however many
// routes there are; no page has more than one turn of control should read. Whoever reads all of them reads page by page
// with other work of control between: every row is exact, and two rows may be of different moments. A route that stands
// the whole time is in exactly one page.
//
// Control thread, while the Group Manager runs.

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/fib_key.h"
#include "common/forwarder.h"
#include "control/mgm/rows_per_turn.h"

namespace mgmd::views {

inline constexpr size_t kMostRows = mgm::kRowsPerTurn;

template <class Family>
struct RouteOifOf {
  InterfaceIdOf<Family> interface;
  // The rows MGMD_OIF of common/counter_table.def.
#define MGMD_OIF(field, ...) uint64_t field = 0;
#include "common/counter_table.def"
};

template <class Family>
struct RouteOf {
  FibKey<Family> key;
  std::optional<InterfaceIdOf<Family>> iif;  // nothing: no way towards the source
  std::chrono::milliseconds up_time{};
  // The rows MGMD_ROUTE of common/counter_table.def.
#define MGMD_ROUTE(field, ...) uint64_t field = 0;
#include "common/counter_table.def"
  std::vector<RouteOifOf<Family>> oifs;  // ascending by interface
  std::vector<DropCount> drops;          // by reason; no zeros
};

template <class Family>
struct RoutePageOf {
  std::vector<RouteOf<Family>> routes;  // in order of group and source, wildcards first in their group
  std::optional<FibKey<Family>> next;   // where the next page begins; nothing: there is no more
  size_t total = 0;                     // routes that there are of the family
};

// Routes from `from` on, from the first if there is none; at most `limit`, and at most kMostRows. There may be fewer,
// or none, and a next page all the same: where a release has just left dead entries behind.
template <class Family>
RoutePageOf<Family> ReadRoutes(Forwarder<Family>& forwarder, std::optional<FibKey<Family>> from, size_t limit);

// Nothing: there is no such route.
template <class Family>
std::optional<RouteOf<Family>> ReadRoute(Forwarder<Family>& forwarder, const FibKey<Family>& key);

}  // namespace mgmd::views

#endif  // MGMD_CONTROL_VIEWS_ROUTES_H_
