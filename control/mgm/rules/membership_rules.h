#ifndef MGMD_CONTROL_MGM_RULES_MEMBERSHIP_RULES_H_
#define MGMD_CONTROL_MGM_RULES_MEMBERSHIP_RULES_H_

// Adding and deleting memberships: what they do to the component-group table, to MFEs, and who hears of it.

#include "absl/status/status.h"
#include "common/boundaries.h"
#include "control/mgm/group_manager_types.h"
#include "control/mgm/guarded_observer.h"
#include "control/mgm/rules/decider.h"
#include "control/mgm/rules/membership_alerts.h"
#include "control/mgm/rules/oil_edits.h"
#include "control/mgm/rules/proactive.h"
#include "control/mgm/state/enumerations.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

template <class Family>
class MembershipRules {
 public:
  // What it knows.
  struct Rules {
    GuardedObserver<Family>& observer;
    Enumerations<Family>& enumerations;
    Alerts<Family>& alerts;
    MembershipAlerts<Family>& membership_alerts;
    OilEdits<Family>& oils;
    Proactive<Family>& proactive;
    OpenDecisions<Family>& open;
    Questions<Family>& questions;
    Decider<Family>& decider;
    BoundariesOf<Family> boundaries = nullptr;
  };
  MembershipRules(Tables<Family>& tables, const Rules& rules)
      : ssm_(tables.ssm),
        clients_(tables.clients),
        interfaces_(tables.interfaces),
        memberships_(tables.memberships),
        cache_(tables.cache),
        grace_entries_(tables.grace_entries),
        rules_(rules) {}

  // Adds or deletes. Errors: group_manager.h.
  absl::Status Change(ClientHandle handle, const MembershipChangeOf<Family>& change);
  // The same (A27). kResourceExhausted: no memory; it may be half done.
  absl::Status ChangeOneOfMany(ClientHandle handle, const MembershipChangeOf<Family>& change);

  // The client, which has joined the entry on the interface, leaves it.
  void Leave(ClientIndex client, FibKey<Family> key, Interface<Family>& interface);
  // Drops what the client holds of a reference, and tells the others. Leaves the MFEs alone. `hold`: the client is
  // IGMP, and MFEs go on by the reference until it is added again, or EndGrace() (A28).
  void DropReference(ClientIndex client, FibKey<Family> key, Interface<Family>& interface, bool hold = false);
  // IGMP has not added the entry again in its grace time.
  void EndGrace(FibKey<Family> key, Interface<Family>& interface);

 private:
  absl::Status Check(ClientHandle handle, const MembershipChangeOf<Family>& change, ClientIndex& client,
                     Interface<Family>*& interface);
  // Whether no group of the key may cross the interface.
  bool IsStopped(const FibKey<Family>& key, InterfaceIdOf<Family> interface) const;
  bool HasJoined(ClientIndex client, FibKey<Family> key, const Interface<Family>& interface) const;
  // Whether the client names an iif for what a proactive membership of its asks for.
  bool NamesIif(ClientIndex client, FibKey<Family> key);
  // A reference of the client's has gone: the MFEs follow.
  void LeaveMfes(FibKey<Family> key, Interface<Family>& interface, bool as_igmp);
  void Join(ClientIndex client, FibKey<Family> key, Interface<Family>& interface, bool proactive);
  // IGMP has joined the key on the interface while decisions about what it covers wait for vetoes: they are to know
  // IGMP's, too (A26).
  void AskAboutOpen(FibKey<Family> key, const Interface<Family>& interface);
  void Forward(ClientIndex client, FibKey<Family> key, Interface<Family>& interface, bool add);

  const SsmRanges<Family>& ssm_;
  ClientRegistry<Family>& clients_;
  InterfaceTable<Family>& interfaces_;
  Memberships<Family>& memberships_;
  MfeCache<Family>& cache_;
  GraceEntries<Family>& grace_entries_;
  const Rules rules_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_MEMBERSHIP_RULES_H_
