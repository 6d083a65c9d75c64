#include "control/mgm/rules/ways.h"

#include <algorithm>
#include <utility>

namespace mgmd::mgm {

template <class Family>
Way<Family> Ways<Family>::Inherited(uint32_t wider) const {
  Way<Family> way = Present(wider);
  way.inherited = true;
  return way;
}

template <class Family>
Way<Family> Ways<Family>::Present(uint32_t mfe) const {
  return Way<Family>{.iif = cache_[mfe].iif_slot(),
                     .orphan = false,
                     .upstream_neighbour = cache_.details(mfe).upstream_neighbour,
                     .route = {}};
}

template <class Family>
Way<Family> Ways<Family>::First(FibKey<Family> key, uint32_t covering) const {
  Way<Family> way;
  if (covering == kNoMfe || memberships_.IsProactive(key)) {
    if (const std::optional<Route<Family>> route = routes_.Lookup(key.source())) {
      if (const auto* interface = interfaces_.FindOrAdd(route->interface)) {
        way.iif = interface->slot;
        way.orphan = !interface->known();
        way.upstream_neighbour = route->upstream_neighbour;
        way.route = RouteUse<Family>{*route, route->prefix, route->protocol};
      }
    }
  }
  return way.orphan && covering != kNoMfe ? Inherited(covering) : way;
}

template <class Family>
std::vector<ClientIndex> Ways<Family>::Namers(FibKey<Family> key, uint32_t present) const {
  std::vector<ClientIndex> namers;
  const auto* entry = memberships_.Find(key);
  if (entry == nullptr) return namers;
  for (const Reference& reference : entry->references) {
    const auto& interface = interfaces_[reference.slot];
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

template <class Family>
bool Ways<Family>::HasNamerOn(const Entry<Family>& entry, const Interface<Family>& iif) const {
  return std::any_of(entry.references.begin(), entry.references.end(), [&](const Reference& reference) {
    const auto& interface = interfaces_[reference.slot];
    return (reference.owner_proactive && iif.Has(interface.owner)) ||
           (reference.igmp_proactive && iif.Has(interface.igmp));
  });
}

template class Ways<Ipv4>;
template class Ways<Ipv6>;

}  // namespace mgmd::mgm
