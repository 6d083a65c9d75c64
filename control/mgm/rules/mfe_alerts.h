#ifndef MGMD_CONTROL_MGM_RULES_MFE_ALERTS_H_
#define MGMD_CONTROL_MGM_RULES_MFE_ALERTS_H_

// What the holder of an MFE's iif hears of the MFE: rules 1, 4 and 5 of RFC 2715 (A5).

#include "control/mgm/rules/alerts.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

template <class Family>
class MfeAlerts {
 public:
  MfeAlerts(Tables<Family>& tables, Alerts<Family>& alerts)
      : interfaces_(tables.interfaces), cache_(tables.cache), alerts_(alerts) {}

  // The MFE had `before` oifs; it has lost the last one or got the first, on an interface of `changed_holder`.
  void AlertEdge(uint32_t mfe, uint16_t before, ClientIndex changed_holder);
  // The MFE has been made, or decided again.
  void AlertInstalled(uint32_t mfe);
  // The MFE is about to come in on another interface, or on none (kNoSlot). Whoever loses it to another client, and has
  // had JOIN for it, gets PRUNE, and hears no more of it until the MFE is installed anew. Returns whether somebody
  // does.
  bool AlertMove(uint32_t mfe, InterfaceSlot new_iif);
  // The interface, `before` another client's, keeps oifs: to who is on the iif of an MFE they were its own and are
  // another's now, or the other way about.
  void FollowOifs(const Interface<Family>& interface, ClientIndex before);
  // The last oif, of which PRUNE has been held back, does not come back.
  void AlertPruneAfterGrace(uint32_t mfe);

 private:
  bool HasOifsOfOthers(const MfeOf<Family>& mfe, ClientIndex holder) const;

  InterfaceTable<Family>& interfaces_;
  MfeCache<Family>& cache_;
  Alerts<Family>& alerts_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_MFE_ALERTS_H_
