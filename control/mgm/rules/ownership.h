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
// With a hitless takeover (A28) an interface that IGMP is on keeps its stamp, which a bump would take from IGMP's oifs,
// too, until the batch has come to each. The batch deletes the MFEs with the interface as iif, takes out what an owner
// alone held, and touches no entry that IGMP's oifs leave as it is. What silences old entries is then the batch itself:
// an update that the forwarder refuses becomes a deletion, and after the settle no worker is inside an entry of before.
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

template <class Family>
class Ownership {
 public:
  // What it knows.
  struct Rules {
    Forwarder<Family>& forwarder;
    Clock& clock;
    GuardedObserver<Family>& observer;
    ClientCalls<Family>& calls;
    Alerts<Family>& alerts;
    MfeAlerts<Family>& mfe_alerts;
    MembershipAlerts<Family>& membership_alerts;
    Grace<Family>& grace;
    MfeNews<Family>& news;
    MfeWriter<Family>& writer;
    Mfes<Family>& mfes;
    Effects<Family>& effects;
    DecisionQueue<Family>& queue;
    RouteFollowing<Family>& routes;
    Proactive<Family>& proactive;
    OilEdits<Family>& oils;
    OpenDecisions<Family>& open;
    LateAnswers<Family>& late_answers;
    MembershipRules<Family>& memberships;
    ReleaseTraces<Family>& traces;
  };
  Ownership(Tables<Family>& tables, const Rules& rules)
      : clients_(tables.clients),
        interfaces_(tables.interfaces),
        memberships_(tables.memberships),
        cache_(tables.cache),
        rules_(rules) {}

  // Errors: group_manager.h. Entries are with the forwarder, and alerts delivered, when they return.
  absl::Status Take(ClientHandle handle, InterfaceIdOf<Family> id);
  absl::Status Release(ClientHandle handle, InterfaceIdOf<Family> id);

 private:
  void ReleaseIgmp(Interface<Family>& interface, ClientIndex client);
  void ChangeOwner(Interface<Family>& interface, ClientIndex client, bool take);
  void FinishRelease(ReleaseTracer& tracer, BatchId batch, ClientIndex igmp, const Interface<Family>& interface);
  void FollowHolder(const Interface<Family>& interface, ClientIndex before);
  struct Dropped {
    size_t references = 0;
    size_t held = 0;
  };
  Dropped DropMemberships(Interface<Family>& interface, bool igmp_comes_back);
  // Fill the writer's batch. Return how many changes.
  size_t FillDeletions(Interface<Family>& interface);
  size_t FillUpdates(Interface<Family>& interface);
  size_t FillHitlessUpdates(const Interface<Family>& interface);
  void ReviveOrphans(Interface<Family>& interface);

  ClientRegistry<Family>& clients_;
  InterfaceTable<Family>& interfaces_;
  Memberships<Family>& memberships_;
  MfeCache<Family>& cache_;
  const Rules rules_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_OWNERSHIP_H_
