#include "control/protocols/static/route_index.h"

namespace mgmd::protocols {

template <class Family>
RouteIndex<Family>::RouteIndex(const config::StaticMroutes<Family>& routes) {
  routes_.reserve(routes.size());
  for (const Mroute& route : routes) {
    routes_.try_emplace(route.key(), &route);
    if (!route.source) lengths_.set(static_cast<size_t>(route.group.length()));
  }
}

template <class Family>
const config::StaticMroute<Family>* RouteIndex<Family>::MostSpecific(const typename Family::Address& source,
                                                                     const typename Family::Prefix& group) const {
  const auto find = [&](const FibKey<Family>& key) {
    const auto found = routes_.find(key);
    return found == routes_.end() ? nullptr : found->second;
  };
  if (group.length() == Family::kAddressBits) {
    const auto key = FibKey<Family>::SourceGroup(source, group.address());
    const auto* route = key ? find(*key) : nullptr;
    if (route != nullptr) return route;
  }
  for (int length = group.length(); length >= Family::kAllGroupsLength; --length) {
    if (!lengths_[static_cast<size_t>(length)]) continue;
    if (const auto* route = find(FibKey<Family>::AnySource(group.address(), length))) return route;
  }
  return nullptr;
}

template class RouteIndex<Ipv4>;
template class RouteIndex<Ipv6>;

}  // namespace mgmd::protocols
