#ifndef MGMD_CONTROL_MGM_RULES_ROUTE_FOLLOWING_H_
#define MGMD_CONTROL_MGM_RULES_ROUTE_FOLLOWING_H_

// What a change of routes does to MFEs (T24): those that may depend on a changed route are looked at some at a time,
// the first in the call, the others by Poll(); what has another route now is decided again. What it does to memberships
// stands in membership_alerts.h.

#include <cstdint>
#include <deque>

#include "common/route_table.h"
#include "control/mgm/rules/decision_queue.h"
#include "control/mgm/rules/mfes.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

template <class Family>
class RouteFollowing {
 public:
  // MFEs that one call, or one turn of Poll(), asks whether they depend on a changed route.
  static constexpr size_t kLooksPerTurn = 4096;

  RouteFollowing(Tables<Family>& tables, const RouteTable<Family>& routes, const Mfes<Family>& mfes,
                 DecisionQueue<Family>& queue)
      : interfaces_(tables.interfaces), cache_(tables.cache), routes_(routes), mfes_(mfes), queue_(queue) {}

  // Routes towards sources in the prefix have changed.
  void Add(const typename Family::Prefix& prefix);
  // Another client holds the interface than `before`.
  void FollowHolder(const Interface<Family>& interface, ClientIndex before);
  bool empty() const { return changed_.empty(); }
  // Looks at the next MFEs. Returns whether there was anything to do.
  bool Run();

 private:
  // Routes that have changed, and from where on MFEs have not been asked for them yet.
  struct Changed {
    typename Family::Prefix prefix;
    KeyOrder<Family> next{};
  };

  bool HasOtherRoute(uint32_t mfe) const;

  InterfaceTable<Family>& interfaces_;
  MfeCache<Family>& cache_;
  const RouteTable<Family>& routes_;
  const Mfes<Family>& mfes_;
  DecisionQueue<Family>& queue_;
  std::deque<Changed> changed_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_ROUTE_FOLLOWING_H_
