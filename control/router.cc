#include "control/router.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "control/local/dispatcher.h"
#include "control/local/injector.h"
#include "control/mgm/host.h"
#include "control/mgm/mgm_ext.h"
#include "control/plane/plane.h"
#include "control/protocols/module/protocol_module.h"
#include "control/protocols/static/static_protocol.h"
#include "control/rib/static_rib.h"

namespace mgmd {
namespace {

using protocols::ProtocolModule;
using protocols::StaticProtocol;

// The interfaces' own prefixes, the configured routes, and a host route for each source that a static multicast route
// names: such a route says itself where its source is.
void FillRib(const config::Config& config, StaticRib& rib) {
  for (const config::Interface& interface : config.interfaces) {
    for (const config::InterfaceAddress& address : interface.addresses) {
      rib.Add({.prefix = address.prefix(),
               .interface = interface.id,
               .upstream_neighbor = {},
               .protocol = StaticRib::kLocal});
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

// The steps of the client's last release of the interface, if it is among those that are kept.
void AppendSteps(const ProtocolModule::ClientId& client, InterfaceId interface, const std::string& name,
                 std::vector<views::Step>& steps) {
  MGM_EXT_RELEASE_TRACE trace;
  for (DWORD number = 0; MgmExtGetReleaseTrace(number, &trace) == NO_ERROR; ++number) {
    if (trace.dwProtocolId != client.protocol || trace.dwComponentId != client.component) continue;
    if (trace.bTake || trace.dwIfIndex != interface.index || trace.dwIfNextHopAddr != interface.next_hop.ToNetwork()) {
      continue;
    }
    for (DWORD i = 0; i < trace.dwSteps; ++i) {
      steps.push_back({.name = absl::StrCat("release ", name, ": ", trace.Steps[i].szName),
                       .duration = std::chrono::microseconds(trace.Steps[i].ullMicroseconds),
                       .count = trace.Steps[i].ullCount});
    }
    return;
  }
}

// The interfaces that a client holds, alone or as IGMP.
std::vector<InterfaceId> InterfacesOf(const ProtocolModule::ClientId& client) {
  struct Walk {
    ProtocolModule::ClientId client;
    std::vector<InterfaceId> interfaces;
  } walk{client, {}};
  const auto visit = [](void* context, const mgm::InterfaceView& interface) {
    auto& found = *static_cast<Walk*>(context);
    const auto is_client = [&](bool present, const mgm::ClientName& name) {
      return present && name.protocol == found.client.protocol && name.component == found.client.component;
    };
    if (is_client(interface.has_owner, interface.owner) || is_client(interface.has_igmp, interface.igmp)) {
      found.interfaces.push_back(interface.id);
    }
  };
  InterfaceId cursor;
  while (MgmHostReadInterfaces(cursor, mgm::kRowsPerTurn, visit, &walk)) {
  }
  return walk.interfaces;
}

constexpr ProtocolModule::ClientId kStaticClient{StaticProtocol::kProtocolId, StaticProtocol::kComponentId};

absl::Status NoSuchProtocol(std::string_view name) {
  return absl::NotFoundError(absl::StrCat("no protocol \"", std::string(name), "\" runs"));
}

}  // namespace

struct Router::Parts {
  Parts(const config::Config& config, const RouterOptions& the_options) : options(the_options), names(config) {}
  ~Parts() {
    StopProtocols();
    if (manager_runs) MgmHostStop();
  }

  void StopProtocols() {
    // The last started goes first.
    while (!modules.empty()) modules.pop_back();
    static_protocol.reset();
    if (!manager_runs) return;
    // What threads of modules registered later goes the way of a shutdown too.
    const std::vector<ProtocolModule::ClientId> left = ProtocolModule::AllClients();
    for (const ProtocolModule::ClientId& client : left) MgmHostShutDownClient(client.protocol, client.component);
  }

  // Waits until every entry that the protocols have asked for stands, or until no more of them come to stand.
  absl::Status WaitForEntries(bool stepped);

  std::vector<std::unique_ptr<ProtocolModule>>::iterator FindModule(std::string_view name) {
    return std::find_if(modules.begin(), modules.end(), [&](const auto& module) { return module->name() == name; });
  }
  // The client of the module's that held the interface and has released it.
  absl::StatusOr<ProtocolModule::ClientId> ReleaseModules(ProtocolModule& module, InterfaceId interface);

  // The clients of all modules but one.
  std::vector<ProtocolModule::ClientId> OtherClients(const ProtocolModule& module) const {
    std::vector<ProtocolModule::ClientId> clients;
    for (const auto& other : modules) {
      if (other.get() != &module) clients.insert(clients.end(), other->clients().begin(), other->clients().end());
    }
    return clients;
  }

  const RouterOptions options;
  views::InterfaceNames names;
  StaticRib rib;
  std::unique_ptr<plane::Plane> plane;
  std::optional<local::Dispatcher> dispatcher;
  std::optional<local::Injector> injector;
  bool manager_runs = false;
  std::unique_ptr<StaticProtocol> static_protocol;
  std::vector<std::unique_ptr<ProtocolModule>> modules;
};

absl::Status Router::Parts::WaitForEntries(bool stepped) {
  // Control tries again a hundred times in it; workers that do not run yet hold up nothing.
  constexpr std::chrono::seconds kPatience{1};
  using Clock = std::chrono::steady_clock;
  Ipv4FibKey any;
  size_t waiting = SIZE_MAX;
  for (auto last = Clock::now(); Clock::now() - last < kPatience;) {
    const size_t left = MgmHostWaiting(&any);
    if (left == 0) return absl::OkStatus();
    if (left < waiting) last = Clock::now();
    waiting = std::min(waiting, left);
    if (stepped) plane->StepWorkers();
    if (!MgmHostPoll()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return absl::ResourceExhaustedError(absl::StrCat("there is no room for ", waiting, " of the entries, ",
                                                   any.ToString(), " among them ([limits] mfes)"));
}

absl::StatusOr<ProtocolModule::ClientId> Router::Parts::ReleaseModules(ProtocolModule& module, InterfaceId interface) {
  for (const ProtocolModule::ClientId& client : module.clients()) {
    if (MgmHostReleaseInterface(client.protocol, client.component, interface) == NO_ERROR) return client;
  }
  return absl::NotFoundError(
      absl::StrCat("protocol ", module.name(), " does not own interface ", names.NameOf(interface)));
}

Router::Router(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Router::~Router() = default;

absl::StatusOr<std::unique_ptr<Router>> Router::Create(const config::Config& config, const RouterOptions& options) {
  auto router = Open(config, options);
  if (!router.ok()) return router.status();
  if (auto status = (*router)->Start(config); !status.ok()) return status;
  return router;
}

absl::StatusOr<std::unique_ptr<Router>> Router::Open(const config::Config& config, const RouterOptions& options) {
  auto parts = std::make_unique<Parts>(config, options);
  auto plane = plane::Plane::Create(config, {.stepped = options.stepped});
  if (!plane.ok()) return plane.status();
  parts->plane = *std::move(plane);
  parts->dispatcher.emplace(parts->plane->local_packets());
  parts->injector.emplace(parts->plane->local_packets());
  FillRib(config, parts->rib);

  mgm::HostConfig host;
  host.forwarder = &parts->plane->forwarder();
  host.routes = &parts->rib;
  host.observer = options.observer;
  host.max_mfes = config.limits.mfes;
  host.max_negative_mfes = config.limits.negative_mfes;
  host.max_mfes_per_group = config.limits.mfes_per_group;
  host.max_mfes_per_interface = config.limits.mfes_per_interface;
  host.max_mfes_per_owner = config.limits.mfes_per_owner;
  if (const DWORD code = MgmHostStart(host); code != NO_ERROR) {
    return absl::FailedPreconditionError(absl::StrCat("the Group Manager did not start: ", code));
  }
  parts->manager_runs = true;
  return std::unique_ptr<Router>(new Router(std::move(parts)));
}

absl::Status Router::Start(const config::Config& config) {
  if (config.static_protocol) {
    auto protocol = StaticProtocol::Start(*config.static_protocol);
    if (!protocol.ok()) return protocol.status();
    parts_->static_protocol = *std::move(protocol);
    if (auto status = parts_->WaitForEntries(parts_->options.stepped); !status.ok()) {
      return absl::Status(status.code(), absl::StrCat("protocol static: ", status.message()));
    }
  }
  for (const config::ProtocolModule& module : config.protocol_modules) {
    auto started = ProtocolModule::Start(module, config.interfaces);
    if (!started.ok()) return started.status();
    parts_->modules.push_back(*std::move(started));
    // What a module asks for beyond the limits is its own to bear: it is tried again while the router runs.
    if (auto status = parts_->WaitForEntries(parts_->options.stepped); !status.ok()) {
      spdlog::warn("protocol {}: {}", module.name, std::string(status.message()));
    }
  }
  // Last, so that the first packets find their entries.
  return parts_->options.stepped ? absl::OkStatus() : parts_->plane->StartWorkers();
}

bool Router::StepControl() {
  parts_->plane->PollLinks([this](const views::PortChange& change) {
    if (change.what == views::PortChange::What::kLink) {
      spdlog::info("port {} is {}", change.name, change.up ? "up" : "down");
    }
    if (parts_->options.port_changed) parts_->options.port_changed(change);
  });
  const bool took = parts_->dispatcher->Poll();
  const bool sent = parts_->injector->Poll();
  return MgmHostPoll() || took || sent;
}

local::Dispatcher& Router::dispatcher() { return *parts_->dispatcher; }
local::Injector& Router::injector() { return *parts_->injector; }
InterfaceSlot Router::SlotOf(InterfaceId interface) { return parts_->plane->forwarder().Slot(interface); }

size_t Router::StepWorkers() { return parts_->plane->StepWorkers(); }

std::vector<std::string> Router::StopWorkers(std::chrono::milliseconds limit) {
  return parts_->plane->StopWorkers(limit);
}
void Router::StopProtocols() { parts_->StopProtocols(); }
void Router::StopPorts() { parts_->plane->StopPorts(); }

uint64_t Router::packets_received() const { return parts_->plane->packets_received(); }

absl::StatusOr<std::vector<views::Step>> Router::Release(std::string_view protocol, std::string_view interface) {
  const bool is_static = protocol == StaticProtocol::kName && parts_->static_protocol != nullptr;
  const auto module = parts_->FindModule(protocol);
  if (!is_static && module == parts_->modules.end()) return NoSuchProtocol(protocol);
  const auto id = parts_->names.Find(interface);
  if (!id) return absl::NotFoundError(absl::StrCat("no interface \"", std::string(interface), "\""));
  ProtocolModule::ClientId client = kStaticClient;
  if (is_static) {
    if (auto status = parts_->static_protocol->Release(*id); !status.ok()) return status;
  } else {
    auto released = parts_->ReleaseModules(**module, *id);
    if (!released.ok()) return released.status();
    client = *released;
  }
  std::vector<views::Step> steps;
  AppendSteps(client, *id, std::string(interface), steps);
  return steps;
}

absl::StatusOr<std::vector<views::Step>> Router::Shutdown(std::string_view protocol) {
  const bool is_static = protocol == StaticProtocol::kName && parts_->static_protocol != nullptr;
  const auto module = parts_->FindModule(protocol);
  if (!is_static && module == parts_->modules.end()) return NoSuchProtocol(protocol);
  std::vector<views::Step> steps;
  const auto append_deregistration = [&](auto&& deregister) {
    const auto begin = std::chrono::steady_clock::now();
    const absl::Status status = deregister();
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
    steps.push_back({.name = "deregister", .duration = us, .count = 0});
    return status;
  };
  if (is_static) {
    const std::vector<InterfaceId> interfaces = parts_->static_protocol->interfaces();
    for (const InterfaceId& interface : interfaces) {
      if (auto status = parts_->static_protocol->Release(interface); !status.ok()) return status;
      AppendSteps(kStaticClient, interface, parts_->names.NameOf(interface), steps);
    }
    auto status = append_deregistration([&] { return parts_->static_protocol->Deregister(); });
    if (!status.ok()) return status;
    parts_->static_protocol.reset();
  } else {
    for (const ProtocolModule::ClientId& client : (*module)->clients()) {
      for (const InterfaceId& interface : InterfacesOf(client)) {
        if (auto released = parts_->ReleaseModules(**module, interface); !released.ok()) return released.status();
        AppendSteps(client, interface, parts_->names.NameOf(interface), steps);
      }
    }
    append_deregistration([&] {
      // Its interfaces are gone, so what is left to do is to deregister.
      (*module)->Stop(parts_->OtherClients(**module));
      parts_->modules.erase(module);
      return absl::OkStatus();
    }).IgnoreError();
  }
  return steps;
}

views::RoutePage Router::Routes(std::optional<Ipv4FibKey> from, size_t limit) {
  return views::ReadRoutes(parts_->plane->forwarder(), from, limit);
}
std::optional<views::Route> Router::FindRoute(const Ipv4FibKey& key) {
  return views::ReadRoute(parts_->plane->forwarder(), key);
}
views::InterfacePage Router::Interfaces(std::optional<InterfaceId> from, size_t limit) {
  return views::ReadInterfaces(from, limit);
}
std::vector<views::Port> Router::Ports() { return parts_->plane->ReadPorts(); }
std::vector<views::Worker> Router::Workers() { return parts_->plane->ReadWorkers(); }
std::vector<views::NamedCount> Router::Drops() { return parts_->plane->ReadDrops(parts_->injector->dropped()); }
std::vector<views::NamedCount> Router::Punts() { return parts_->plane->ReadPunts(); }
std::vector<views::Limit> Router::Limits() { return views::ReadLimits(); }
const views::InterfaceNames& Router::names() const { return parts_->names; }

}  // namespace mgmd
