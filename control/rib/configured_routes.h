#ifndef MGMD_CONTROL_RIB_CONFIGURED_ROUTES_H_
#define MGMD_CONTROL_RIB_CONFIGURED_ROUTES_H_

// Fills a static multicast routing table with what the configuration says of its family: the interfaces' own prefixes,
// the configured routes, and a host route for each source that a static multicast route names, unless the table leads
// to the route's interface already: such a route says itself where its source is. Link-local prefixes are no routes:
// packets from there are not forwarded.

#include "control/config/config.h"
#include "control/rib/static_rib.h"

namespace mgmd {

template <class Family>
void AddConfiguredRoutes(const config::Config& config, StaticRib<Family>& rib);

// Fills one with the sources that lie behind the upstreams of proxies.
template <class Family>
void AddProxiedSources(const config::Config& config, StaticRib<Family>& rib);

}  // namespace mgmd

#endif  // MGMD_CONTROL_RIB_CONFIGURED_ROUTES_H_
