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
  const std::optional<uint64_t> rest = cache_.VisitSome(changed.next, kRouteLooksPerTurn, [&](uint32_t mfe) {
    const Mfe& depending = cache_[mfe];
    if (depending.key.is_wildcard() || !changed.prefix.Contains(depending.key.source())) return;
    if (HasOtherRoute(mfe)) DecideAgainLater(depending.key);
  });
  if (rest.has_value()) {
    changed.next = *rest;
  } else {
    changed_routes_.pop_front();
  }
  return true;
}

// Whether the routing table says something else than when the MFE was decided, or the same of an
// interface that is somebody else's now.
bool GroupManager::HasOtherRoute(uint32_t mfe) const {
  const Mfe& decided = cache_[mfe];
  const std::optional<Route> route = routes_.Lookup(decided.key.source());
  if (decided.Is(Mfe::kInherited)) {
    // By itself it found no way.
    return decided.Is(Mfe::kProactive) && route.has_value() && HolderOf(route->interface) != kNoClient;
  }
  const uint32_t number = cache_.details(mfe).route;
  if (!route.has_value() || number == RouteUses::kNone) {
    return route.has_value() != (number != RouteUses::kNone);
  }
  const Route& old = route_uses_[number].route;
  if (old.prefix != route->prefix || old.interface != route->interface ||
      old.upstream_neighbor != route->upstream_neighbor || old.protocol != route->protocol) {
    return true;
  }
  const Interface& iif = interfaces_[decided.iif_slot()];
  return iif.id != old.interface && iif.holder() != HolderOf(old.interface);
}

void GroupManager::CountLedAway(uint32_t mfe, int change) {
  const uint32_t number = cache_.details(mfe).route;
  if (number == RouteUses::kNone) return;
  const InterfaceId routed = route_uses_[number].route.interface;
  if (interfaces_[cache_[mfe].iif_slot()].id == routed) return;
  const auto place = led_away_.try_emplace(routed, 0).first;
  place->second += change;
  if (place->second == 0) led_away_.erase(place);
}

std::optional<InterfaceId> GroupManager::Towards(Ipv4Address source) const {
  const std::optional<Route> route = routes_.Lookup(source);
  return route.has_value() ? std::optional(route->interface) : std::nullopt;
}

absl::Status GroupManager::RoutesChanged(const Ipv4Prefix& prefix) {
  if (absl::Status allowed = MayChange(); !allowed.ok()) return allowed;
  FollowRoutesLater(prefix);
  FollowRoutes();
  // Those who were asked for a source by a membership are no longer towards it; others are.
  std::vector<Ipv4FibKey> told;
  for (const auto& [order, entry] : memberships_.all()) {
    if (entry->key.is_wildcard() || !prefix.Contains(entry->key.source())) continue;
    const std::optional<InterfaceId> before = entry->towards;
    memberships_.SetTowards(*entry, Towards(entry->key.source()));
    if (entry->towards == before) continue;
    FollowSource(*entry, before.value_or(InterfaceId()));
    if (!entry->joined()) told.push_back(entry->key);
  }
  for (const Ipv4FibKey key : told) memberships_.DropIfUnused(key);
  if (context_ == Context::kNone) DecideAgain();
  Flush();
  Deliver();
  return absl::OkStatus();
}

}  // namespace mgmd::mgm
