#include "control/protocols/static/route_index.h"

namespace mgmd::protocols {

RouteIndex::RouteIndex(const std::vector<config::StaticMroute<Ipv4>>& routes) {
  routes_.reserve(routes.size());
  for (const config::StaticMroute<Ipv4>& route : routes) {
    routes_.try_emplace(route.key(), &route);
    if (!route.source) lengths_ |= uint64_t{1} << route.group.length();
  }
}

const config::StaticMroute<Ipv4>* RouteIndex::MostSpecific(Ipv4Address source, const Ipv4Prefix& group) const {
  const auto find = [&](Ipv4FibKey key) {
    const auto found = routes_.find(key);
    return found == routes_.end() ? nullptr : found->second;
  };
  if (group.length() == 32) {
    const auto key = Ipv4FibKey::SourceGroup(source, group.address());
    const auto* route = key ? find(*key) : nullptr;
    if (route != nullptr) return route;
  }
  for (int length = group.length(); length >= Ipv4::kAllGroupsLength; --length) {
    if ((lengths_ >> length & 1) == 0) continue;
    if (const auto* route = find(Ipv4FibKey::AnySource(group.address(), length))) return route;
  }
  return nullptr;
}

}  // namespace mgmd::protocols
