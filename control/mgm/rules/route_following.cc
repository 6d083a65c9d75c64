#include "control/mgm/rules/route_following.h"

#include <optional>

namespace mgmd::mgm {

void RouteFollowing::Add(const Ipv4Prefix& prefix) {
  constexpr size_t kSeparately = 16;
  // What has begun goes on, and is not begun anew: routes that change all the time must not keep it
  // from its end.
  for (const Changed& other : changed_) {
    if (other.next == 0 && other.prefix == prefix) return;
  }
  if (changed_.size() < kSeparately) {
    changed_.push_back({prefix, 0});
    return;
  }
  changed_.resize(1);
  changed_.push_back({Ipv4Prefix(Ipv4Address(), 0), 0});
}

void RouteFollowing::FollowHolder(const Interface& interface, ClientIndex before) {
  if (interface.holder() == before) return;
  // Streams that its holder had brought in elsewhere, and those that found nobody on it and came in
  // by a wider MFE, are looked at in the next turn.
  if (mfes_.HasLedAway(interface.id) || (before == kNoClient && cache_.wildcards() != 0)) {
    Add(Ipv4Prefix(Ipv4Address(), 0));
  }
}

bool RouteFollowing::Run() {
  if (changed_.empty()) return false;
  Changed& changed = changed_.front();
  const std::optional<uint64_t> rest = cache_.VisitSome(changed.next, kLooksPerTurn, [&](uint32_t mfe) {
    const Mfe& depending = cache_[mfe];
    if (depending.key.is_wildcard() || !changed.prefix.Contains(depending.key.source())) return;
    if (HasOtherRoute(mfe)) queue_.Add(depending.key);
  });
  if (rest.has_value()) {
    changed.next = *rest;
  } else {
    changed_.pop_front();
  }
  return true;
}

// Whether the routing table says something else than when the MFE was decided, or the same of an
// interface that is somebody else's now.
bool RouteFollowing::HasOtherRoute(uint32_t mfe) const {
  const Mfe& decided = cache_[mfe];
  const std::optional<Route<Ipv4>> route = routes_.Lookup(decided.key.source());
  if (decided.Is(Mfe::kInherited)) {
    // By itself it found no way.
    return decided.Is(Mfe::kProactive) && route.has_value() && interfaces_.HolderOf(route->interface) != kNoClient;
  }
  const RouteUse* use = mfes_.RouteOf(mfe);
  if (!route.has_value() || use == nullptr) return route.has_value() != (use != nullptr);
  const Route<Ipv4>& old = use->route;
  if (old.prefix != route->prefix || old.interface != route->interface ||
      old.upstream_neighbor != route->upstream_neighbor || old.protocol != route->protocol) {
    return true;
  }
  const Interface& iif = interfaces_[decided.iif_slot()];
  return iif.id != old.interface && iif.holder() != interfaces_.HolderOf(old.interface);
}

}  // namespace mgmd::mgm
