#include "control/mgm/rules/route_following.h"

#include <optional>

namespace mgmd::mgm {

template <class Family>
void RouteFollowing<Family>::Add(const typename Family::Prefix& prefix) {
  constexpr size_t kSeparately = 16;
  // What has begun goes on, and is not begun anew: routes that change all the time must not keep it
  // from its end.
  for (const Changed& other : changed_) {
    if (other.next == FirstOrder<Family>() && other.prefix == prefix) return;
  }
  if (changed_.size() < kSeparately) {
    changed_.push_back({prefix, {}});
    return;
  }
  changed_.resize(1);
  changed_.push_back({typename Family::Prefix(typename Family::Address(), 0), {}});
}

template <class Family>
void RouteFollowing<Family>::FollowHolder(const Interface<Family>& interface, ClientIndex before) {
  if (interface.holder() == before) return;
  // Streams that its holder had brought in elsewhere, and those that found nobody on it and came in
  // by a wider MFE, are looked at in the next turn.
  if (mfes_.HasLedAway(interface.id) || (before == kNoClient && cache_.wildcards() != 0)) {
    Add(typename Family::Prefix(typename Family::Address(), 0));
  }
}

template <class Family>
bool RouteFollowing<Family>::Run() {
  if (changed_.empty()) return false;
  Changed& changed = changed_.front();
  const auto rest = cache_.VisitSome(changed.next, kLooksPerTurn, [&](uint32_t mfe) {
    const auto& depending = cache_[mfe];
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
template <class Family>
bool RouteFollowing<Family>::HasOtherRoute(uint32_t mfe) const {
  const auto& decided = cache_[mfe];
  const std::optional<Route<Family>> route = routes_.Lookup(decided.key.source());
  if (decided.Is(Mfe::kInherited)) {
    // By itself it found no way.
    return decided.Is(Mfe::kProactive) && route.has_value() && interfaces_.HolderOf(route->interface) != kNoClient;
  }
  const auto* use = mfes_.RouteOf(mfe);
  if (!route.has_value() || use == nullptr) return route.has_value() != (use != nullptr);
  if (!route->IsSameWay(use->route)) return true;
  const auto& iif = interfaces_[decided.iif_slot()];
  return iif.id != route->interface && iif.holder() != interfaces_.HolderOf(route->interface);
}

template class RouteFollowing<Ipv4>;
template class RouteFollowing<Ipv6>;

}  // namespace mgmd::mgm
