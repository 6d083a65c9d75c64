#ifndef MGMD_CONTROL_MGM_RULES_MEMBERSHIP_ALERTS_H_
#define MGMD_CONTROL_MGM_RULES_MEMBERSHIP_ALERTS_H_

// What clients hear of membership entries: JOIN when the first of the others joins one, PRUNE when the last leaves it
// (ext(c,E) of docs/decisions.md with A3 and A4). Of a wildcard entry everybody hears; of a single
// source's only the holder of the interface that the routing table leads to the source by.
//
// Each entry remembers who believes it joined (Entry::told); an alert is what makes belief and truth agree again.

#include <optional>
#include <vector>

#include "common/route_table.h"
#include "control/mgm/rules/alerts.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

class MembershipAlerts {
 public:
  MembershipAlerts(Tables& tables, const RouteTable<Ipv4>& routes, Alerts& alerts)
      : clients_(tables.clients),
        interfaces_(tables.interfaces),
        memberships_(tables.memberships),
        grace_entries_(tables.grace_entries),
        routes_(routes),
        alerts_(alerts) {}

  // Compares what clients have been told of the entry, which exists, with what is so. `cause`: where it changed.
  void AlertMembers(Ipv4FibKey key, InterfaceId cause);
  // Another client holds the interface than `before`: the entries towards it are its holder's now.
  void FollowHolder(const Interface& interface, ClientIndex before);
  // Routes towards sources in the prefix have changed.
  void FollowRoutes(const Ipv4Prefix& prefix);
  // The interface that the routing table leads to the source by.
  std::optional<InterfaceId> Towards(Ipv4Address source) const;

 private:
  void AlertWildcard(Ipv4FibKey key, InterfaceId cause);
  void AlertWildcardClient(ClientIndex client, Entry& entry, InterfaceId cause, bool covered);
  void AlertSourceGroup(Entry& entry);
  // The entry's source is towards another interface, or another client, than it was.
  void FollowSource(Entry& entry, InterfaceId was_towards);
  // Whether others than the client want the entry, or it may go on believing so (grace.h).
  bool Believes(ClientIndex client, const Entry& entry) const;

  ClientRegistry& clients_;
  InterfaceTable& interfaces_;
  Memberships& memberships_;
  const GraceEntries& grace_entries_;
  const RouteTable<Ipv4>& routes_;
  Alerts& alerts_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_MEMBERSHIP_ALERTS_H_
