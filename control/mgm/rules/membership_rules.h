#ifndef MGMD_CONTROL_MGM_RULES_MEMBERSHIP_RULES_H_
#define MGMD_CONTROL_MGM_RULES_MEMBERSHIP_RULES_H_

// Adding and deleting memberships: what they do to the component-group table, to MFEs, and who hears of it.

#include "absl/status/status.h"
#include "control/mgm/group_manager_types.h"
#include "control/mgm/guarded_observer.h"
#include "control/mgm/rules/decider.h"
#include "control/mgm/rules/membership_alerts.h"
#include "control/mgm/rules/oil_edits.h"
#include "control/mgm/rules/proactive.h"
#include "control/mgm/state/enumerations.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

class MembershipRules {
 public:
  // What it knows.
  struct Rules {
    GuardedObserver& observer;
    Enumerations& enumerations;
    Alerts& alerts;
    MembershipAlerts& membership_alerts;
    OilEdits& oils;
    Proactive& proactive;
    OpenDecisions& open;
    Questions& questions;
    Decider& decider;
  };
  MembershipRules(Tables& tables, const Rules& rules)
      : clients_(tables.clients),
        interfaces_(tables.interfaces),
        memberships_(tables.memberships),
        cache_(tables.cache),
        grace_entries_(tables.grace_entries),
        rules_(rules) {}

  // Errors: group_manager.h.
  absl::Status Add(ClientHandle handle, Ipv4FibKey key, InterfaceId id, MembershipFlags flags);
  absl::Status Delete(ClientHandle handle, Ipv4FibKey key, InterfaceId id, MembershipFlags flags);
  // Either, as one of many (A27). kResourceExhausted: no memory; it may be half done.
  absl::Status Change(ClientHandle handle, const MembershipChange& change);

  // The client, which has joined the entry on the interface, leaves it.
  void Leave(ClientIndex client, Ipv4FibKey key, Interface& interface);
  // Drops what the client holds of a reference, and tells the others. Leaves the MFEs alone.
  void DropReference(ClientIndex client, Ipv4FibKey key, Interface& interface);

 private:
  absl::Status Check(ClientHandle handle, Ipv4FibKey key, InterfaceId id, MembershipFlags flags, bool adding,
                     ClientIndex& client, Interface*& interface);
  void Join(ClientIndex client, Ipv4FibKey key, Interface& interface, bool proactive);
  void Forward(ClientIndex client, Ipv4FibKey key, Interface& interface, bool add);

  ClientRegistry& clients_;
  InterfaceTable& interfaces_;
  Memberships& memberships_;
  MfeCache& cache_;
  GraceEntries& grace_entries_;
  const Rules rules_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_MEMBERSHIP_RULES_H_
