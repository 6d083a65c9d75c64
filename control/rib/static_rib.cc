#include "control/rib/static_rib.h"

namespace mgmd {

bool StaticRib::Add(const Route<Ipv4>& route) {
  return by_length_[route.prefix.length()].try_emplace(route.prefix.address().host_order(), route).second;
}

std::optional<Route<Ipv4>> StaticRib::Lookup(const Ipv4Address& source) const {
  for (int length = 32; length >= 0; --length) {
    const auto& routes = by_length_[length];
    if (routes.empty()) continue;
    const auto found = routes.find(Ipv4Prefix(source, length).address().host_order());
    if (found != routes.end()) return found->second;
  }
  return std::nullopt;
}

}  // namespace mgmd
