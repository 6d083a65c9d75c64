#include "control/mgm/rules/ways.h"

#include <algorithm>
#include <utility>

namespace mgmd::mgm {

Way Ways::Inherited(uint32_t wider) const {
  Way way = Present(wider);
  way.inherited = true;
  return way;
}

Way Ways::Present(uint32_t mfe) const {
  return Way{.iif = cache_[mfe].iif_slot(),
             .orphan = false,
             .upstream_neighbor = cache_.details(mfe).upstream_neighbor,
             .route = {}};
}

Way Ways::First(Ipv4FibKey key, uint32_t covering) const {
  Way way;
  if (covering == kNoMfe || memberships_.IsProactive(key)) {
    if (const std::optional<Route<Ipv4>> route = routes_.Lookup(key.source())) {
      if (const Interface* interface = interfaces_.FindOrAdd(route->interface)) {
        way.iif = interface->slot;
        way.orphan = !interface->known();
        way.upstream_neighbor = route->upstream_neighbor;
        way.route = RouteUse{*route, route->prefix, route->protocol};
      }
    }
  }
  return way.orphan && covering != kNoMfe ? Inherited(covering) : way;
}

std::vector<ClientIndex> Ways::Namers(Ipv4FibKey key, uint32_t present) const {
  std::vector<ClientIndex> namers;
  const Entry* entry = memberships_.Find(key);
  if (entry == nullptr) return namers;
  for (const Reference& reference : entry->references) {
    const Interface& interface = interfaces_[reference.slot];
    for (const auto& [proactive, client] :
         {std::pair(reference.owner_proactive, interface.owner), std::pair(reference.igmp_proactive, interface.igmp)}) {
      if (!proactive || std::find(namers.begin(), namers.end(), client) != namers.end()) continue;
      // Who named the present iif goes on naming it.
      const bool named = present != kNoMfe && interfaces_[cache_[present].iif_slot()].Has(client);
      namers.insert(named ? namers.begin() : namers.end(), client);
    }
  }
  return namers;
}

bool Ways::HasNamerOn(const Entry& entry, const Interface& iif) const {
  return std::any_of(entry.references.begin(), entry.references.end(), [&](const Reference& reference) {
    const Interface& interface = interfaces_[reference.slot];
    return (reference.owner_proactive && iif.Has(interface.owner)) ||
           (reference.igmp_proactive && iif.Has(interface.igmp));
  });
}

}  // namespace mgmd::mgm
