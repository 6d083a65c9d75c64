#ifndef MGMD_CONTROL_MGM_RULES_PROACTIVE_H_
#define MGMD_CONTROL_MGM_RULES_PROACTIVE_H_

// MFEs that memberships made: whether what made them still stands. A wildcard MFE goes with its last reason, and takes
// the way of those with it that had theirs from it.

#include "control/mgm/rules/decision_queue.h"
#include "control/mgm/rules/mfes.h"
#include "control/mgm/rules/ways.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

class Proactive {
 public:
  Proactive(Tables& tables, Mfes& mfes, DecisionQueue& queue, const Ways& ways)
      : interfaces_(tables.interfaces),
        memberships_(tables.memberships),
        cache_(tables.cache),
        mfes_(mfes),
        queue_(queue),
        ways_(ways) {}

  // Memberships of the key have changed.
  void Refresh(Ipv4FibKey key);

 private:
  // Whether the wildcard MFE has a reason to stand.
  bool IsJustified(Ipv4FibKey key, uint32_t mfe) const;
  void DropWildcard(Ipv4FibKey key, uint32_t mfe);

  InterfaceTable& interfaces_;
  const Memberships& memberships_;
  MfeCache& cache_;
  Mfes& mfes_;
  DecisionQueue& queue_;
  const Ways& ways_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_PROACTIVE_H_
