#include "control/views/routes.h"

#include <utility>

#include "common/oif_index.h"
#include "control/mgm/host.h"

namespace mgmd::views {
namespace {

template <class Family>
class RouteReader {
 public:
  RouteReader(Forwarder<Family>& forwarder, std::vector<RouteOf<Family>>& routes)
      : forwarder_(forwarder), routes_(routes) {}

  static void Visit(void* context, const mgm::MfeView<Family>& mfe) { static_cast<RouteReader*>(context)->Add(mfe); }

 private:
  void Add(const mgm::MfeView<Family>& mfe) {
    EntryCounters counters = forwarder_.Read(mfe.key).value_or(EntryCounters());
    RouteOf<Family>& route = routes_.emplace_back();
    route.key = mfe.key;
    if (mfe.has_iif) route.iif = mfe.iif;
    route.up_time = mfe.up_time;
    route.packets = counters.packets;
    route.octets = counters.octets;
    route.drops = std::move(counters.drops);
    index_.Load(counters.oifs);
    for (const InterfaceIdOf<Family>& interface : mfe.oifs) {
      RouteOifOf<Family>& oif = route.oifs.emplace_back(RouteOifOf<Family>{.interface = interface});
      const OifCounters* counted = index_.Find(counters.oifs, forwarder_.Slot(interface));
      if (counted == nullptr) continue;
      oif.packets = counted->packets;
      oif.lost = counted->ttl_too_low + counted->frag_needed + counted->discards;
    }
  }

  Forwarder<Family>& forwarder_;
  std::vector<RouteOf<Family>>& routes_;
  OifIndex index_;
};

}  // namespace

template <class Family>
RoutePageOf<Family> ReadRoutes(Forwarder<Family>& forwarder, std::optional<FibKey<Family>> from, size_t limit) {
  RoutePageOf<Family> page{.routes = {}, .next = {}, .total = MgmHostCountMfes<Family>()};
  RouteReader<Family> reader(forwarder, page.routes);
  FibKey<Family> cursor = from.value_or(FibKey<Family>());
  if (MgmHostReadMfes(cursor, limit, &RouteReader<Family>::Visit, &reader)) page.next = cursor;
  return page;
}

template <class Family>
std::optional<RouteOf<Family>> ReadRoute(Forwarder<Family>& forwarder, const FibKey<Family>& key) {
  std::vector<RouteOf<Family>> routes;
  RouteReader<Family> reader(forwarder, routes);
  if (!MgmHostReadMfe(key, &RouteReader<Family>::Visit, &reader)) return std::nullopt;
  return std::move(routes.front());
}

#define MGMD_OF_FAMILY(Family)                                                                                \
  template RoutePageOf<Family> ReadRoutes<Family>(Forwarder<Family>&, std::optional<FibKey<Family>>, size_t); \
  template std::optional<RouteOf<Family>> ReadRoute<Family>(Forwarder<Family>&, const FibKey<Family>&)
MGMD_OF_FAMILY(Ipv4);
MGMD_OF_FAMILY(Ipv6);
#undef MGMD_OF_FAMILY

}  // namespace mgmd::views
