#include "control/rib/static_rib.h"

namespace mgmd {

template <class Family>
bool StaticRib<Family>::Add(const Route<Family>& route) {
  return routes_.try_emplace(route.prefix, route).second;
}

template <class Family>
std::optional<Route<Family>> StaticRib<Family>::Lookup(const typename Family::Address& source) const {
  const auto* const found = LongestMatch(routes_, source);
  return found == nullptr ? std::nullopt : std::optional(found->second);
}

template class StaticRib<Ipv4>;
template class StaticRib<Ipv6>;

}  // namespace mgmd
