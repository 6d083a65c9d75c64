#include "control/views/routes.h"

#include <utility>

#include "common/oif_index.h"
#include "control/mgm/host.h"

namespace mgmd::views {
namespace {

class RouteReader {
 public:
  RouteReader(Forwarder<Ipv4>& forwarder, std::vector<Route>& routes) : forwarder_(forwarder), routes_(routes) {}

  static void Visit(void* context, const mgm::MfeView<Ipv4>& mfe) { static_cast<RouteReader*>(context)->Add(mfe); }

 private:
  void Add(const mgm::MfeView<Ipv4>& mfe) {
    EntryCounters counters = forwarder_.Read(mfe.key).value_or(EntryCounters());
    Route& route = routes_.emplace_back();
    route.key = mfe.key;
    if (mfe.has_iif) route.iif = mfe.iif;
    route.up_time = mfe.up_time;
    route.packets = counters.packets;
    route.octets = counters.octets;
    route.drops = std::move(counters.drops);
    index_.Load(counters.oifs);
    for (const InterfaceId& interface : mfe.oifs) {
      RouteOif& oif = route.oifs.emplace_back(RouteOif{.interface = interface});
      const OifCounters* counted = index_.Find(counters.oifs, forwarder_.Slot(interface));
      if (counted == nullptr) continue;
      oif.packets = counted->packets;
      oif.lost = counted->ttl_too_low + counted->frag_needed + counted->discards;
    }
  }

  Forwarder<Ipv4>& forwarder_;
  std::vector<Route>& routes_;
  OifIndex index_;
};

}  // namespace

RoutePage ReadRoutes(Forwarder<Ipv4>& forwarder, std::optional<Ipv4FibKey> from, size_t limit) {
  RoutePage page{.routes = {}, .next = {}, .total = MgmHostCountMfes<Ipv4>()};
  RouteReader reader(forwarder, page.routes);
  Ipv4FibKey cursor = from.value_or(Ipv4FibKey());
  if (MgmHostReadMfes(cursor, limit, &RouteReader::Visit, &reader)) page.next = cursor;
  return page;
}

std::optional<Route> ReadRoute(Forwarder<Ipv4>& forwarder, const Ipv4FibKey& key) {
  std::vector<Route> routes;
  RouteReader reader(forwarder, routes);
  if (!MgmHostReadMfe(key, &RouteReader::Visit, &reader)) return std::nullopt;
  return std::move(routes.front());
}

}  // namespace mgmd::views
