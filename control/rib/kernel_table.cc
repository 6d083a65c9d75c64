#include "control/rib/kernel_table.h"

#include <linux/rtnetlink.h>

#include <tuple>

namespace mgmd {
namespace {

// Who made a route, in the MIB's numbers (IANAipRouteProtocol, which PROTO_IP_* are).
uint32_t MibProtocol(uint8_t protocol) {
  switch (protocol) {
    case RTPROT_KERNEL:
      return 2;  // local
    case RTPROT_BOOT:
    case RTPROT_STATIC:
      return 3;  // netmgmt
    case RTPROT_REDIRECT:
    case RTPROT_RA:
      return 4;  // icmp
    case RTPROT_RIP:
      return 8;
    case RTPROT_ISIS:
      return 9;
    case RTPROT_OSPF:
      return 13;
    case RTPROT_BGP:
      return 14;
    case RTPROT_EIGRP:
      return 16;
    default:
      return 1;  // other
  }
}

}  // namespace

template <class Family>
void KernelTable<Family>::BeginDump() {
  ++dump_;
  objects_.clear();
  next_to_look_at_ = {};
}

template <class Family>
bool KernelTable<Family>::Add(const KernelRoute<Family>& route) {
  if (!Has(route)) return false;
  const std::optional<Way> way = route.unicast ? WayOf(route) : Way();
  if (!way) return false;
  const Entry read{.dump = dump_, .metric = route.metric, .way = *way, .protocol = route.protocol};
  const auto [place, added] = entries_.try_emplace(route.prefix, read);
  if (added) return true;
  Entry& known = place->second;
  if (known.dump == dump_ && known.metric <= read.metric) return false;
  const bool changed = known.way != read.way || known.protocol != read.protocol || known.metric != read.metric;
  known = read;
  return changed;
}

template <class Family>
std::optional<typename KernelTable<Family>::Way> KernelTable<Family>::WayOf(const KernelRoute<Family>& route) const {
  std::optional<Way> best;
  const auto look_at = [&](const KernelNextHop<Family>& next_hop) {
    if (!next_hop.alive) return;
    Way way;
    if (const auto interface = interface_of_(next_hop.netdev)) {
      way = {.interface = interface->index, .upstream_neighbour = next_hop.gateway};
    }
    // The same one whatever the order in which the kernel has them.
    const auto rank = [](const Way& each) {
      return std::tuple(each.interface == 0, each.upstream_neighbour, each.interface);
    };
    if (!best || rank(way) < rank(*best)) best = way;
  };
  for (const KernelNextHop<Family>& next_hop : route.next_hops) look_at(next_hop);
  const auto object = objects_.find(route.nexthop_object);
  if (!route.next_hops.empty() || object == objects_.end()) return best;
  if (object->second.group.empty()) look_at(object->second.next_hop);
  for (const uint32_t member : object->second.group) {
    if (const auto found = objects_.find(member); found != objects_.end()) look_at(found->second.next_hop);
  }
  return best;
}

template <class Family>
std::optional<Route<Family>> KernelTable<Family>::Lookup(const typename Family::Address& source) const {
  const auto* const found = LongestMatch(entries_, source);
  if (found == nullptr || found->second.way.interface == 0) return std::nullopt;
  return Route<Family>{.prefix = found->first,
                       .interface = {found->second.way.interface, {}},
                       .upstream_neighbour = found->second.way.upstream_neighbour,
                       .protocol = MibProtocol(found->second.protocol),
                       .metric = found->second.metric};
}

template class KernelTable<Ipv4>;
template class KernelTable<Ipv6>;

}  // namespace mgmd
