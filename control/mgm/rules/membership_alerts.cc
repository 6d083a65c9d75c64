#include "control/mgm/rules/membership_alerts.h"

namespace mgmd::mgm {

template <class Family>
bool MembershipAlerts<Family>::Believes(ClientIndex client, const Entry<Family>& entry) const {
  if (memberships_.Others(client, entry)) return true;
  return entry.told.Contains(client) && grace_entries_.AnyPlace(entry.key, [&](InterfaceSlot slot) {
    const auto& interface = interfaces_[slot];
    return interface.holder() != client && interface.igmp != client;
  });
}

template <class Family>
void MembershipAlerts<Family>::AlertMembers(FibKey<Family> key, InterfaceIdOf<Family> cause) {
  if (key.is_wildcard()) {
    AlertWildcard(key, cause);
  } else {
    AlertSourceGroup(*memberships_.Find(key));
  }
}

template <class Family>
void MembershipAlerts<Family>::AlertWildcardClient(ClientIndex client, Entry<Family>& entry,
                                                   InterfaceIdOf<Family> cause, bool covered) {
  const bool others = Believes(client, entry);
  const bool told = entry.told.Contains(client);
  // While the client knows that others want everything, no group says anything new (A4).
  if (others == told || covered) return;
  entry.told.Set(client, others);
  alerts_.Push(others ? AlertKind::kJoin : AlertKind::kPrune, client, entry.key, cause, true);
}

template <class Family>
void MembershipAlerts<Family>::AlertWildcard(FibKey<Family> key, InterfaceIdOf<Family> cause) {
  const FibKey<Family> all_groups = FibKey<Family>::AllGroups();
  auto* const everything = memberships_.Find(all_groups);
  const auto covered = [&](ClientIndex client) { return everything != nullptr && everything->told.Contains(client); };
  auto& entry = *memberships_.Find(key);
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
  std::vector<FibKey<Family>> unused;
  for (const auto& [order, group] : memberships_.all()) {
    if (!group->key.is_wildcard() || group->key == all_groups) continue;
    for (const ClientIndex client : uncovered) AlertWildcardClient(client, *group, cause, false);
    if (!group->joined()) unused.push_back(group->key);
  }
  for (const FibKey<Family> unused_key : unused) memberships_.DropIfUnused(unused_key);
}

template <class Family>
void MembershipAlerts<Family>::AlertSourceGroup(Entry<Family>& entry) {
  const ClientIndex target = interfaces_.HolderOf(entry.towards);
  if (target == kNoClient) return;
  const bool others = Believes(target, entry);
  if (others == entry.told.Contains(target)) return;
  entry.told.Set(target, others);
  alerts_.Push(others ? AlertKind::kJoin : AlertKind::kPrune, target, entry.key, *entry.towards, true);
}

template <class Family>
void MembershipAlerts<Family>::FollowSource(Entry<Family>& entry, InterfaceIdOf<Family> was_towards) {
  const ClientIndex target = interfaces_.HolderOf(entry.towards);
  if (!entry.told.empty()) {
    for (const ClientIndex client : clients_.in_order()) {
      if (client == target || !entry.told.Contains(client)) continue;
      entry.told.Set(client, false);
      alerts_.Push(AlertKind::kPrune, client, entry.key, was_towards, true);
    }
  }
  AlertSourceGroup(entry);
}

template <class Family>
void MembershipAlerts<Family>::FollowHolder(const Interface<Family>& interface, ClientIndex before) {
  if (interface.holder() == before) return;
  for (const FibKey<Family> key : memberships_.Towards(interface.id)) {
    FollowSource(*memberships_.Find(key), interface.id);
    memberships_.DropIfUnused(key);
  }
}

// Memberships of single sources, which are few, unlike MFEs, are followed at once, so that every later call finds them
// right.
template <class Family>
void MembershipAlerts<Family>::FollowRoutes(const typename Family::Prefix& prefix) {
  std::vector<FibKey<Family>> unused;
  for (const auto& [order, entry] : memberships_.all()) {
    if (entry->key.is_wildcard() || !prefix.Contains(entry->key.source())) continue;
    const std::optional<InterfaceIdOf<Family>> before = entry->towards;
    memberships_.SetTowards(*entry, Towards(entry->key.source()));
    if (entry->towards == before) continue;
    // Those who were asked for the source are no longer towards it; others are.
    FollowSource(*entry, before.value_or(InterfaceIdOf<Family>()));
    if (!entry->joined()) unused.push_back(entry->key);
  }
  for (const FibKey<Family> key : unused) memberships_.DropIfUnused(key);
}

template <class Family>
std::optional<InterfaceIdOf<Family>> MembershipAlerts<Family>::Towards(typename Family::Address source) const {
  const std::optional<Route<Family>> route = routes_.Lookup(source);
  return route.has_value() ? std::optional(route->interface) : std::nullopt;
}

template class MembershipAlerts<Ipv4>;
template class MembershipAlerts<Ipv6>;

}  // namespace mgmd::mgm
