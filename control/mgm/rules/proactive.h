#ifndef MGMD_CONTROL_MGM_RULES_PROACTIVE_H_
#define MGMD_CONTROL_MGM_RULES_PROACTIVE_H_

// MFEs that memberships made: whether what made them still stands. A wildcard MFE goes with its last reason, and takes
// the way of those with it that had theirs from it.

#include "control/mgm/rules/decision_queue.h"
#include "control/mgm/rules/mfes.h"
#include "control/mgm/rules/ways.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

template <class Family>
class Proactive {
 public:
  Proactive(Tables<Family>& tables, Mfes<Family>& mfes, DecisionQueue<Family>& queue, const Ways<Family>& ways)
      : ssm_(tables.ssm),
        interfaces_(tables.interfaces),
        memberships_(tables.memberships),
        cache_(tables.cache),
        mfes_(mfes),
        queue_(queue),
        ways_(ways) {}

  // Memberships of the key have changed.
  void Refresh(FibKey<Family> key);

 private:
  // Whether the wildcard MFE has a reason to stand.
  bool IsJustified(FibKey<Family> key, uint32_t mfe) const;
  void DropWildcard(FibKey<Family> key, uint32_t mfe);

  const SsmRanges<Family>& ssm_;
  InterfaceTable<Family>& interfaces_;
  const Memberships<Family>& memberships_;
  MfeCache<Family>& cache_;
  Mfes<Family>& mfes_;
  DecisionQueue<Family>& queue_;
  const Ways<Family>& ways_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_PROACTIVE_H_
