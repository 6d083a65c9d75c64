#ifndef MGMD_CONTROL_MGM_RULES_MEMBERSHIP_ALERTS_H_
#define MGMD_CONTROL_MGM_RULES_MEMBERSHIP_ALERTS_H_

// What clients hear of membership entries: JOIN when the first of the others joins one, PRUNE when the last leaves it
// (ext(c,E) of docs/decisions.md with A3 and A4). Of a wildcard entry everybody hears; of a single
// source's only the holder of the interface that the routing table leads to the source by.
//
// Each entry remembers who believes it joined (Entry::told); an alert is what makes belief and truth agree again.

#include <optional>

#include "common/route_table.h"
#include "control/mgm/rules/alerts.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

template <class Family>
class MembershipAlerts {
 public:
  MembershipAlerts(Tables<Family>& tables, const RouteTable<Family>& routes, Alerts<Family>& alerts)
      : clients_(tables.clients),
        interfaces_(tables.interfaces),
        memberships_(tables.memberships),
        grace_entries_(tables.grace_entries),
        routes_(routes),
        alerts_(alerts) {}

  // Compares what clients have been told of the entry, which exists, with what is so. `cause`: where it changed.
  void AlertMembers(FibKey<Family> key, InterfaceIdOf<Family> cause);
  // Another client holds the interface than `before`: the entries towards it are its holder's now.
  void FollowHolder(const Interface<Family>& interface, ClientIndex before);
  // Routes towards sources in the prefix have changed.
  void FollowRoutes(const typename Family::Prefix& prefix);
  // The interface that the routing table leads to the source by.
  std::optional<InterfaceIdOf<Family>> Towards(typename Family::Address source) const;

 private:
  void AlertWildcard(FibKey<Family> key, InterfaceIdOf<Family> cause);
  void AlertWildcardClient(ClientIndex client, Entry<Family>& entry, InterfaceIdOf<Family> cause, bool covered);
  void AlertSourceGroup(Entry<Family>& entry);
  // The entry's source is towards another interface, or another client, than it was.
  void FollowSource(Entry<Family>& entry, InterfaceIdOf<Family> was_towards);
  // Whether others than the client want the entry, or it may go on believing so (grace.h).
  bool Believes(ClientIndex client, const Entry<Family>& entry) const;

  ClientRegistry<Family>& clients_;
  InterfaceTable<Family>& interfaces_;
  Memberships<Family>& memberships_;
  const GraceEntries<Family>& grace_entries_;
  const RouteTable<Family>& routes_;
  Alerts<Family>& alerts_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_MEMBERSHIP_ALERTS_H_
