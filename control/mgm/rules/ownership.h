#ifndef MGMD_CONTROL_MGM_RULES_OWNERSHIP_H_
#define MGMD_CONTROL_MGM_RULES_OWNERSHIP_H_

// Taking and releasing interfaces. A change of owner is one sequence, the same in both directions:
//
//   DISABLE_IGMP -> bump the stamp -> drop memberships, queueing their alerts -> one batch: delete the MFEs with the
//   interface as iif, take it out of every OIL -> settle -> ENABLE_IGMP -> alerts -> return; reclaiming follows
//
// The bump comes before the batch: from that store on no entry forwards by the interface, however many there are, and
// the batch's entries are built with the new stamp. Dead MFEs are only marked; the cache reclaims them later.
//
// IGMP's own release of an interface that a protocol owns is single leaves in one batch.

#include "absl/status/status.h"
#include "common/forwarder.h"
#include "control/mgm/group_manager_types.h"
#include "control/mgm/guarded_observer.h"
#include "control/mgm/rules/effects.h"
#include "control/mgm/rules/grace.h"
#include "control/mgm/rules/late_answers.h"
#include "control/mgm/rules/membership_rules.h"
#include "control/mgm/rules/release_traces.h"
#include "control/mgm/rules/route_following.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

class Ownership {
 public:
  // What it knows.
  struct Rules {
    Forwarder<Ipv4>& forwarder;
    Clock& clock;
    GuardedObserver& observer;
    ClientCalls& calls;
    Alerts& alerts;
    MfeAlerts& mfe_alerts;
    MembershipAlerts& membership_alerts;
    Grace& grace;
    MfeNews& news;
    MfeWriter& writer;
    Mfes& mfes;
    Effects& effects;
    DecisionQueue& queue;
    RouteFollowing& routes;
    Proactive& proactive;
    OilEdits& oils;
    LateAnswers& late_answers;
    MembershipRules& memberships;
    ReleaseTraces& traces;
  };
  Ownership(Tables& tables, const Rules& rules)
      : clients_(tables.clients),
        interfaces_(tables.interfaces),
        memberships_(tables.memberships),
        cache_(tables.cache),
        rules_(rules) {}

  // Errors: group_manager.h. Entries are with the forwarder, and alerts delivered, when they return.
  absl::Status Take(ClientHandle handle, InterfaceId id);
  absl::Status Release(ClientHandle handle, InterfaceId id);

 private:
  void ReleaseIgmp(Interface& interface, ClientIndex client);
  void ChangeOwner(Interface& interface, ClientIndex client, bool take);
  void FinishRelease(ReleaseTracer& tracer, BatchId batch, ClientIndex igmp, const Interface& interface);
  void FollowHolder(const Interface& interface, ClientIndex before);
  size_t DropMemberships(Interface& interface, bool igmp_comes_back);
  // Fill the writer's batch. Return how many changes.
  size_t FillDeletions(Interface& interface);
  size_t FillUpdates(Interface& interface);
  void ReviveOrphans(Interface& interface);

  ClientRegistry& clients_;
  InterfaceTable& interfaces_;
  Memberships& memberships_;
  MfeCache& cache_;
  const Rules rules_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_OWNERSHIP_H_
