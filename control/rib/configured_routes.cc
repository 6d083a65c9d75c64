#include "control/rib/configured_routes.h"

namespace mgmd {
namespace {

bool IsLinkLocal(const Ipv4Address&) { return false; }
bool IsLinkLocal(const Ipv6Address& address) { return address.is_link_local(); }

}  // namespace

template <class Family>
void AddConfiguredRoutes(const config::Config& config, StaticRib<Family>& rib) {
  for (const config::Interface& interface : config.interfaces) {
    for (const auto& address : interface.addresses.of<Family>()) {
      if (IsLinkLocal(address.address)) continue;
      rib.Add({.prefix = address.prefix(),
               .interface = interface.IdIn<Family>(),
               .upstream_neighbour = {},
               .protocol = StaticRib<Family>::kLocal});
    }
  }
  for (const auto& route : config.routes.of<Family>()) {
    rib.Add({.prefix = route.prefix,
             .interface = route.interface,
             .upstream_neighbour = route.next_hop,
             .protocol = StaticRib<Family>::kConfigured});
  }
  if (config.static_protocol() == nullptr) return;
  for (const auto& mroute : config.static_protocol()->mroutes.of<Family>()) {
    if (!mroute.source) continue;
    const auto known = rib.Lookup(*mroute.source);
    if (known && known->interface == mroute.from) continue;
    rib.Add({.prefix = typename Family::Prefix(*mroute.source, Family::kAddressBits),
             .interface = mroute.from,
             .upstream_neighbour = {},
             .protocol = StaticRib<Family>::kConfigured});
  }
}

template <class Family>
void AddProxiedSources(const config::Config& config, StaticRib<Family>& rib) {
  const auto& membership = config.membership.of<Family>();
  if (!membership) return;
  for (const config::MembershipProxy<Family>& proxy : membership->proxies) {
    for (const auto& prefix : proxy.sources) {
      rib.Add({.prefix = prefix,
               .interface = {.index = proxy.upstream.index, .next_hop = {}},
               .upstream_neighbour = {},
               .protocol = StaticRib<Family>::kConfigured});
    }
  }
}

template void AddConfiguredRoutes(const config::Config& config, StaticRib<Ipv4>& rib);
template void AddConfiguredRoutes(const config::Config& config, StaticRib<Ipv6>& rib);
template void AddProxiedSources(const config::Config& config, StaticRib<Ipv4>& rib);
template void AddProxiedSources(const config::Config& config, StaticRib<Ipv6>& rib);

}  // namespace mgmd
