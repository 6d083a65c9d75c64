#include <algorithm>

#include "control/mgm/group_manager.h"

// What a change of routes does (T24). The MFEs that may depend on a changed route are looked at
// some at a time: the first in the call, the others by Poll(). Memberships of single sources, which
// are few beside MFEs, are followed in the call, so that every later call finds them right.

namespace mgmd::mgm {

void GroupManager::FollowRoutesLater(const Ipv4Prefix& prefix) {
  constexpr size_t kSeparately = 16;
  // What has begun goes on, and is not begun anew: routes that change all the time must not keep it
  // from its end.
  for (const ChangedRoutes& other : changed_routes_) {
    if (other.next == 0 && other.prefix == prefix) return;
  }
  if (changed_routes_.size() < kSeparately) {
    changed_routes_.push_back({prefix, 0});
    return;
  }
  changed_routes_.resize(1);
  changed_routes_.push_back({Ipv4Prefix(Ipv4Address(), 0), 0});
}

bool GroupManager::FollowRoutes() {
  if (changed_routes_.empty()) return false;
  ChangedRoutes& changed = changed_routes_.front();
  const std::optional<uint64_t> rest =
      cache_.VisitSome(changed.next, kRouteLooksPerTurn, [&](uint32_t mfe) {
        const Mfe& depending = cache_[mfe];
        if (depending.key.is_wildcard() || !changed.prefix.Contains(depending.key.source())) return;
        if (!depending.Is(Mfe::kInherited) && HasOtherRoute(mfe)) DecideAgainLater(depending.key);
      });
  if (rest.has_value()) {
    changed.next = *rest;
  } else {
    changed_routes_.pop_front();
  }
  return true;
}

// Whether the routing table says something else than when the MFE was decided.
bool GroupManager::HasOtherRoute(uint32_t mfe) const {
  const uint32_t number = cache_.details(mfe).route;
  const std::optional<Route> route = routes_.Lookup(cache_[mfe].key.source());
  if (!route.has_value() || number == RouteUses::kNone) {
    return route.has_value() != (number != RouteUses::kNone);
  }
  const Route& old = route_uses_[number].route;
  return old.prefix != route->prefix || old.interface != route->interface ||
         old.upstream_neighbor != route->upstream_neighbor || old.protocol != route->protocol;
}

absl::Status GroupManager::RoutesChanged(const Ipv4Prefix& prefix) {
  if (absl::Status allowed = MayChange(); !allowed.ok()) return allowed;
  FollowRoutesLater(prefix);
  FollowRoutes();
  // Those who were asked for a source by a membership are no longer towards it; others are.
  std::vector<std::pair<Ipv4FibKey, ClientIndex>> to_join;
  for (const auto& [order, entry] : memberships_.all()) {
    if (entry->key.is_wildcard() || !prefix.Contains(entry->key.source())) continue;
    InterfaceId iif;
    const ClientIndex target = HolderTowards(entry->key.source(), &iif);
    for (const ClientIndex client : clients_.in_order()) {
      if (client == target || !entry->told.Contains(client)) continue;
      entry->told.Set(client, false);
      Push(Alert::Kind::kPrune, client, entry->key, iif, true);
    }
    if (target != kNoClient && !entry->told.Contains(target) &&
        memberships_.Others(target, *entry)) {
      entry->told.Set(target, true);
      to_join.emplace_back(entry->key, target);
    }
  }
  for (const auto& [key, target] : to_join) Push(Alert::Kind::kJoin, target, key, {}, true);
  if (context_ == Context::kNone) DecideAgain();
  Flush();
  Deliver();
  return absl::OkStatus();
}

}  // namespace mgmd::mgm
