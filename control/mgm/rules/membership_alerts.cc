#include "control/mgm/rules/membership_alerts.h"

namespace mgmd::mgm {

bool MembershipAlerts::Believes(ClientIndex client, const Entry& entry) const {
  if (memberships_.Others(client, entry)) return true;
  return entry.told.Contains(client) && grace_entries_.AnyPlace(entry.key, [&](InterfaceSlot slot) {
    const Interface& interface = interfaces_[slot];
    return interface.holder() != client && interface.igmp != client;
  });
}

void MembershipAlerts::AlertMembers(Ipv4FibKey key, InterfaceId cause) {
  if (key.is_wildcard()) {
    AlertWildcard(key, cause);
  } else {
    AlertSourceGroup(*memberships_.Find(key));
  }
}

void MembershipAlerts::AlertWildcardClient(ClientIndex client, Entry& entry, InterfaceId cause, bool covered) {
  const bool others = Believes(client, entry);
  const bool told = entry.told.Contains(client);
  // While the client knows that others want everything, no group says anything new (A4).
  if (others == told || covered) return;
  entry.told.Set(client, others);
  alerts_.Push(others ? Alert::Kind::kJoin : Alert::Kind::kPrune, client, entry.key, cause, true);
}

void MembershipAlerts::AlertWildcard(Ipv4FibKey key, InterfaceId cause) {
  const Ipv4FibKey all_groups = Ipv4FibKey::AllGroups();
  Entry* const everything = memberships_.Find(all_groups);
  const auto covered = [&](ClientIndex client) { return everything != nullptr && everything->told.Contains(client); };
  Entry& entry = *memberships_.Find(key);
  if (entry.key != all_groups) {
    for (const ClientIndex client : clients_.in_order()) {
      AlertWildcardClient(client, entry, cause, covered(client));
    }
    return;
  }
  std::vector<ClientIndex> uncovered;
  for (const ClientIndex client : clients_.in_order()) {
    const bool before = covered(client);
    AlertWildcardClient(client, entry, cause, false);
    if (before && !covered(client)) uncovered.push_back(client);
  }
  if (uncovered.empty()) return;
  std::vector<Ipv4FibKey> unused;
  for (const auto& [order, group] : memberships_.all()) {
    if (!group->key.is_wildcard() || group->key == all_groups) continue;
    for (const ClientIndex client : uncovered) AlertWildcardClient(client, *group, cause, false);
    if (!group->joined()) unused.push_back(group->key);
  }
  for (const Ipv4FibKey unused_key : unused) memberships_.DropIfUnused(unused_key);
}

void MembershipAlerts::AlertSourceGroup(Entry& entry) {
  const ClientIndex target = interfaces_.HolderOf(entry.towards);
  if (target == kNoClient) return;
  const bool others = Believes(target, entry);
  if (others == entry.told.Contains(target)) return;
  entry.told.Set(target, others);
  alerts_.Push(others ? Alert::Kind::kJoin : Alert::Kind::kPrune, target, entry.key, *entry.towards, true);
}

void MembershipAlerts::FollowSource(Entry& entry, InterfaceId was_towards) {
  const ClientIndex target = interfaces_.HolderOf(entry.towards);
  if (!entry.told.empty()) {
    for (const ClientIndex client : clients_.in_order()) {
      if (client == target || !entry.told.Contains(client)) continue;
      entry.told.Set(client, false);
      alerts_.Push(Alert::Kind::kPrune, client, entry.key, was_towards, true);
    }
  }
  AlertSourceGroup(entry);
}

void MembershipAlerts::FollowHolder(const Interface& interface, ClientIndex before) {
  if (interface.holder() == before) return;
  for (const Ipv4FibKey key : memberships_.Towards(interface.id)) {
    FollowSource(*memberships_.Find(key), interface.id);
    memberships_.DropIfUnused(key);
  }
}

// Memberships of single sources, which are few, unlike MFEs, are followed at once, so that every later call finds them
// right.
void MembershipAlerts::FollowRoutes(const Ipv4Prefix& prefix) {
  std::vector<Ipv4FibKey> unused;
  for (const auto& [order, entry] : memberships_.all()) {
    if (entry->key.is_wildcard() || !prefix.Contains(entry->key.source())) continue;
    const std::optional<InterfaceId> before = entry->towards;
    memberships_.SetTowards(*entry, Towards(entry->key.source()));
    if (entry->towards == before) continue;
    // Those who were asked for the source are no longer towards it; others are.
    FollowSource(*entry, before.value_or(InterfaceId()));
    if (!entry->joined()) unused.push_back(entry->key);
  }
  for (const Ipv4FibKey key : unused) memberships_.DropIfUnused(key);
}

std::optional<InterfaceId> MembershipAlerts::Towards(Ipv4Address source) const {
  const std::optional<Route<Ipv4>> route = routes_.Lookup(source);
  return route.has_value() ? std::optional(route->interface) : std::nullopt;
}

}  // namespace mgmd::mgm
