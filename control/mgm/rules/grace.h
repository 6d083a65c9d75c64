#ifndef MGMD_CONTROL_MGM_RULES_GRACE_H_
#define MGMD_CONTROL_MGM_RULES_GRACE_H_

// The grace time of A9, an option. A change of owner drops IGMP's memberships on the interface, and IGMP adds them
// again after ENABLE_IGMP: PRUNE, then JOIN, for something that nobody gave up. With a grace time these alerts are held
// back: forwarding stops as ever, but until the time is over a client that has been told of others goes on believing in
// them. An entry that comes back in time causes neither alert; one that does not, its PRUNE then.
//
// A held entry counts for others as IGMP's reference did: for all but the holder of its interface and IGMP itself.
// Alerts that the new count of the interface asks for (A1) are not held back.
//
// With a hitless takeover (A28) forwarding does not stop: the memberships keep IGMP's references as held ones, by which
// MFEs go on, and what has not come back in time ends as by a Delete. What clients hear of entries is the same.

#include <optional>

#include "control/mgm/group_manager_types.h"
#include "control/mgm/rules/membership_rules.h"
#include "control/mgm/rules/mfe_alerts.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

template <class Family>
class Grace {
 public:
  Grace(Tables<Family>& tables, Clock& clock, const IgmpTakeoverOf<Family>& takeover, MfeAlerts<Family>& mfe_alerts,
        MembershipRules<Family>& memberships)
      : interfaces_(tables.interfaces),
        cache_(tables.cache),
        grace_entries_(tables.grace_entries),
        clock_(clock),
        takeover_(takeover),
        mfe_alerts_(mfe_alerts),
        memberships_(memberships) {}

  bool on() const { return takeover_.grace > Time(0); }
  bool hitless() const { return takeover_.hitless; }
  // IGMP's reference to the entry goes, and is expected back.
  void Expect(FibKey<Family> key, const Interface<Family>& interface) {
    grace_entries_.Add(key, interface.slot, clock_.Now() + takeover_.grace);
  }
  // The MFE has lost its last oif, on the interface: whether PRUNE waits, since IGMP is expected to bring the oif back.
  bool ExpectOif(uint32_t mfe, const Interface<Family>& interface);
  // IGMP has left the interface: nothing comes back.
  void End(Interface<Family>& interface);
  // What has not come back in time. Returns whether there was anything.
  bool EndDue();
  std::optional<Time> NextDeadline() const { return grace_entries_.NextDeadline(); }

 private:
  void EndEdge(MfeRef edge);

  InterfaceTable<Family>& interfaces_;
  MfeCache<Family>& cache_;
  GraceEntries<Family>& grace_entries_;
  Clock& clock_;
  const IgmpTakeoverOf<Family> takeover_;
  MfeAlerts<Family>& mfe_alerts_;
  MembershipRules<Family>& memberships_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_GRACE_H_
