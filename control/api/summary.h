#ifndef MGMD_CONTROL_API_SUMMARY_H_
#define MGMD_CONTROL_API_SUMMARY_H_

// What is going on in the router, as JSON: the parts of the summary file and the answers of the telemetry commands.
// docs/operating.md describes every member. Names are those of the configuration; counts are totals since the start,
// per route since the route was made. Control thread, while the Group Manager runs.

#include <nlohmann/json.hpp>

#include "control/api/interface_names.h"
#include "control/plane/plane.h"

namespace mgmd::api {

// MFEs from the `first`th on, at most `count`, in order of group and source. Cost: the counters of each are read.
nlohmann::ordered_json RoutesJson(plane::Plane& plane, const InterfaceNames& names, size_t first, size_t count);
// Owner, IGMP, memberships and MFEs of each interface that anybody is or was on.
nlohmann::ordered_json InterfacesJson(const InterfaceNames& names);
nlohmann::ordered_json PortsJson(const plane::Plane& plane);
// By reason, packets, copies and what devices lost; reasons that never happened are left out.
nlohmann::ordered_json DropsJson(const plane::Plane& plane);
nlohmann::ordered_json PuntsJson(const plane::Plane& plane);
// Of each limit of MFEs what it is, how often it refused one, and how often an idle one made room.
nlohmann::ordered_json LimitsJson();
// Of each worker: packets, copies, bursts, what it holds, and where its cycles went.
nlohmann::ordered_json WorkersJson(const plane::Plane& plane);

}  // namespace mgmd::api

#endif  // MGMD_CONTROL_API_SUMMARY_H_
