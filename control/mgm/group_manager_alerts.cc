#include "control/mgm/group_manager_alerts.h"

#include <algorithm>
#include <limits>

// Who is alerted, and when. JOIN and PRUNE for memberships follow ext(c,E) of the specification's
// section 1.6 with A3 and A4; those for MFEs follow rules 4 and 5 of RFC 2715 (A5).

namespace mgmd::mgm {

void GroupManager::Push(Alert::Kind kind, ClientIndex client, Ipv4FibKey key, InterfaceId interface, bool membership) {
  alerts_.Push({key, clients_[client].handle, interface, client, kind, membership});
}

void GroupManager::Deliver() {
  if (context_ != Context::kNone) return;  // the outermost call does
  while (!alerts_.empty()) {
    const Alert alert = alerts_.Pop();
    if (!clients_.Is(alert.client, alert.handle)) continue;
    ++delivered_;
    switch (alert.kind) {
      case Alert::Kind::kJoin:
        CallBack(alert.client, "JOIN", Context::kAlert,
                 [&](ClientCallbacks& client) { client.Join(alert.key, alert.membership); });
        break;
      case Alert::Kind::kPrune:
        DeliverPrune(alert);
        break;
      case Alert::Kind::kLocalJoin:
        CallBack(alert.client, "LOCAL_JOIN", Context::kAlert,
                 [&](ClientCallbacks& client) { client.LocalJoin(alert.key, alert.interface); });
        break;
      case Alert::Kind::kLocalLeave:
        CallBack(alert.client, "LOCAL_LEAVE", Context::kAlert,
                 [&](ClientCallbacks& client) { client.LocalLeave(alert.key, alert.interface); });
        break;
    }
  }
}

void GroupManager::DeliverPrune(const Alert& alert) {
  uint32_t timeout = kDefaultTimeout;
  CallBack(alert.client, "PRUNE", Context::kAlert,
           [&](ClientCallbacks& client) { client.Prune(alert.key, alert.interface, alert.membership, timeout); });
  if (alert.membership || timeout == kDefaultTimeout) return;
  const uint32_t mfe = cache_.Find(alert.key);
  // Who has lost the MFE to another says nothing about its life.
  if (mfe == kNoMfe || cache_[mfe].iif_slot() == kNoSlot ||
      interfaces_[cache_[mfe].iif_slot()].holder() != alert.client) {
    return;
  }
  if (timeout == 0) timeout = kDefaultTimeout;  // A14
  // The client says how long from now; the MFE's timeout is its whole life.
  const int64_t age = (clock_.Now() - Time(cache_[mfe].created)).count() / 1000000;
  cache_[mfe].timeout = static_cast<uint32_t>(std::min<int64_t>(age + timeout, std::numeric_limits<uint32_t>::max()));
  Schedule(mfe);
}

void GroupManager::AlertWildcardClient(ClientIndex client, Entry& entry, InterfaceId cause, bool covered) {
  const bool others = Believes(client, entry);
  const bool told = entry.told.Contains(client);
  // While the client knows that others want everything, no group says anything new (A4).
  if (others == told || covered) return;
  entry.told.Set(client, others);
  Push(others ? Alert::Kind::kJoin : Alert::Kind::kPrune, client, entry.key, cause, true);
}

void GroupManager::AlertWildcard(Ipv4FibKey key, InterfaceId cause) {
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
  for (const Ipv4FibKey key : unused) memberships_.DropIfUnused(key);
}

ClientIndex GroupManager::HolderOf(std::optional<InterfaceId> id) const {
  const Interface* interface = id.has_value() ? interfaces_.Find(*id) : nullptr;
  return interface == nullptr ? kNoClient : interface->holder();
}

void GroupManager::AlertMembers(Ipv4FibKey key, InterfaceId cause) {
  if (key.is_wildcard()) {
    AlertWildcard(key, cause);
  } else {
    AlertSourceGroup(*memberships_.Find(key));
  }
}

void GroupManager::AlertSourceGroup(Entry& entry) {
  const ClientIndex target = HolderOf(entry.towards);
  if (target == kNoClient) return;
  const bool others = Believes(target, entry);
  if (others == entry.told.Contains(target)) return;
  entry.told.Set(target, others);
  Push(others ? Alert::Kind::kJoin : Alert::Kind::kPrune, target, entry.key, *entry.towards, true);
}

void GroupManager::FollowSource(Entry& entry, InterfaceId was_towards) {
  const ClientIndex target = HolderOf(entry.towards);
  if (!entry.told.empty()) {
    for (const ClientIndex client : clients_.in_order()) {
      if (client == target || !entry.told.Contains(client)) continue;
      entry.told.Set(client, false);
      Push(Alert::Kind::kPrune, client, entry.key, was_towards, true);
    }
  }
  AlertSourceGroup(entry);
}

void GroupManager::FollowHolder(const Interface& interface, ClientIndex before) {
  if (interface.holder() == before) return;
  for (const Ipv4FibKey key : memberships_.Towards(interface.id)) {
    FollowSource(*memberships_.Find(key), interface.id);
    memberships_.DropIfUnused(key);
  }
  // Streams that its holder had brought in elsewhere, and those that found nobody on it and came in
  // by a wider MFE, are looked at in the next turn.
  if (led_away_.contains(interface.id) || (before == kNoClient && cache_.wildcards() != 0)) {
    FollowRoutesLater(Ipv4Prefix(Ipv4Address(), 0));
  }
}

void GroupManager::AlertEdge(uint32_t mfe, uint16_t before, ClientIndex changed_holder) {
  Mfe& changed = cache_[mfe];
  if ((before == 0) == (changed.active == 0) || changed.Is(Mfe::kOrphan)) return;
  NoteBefore(changed, before);
  const Interface& iif = interfaces_[changed.iif_slot()];
  const ClientIndex holder = iif.holder();
  if (holder == kNoClient || holder == changed_holder) return;
  if (changed.Is(Mfe::kHeldPrune)) {
    // It has not been told that the last oif went: no news that there is one again, nor that the
    // next one went, too.
    if (changed.active != 0) changed.Set(Mfe::kHeldPrune, false);
    return;
  }
  Push(changed.active != 0 ? Alert::Kind::kJoin : Alert::Kind::kPrune, holder, changed.key, iif.id, false);
}

}  // namespace mgmd::mgm
