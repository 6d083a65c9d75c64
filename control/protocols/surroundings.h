#ifndef MGMD_CONTROL_PROTOCOLS_SURROUNDINGS_H_
#define MGMD_CONTROL_PROTOCOLS_SURROUNDINGS_H_

// What protocols run on besides the Group Manager: local traffic, links and routes. Outlives them. Control thread.

#include <functional>
#include <vector>

#include "common/any_family.h"
#include "common/route_table.h"
#include "control/config/config.h"
#include "control/local/dispatcher.h"
#include "control/local/injector.h"
#include "control/views/counts.h"
#include "control/views/igmp_observer.h"
#include "control/views/links.h"

namespace mgmd::protocols {

template <class Family>
using RoutesOf = const RouteTable<Family>*;

struct Surroundings {
  const std::vector<config::Interface>& interfaces;  // all that are configured
  const std::vector<views::Link>& links;             // of these, in their order, as they are now
  local::Dispatcher& dispatcher;
  local::Injector& injector;
  std::function<InterfaceSlot(const AnyInterfaceId&)> slot_of;
  PerFamily<RoutesOf> routes;
  PerFamily<views::IgmpObserverPointer> igmp_observers = {};
  std::function<void(const views::ProxyChange&)> proxy_changed = {};  // may be empty
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_SURROUNDINGS_H_
