#ifndef MGMD_CONTROL_MGM_RULES_WAYS_H_
#define MGMD_CONTROL_MGM_RULES_WAYS_H_

// Where a stream comes from, as far as the manager's state says: the routing table's interface for a single source, a
// wider wildcard MFE's for what it covers, and for a wildcard the clients that may name one.

#include <cstdint>
#include <optional>
#include <vector>

#include "common/route_table.h"
#include "control/mgm/state/route_uses.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

template <class Family>
struct Way {
  InterfaceSlot iif = kNoSlot;
  bool orphan = true;      // no route, or nobody on the iif
  bool inherited = false;  // from a wider MFE
  typename Family::Address upstream_neighbour;
  std::optional<RouteUse<Family>> route;

  bool operator==(const Way&) const = default;
  // kNoSlot: none that an MFE could come in on.
  InterfaceSlot good_iif() const { return orphan ? kNoSlot : iif; }
};

template <class Family>
class Ways {
 public:
  Ways(Tables<Family>& tables, const RouteTable<Family>& routes)
      : interfaces_(tables.interfaces), memberships_(tables.memberships), cache_(tables.cache), routes_(routes) {}

  // Of a single source before its owner is asked. `covering`: MfeCache::CoveringWildcard(), whose way it inherits
  // unless it is proactive and has a route.
  Way<Family> First(FibKey<Family> key, uint32_t covering) const;
  // The way of the MFE `wider`.
  Way<Family> Inherited(uint32_t wider) const;
  // The way that the MFE has, of a wildcard.
  Way<Family> Present(uint32_t mfe) const;
  // The clients with a proactive membership of the wildcard, in the order in which they are asked. `present`: its MFE.
  std::vector<ClientIndex> Namers(FibKey<Family> key, uint32_t present) const;
  // Whether one of them is on the interface.
  bool HasNamerOn(const Entry<Family>& entry, const Interface<Family>& iif) const;

 private:
  InterfaceTable<Family>& interfaces_;
  const Memberships<Family>& memberships_;
  const MfeCache<Family>& cache_;
  const RouteTable<Family>& routes_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_WAYS_H_
