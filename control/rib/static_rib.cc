#include "control/rib/static_rib.h"

namespace mgmd {

template <class Family>
bool StaticRib<Family>::Add(const Route<Family>& route) {
  return by_length_[route.prefix.length()].try_emplace(route.prefix.address(), route).second;
}

template <class Family>
std::optional<Route<Family>> StaticRib<Family>::Lookup(const typename Family::Address& source) const {
  for (int length = Family::kAddressBits; length >= 0; --length) {
    const Routes& routes = by_length_[length];
    if (routes.empty()) continue;
    const auto found = routes.find(typename Family::Prefix(source, length).address());
    if (found != routes.end()) return found->second;
  }
  return std::nullopt;
}

template class StaticRib<Ipv4>;
template class StaticRib<Ipv6>;

}  // namespace mgmd
