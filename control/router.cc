#include "control/router.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "control/api/events.h"
#include "control/api/interface_names.h"
#include "control/api/summary.h"
#include "control/mgm/host.h"
#include "control/mgm/mgm_ext.h"
#include "control/plane/plane.h"
#include "control/protocols/static/static_protocol.h"
#include "control/rib/static_rib.h"

namespace mgmd {
namespace {

using Json = nlohmann::ordered_json;
using protocols::StaticProtocol;

// The interfaces' own prefixes, the configured routes, and a host route for each source that a static multicast route
// names: such a route says itself where its source is.
void FillRib(const config::Config& config, StaticRib& rib) {
  for (const config::Interface& interface : config.interfaces) {
    for (const config::InterfaceAddress& address : interface.addresses) {
      rib.Add({.prefix = address.prefix(), .interface = interface.id, .upstream_neighbor = {}, .protocol = StaticRib::kLocal});
    }
  }
  for (const config::StaticRoute& route : config.routes) {
    rib.Add({.prefix = route.prefix,
             .interface = route.interface,
             .upstream_neighbor = route.next_hop,
             .protocol = StaticRib::kConfigured});
  }
  if (!config.static_protocol) return;
  for (const config::StaticMroute& mroute : config.static_protocol->mroutes) {
    if (!mroute.source) continue;
    const auto known = rib.Lookup(*mroute.source);
    if (known && known->interface == mroute.from) continue;
    rib.Add({.prefix = Ipv4Prefix(*mroute.source, 32),
             .interface = mroute.from,
             .upstream_neighbor = {},
             .protocol = StaticRib::kConfigured});
  }
}

void AppendStepsOfLastRelease(const std::string& interface, Json& steps) {
  MGM_EXT_RELEASE_TRACE trace;
  if (MgmExtGetReleaseTrace(0, &trace) != NO_ERROR) return;
  for (DWORD i = 0; i < trace.dwSteps; ++i) {
    steps.push_back({{"step", absl::StrCat("release ", interface, ": ", trace.Steps[i].szName)},
                     {"us", trace.Steps[i].ullMicroseconds},
                     {"count", trace.Steps[i].ullCount}});
  }
}

}  // namespace

struct Router::Parts {
  explicit Parts(const config::Config& config) : names(config) {}
  ~Parts() {
    static_protocol.reset();
    if (manager_runs) MgmHostStop();
  }

  api::InterfaceNames names;
  api::Events* events = nullptr;
  StaticRib rib;
  std::unique_ptr<plane::Plane> plane;
  bool manager_runs = false;
  std::unique_ptr<StaticProtocol> static_protocol;
};

Router::Router(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Router::~Router() = default;

absl::StatusOr<std::unique_ptr<Router>> Router::Create(const config::Config& config, const RouterOptions& options) {
  auto parts = std::make_unique<Parts>(config);
  parts->events = options.events;
  auto plane = plane::Plane::Create(config, {.stepped = options.stepped});
  if (!plane.ok()) return plane.status();
  parts->plane = *std::move(plane);
  FillRib(config, parts->rib);

  mgm::HostConfig host;
  host.forwarder = &parts->plane->forwarder();
  host.routes = &parts->rib;
  host.observer = options.events;
  host.max_mfes = config.limits.mfes;
  host.max_negative_mfes = config.limits.negative_mfes;
  if (const DWORD code = MgmHostStart(host); code != NO_ERROR) {
    return absl::FailedPreconditionError(absl::StrCat("the Group Manager did not start: ", code));
  }
  parts->manager_runs = true;
  if (config.static_protocol) {
    auto protocol = StaticProtocol::Start(*config.static_protocol);
    if (!protocol.ok()) return protocol.status();
    parts->static_protocol = *std::move(protocol);
  }
  // Last, so that the first packets find their entries.
  if (!options.stepped) {
    if (auto status = parts->plane->StartWorkers(); !status.ok()) return status;
  }
  return std::unique_ptr<Router>(new Router(std::move(parts)));
}

bool Router::StepControl() {
  parts_->plane->PollLinks([this](const plane::Ports::OpenPort& port) {
    spdlog::info("port {} is {}", port.name, port.link_up ? "up" : "down");
    if (parts_->events != nullptr) parts_->events->Write("port", {{"name", port.name}, {"up", port.link_up}});
  });
  return MgmHostPoll();
}

size_t Router::StepWorkers() { return parts_->plane->StepWorkers(); }
void Router::StopWorkers() { parts_->plane->StopWorkers(); }

uint64_t Router::packets_received() const {
  uint64_t packets = 0;
  for (size_t i = 0; i < parts_->plane->worker_count(); ++i) {
    packets += dataplane::Get(parts_->plane->worker(i).stats().packets);
  }
  return packets;
}

absl::StatusOr<Json> Router::Release(std::string_view protocol, std::string_view interface) {
  StaticProtocol* const running = parts_->static_protocol.get();
  if (running == nullptr || protocol != StaticProtocol::kName) {
    return absl::NotFoundError(absl::StrCat("no protocol \"", std::string(protocol), "\" runs"));
  }
  const auto id = parts_->names.Find(interface);
  if (!id) return absl::NotFoundError(absl::StrCat("no interface \"", std::string(interface), "\""));
  if (auto status = running->Release(*id); !status.ok()) return status;
  Json steps = Json::array();
  AppendStepsOfLastRelease(std::string(interface), steps);
  return Json{{"protocol", protocol}, {"interface", interface}, {"steps", steps}};
}

absl::StatusOr<Json> Router::Shutdown(std::string_view protocol) {
  if (parts_->static_protocol == nullptr || protocol != StaticProtocol::kName) {
    return absl::NotFoundError(absl::StrCat("no protocol \"", std::string(protocol), "\" runs"));
  }
  Json steps = Json::array();
  const std::vector<InterfaceId> interfaces = parts_->static_protocol->interfaces();
  for (const InterfaceId& interface : interfaces) {
    if (auto status = parts_->static_protocol->Release(interface); !status.ok()) return status;
    AppendStepsOfLastRelease(parts_->names.NameOf(interface), steps);
  }
  const auto begin = std::chrono::steady_clock::now();
  if (auto status = parts_->static_protocol->Deregister(); !status.ok()) return status;
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
  steps.push_back({{"step", "deregister"}, {"us", us.count()}, {"count", 0}});
  parts_->static_protocol.reset();
  return Json{{"protocol", protocol}, {"steps", steps}};
}

Json Router::Summary() {
  return {{"routes", Routes(0, SIZE_MAX)},
          {"ports", api::PortsJson(*parts_->plane)},
          {"drops", Drops()},
          {"punts", api::PuntsJson(*parts_->plane)}};
}

Json Router::Routes(size_t first, size_t count) { return api::RoutesJson(*parts_->plane, parts_->names, first, count); }
Json Router::Interfaces() { return api::InterfacesJson(parts_->names); }
Json Router::Drops() { return api::DropsJson(*parts_->plane); }
Json Router::Workers() { return api::WorkersJson(*parts_->plane); }

}  // namespace mgmd
