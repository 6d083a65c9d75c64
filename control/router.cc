#include "control/router.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "control/local_traffic.h"
#include "control/mgm/host.h"
#include "control/plane/plane.h"
#include "control/protocols/clients.h"
#include "control/protocols/membership/membership_protocol.h"
#include "control/protocols/start_protocol.h"
#include "control/protocols/surroundings.h"
#include "control/rib/configured_boundaries.h"
#include "control/rib/configured_routes.h"
#include "control/rib/rib.h"

namespace mgmd {
namespace {

using protocols::Protocol;

}  // namespace

struct Router::Parts {
  using Protocols = std::vector<std::unique_ptr<Protocol>>;

  Parts(const config::Config& config, const RouterOptions& the_options)
      : options(the_options),
        names(config),
        boundaries(ConfiguredBoundaries<Ipv4>(config), ConfiguredBoundaries<Ipv6>(config)),
        stats(options.control != nullptr ? *options.control : own_stats) {}
  ~Parts() {
    StopProtocols();
    if (manager_runs) MgmHostStop();
  }

  void StopProtocols() {
    // The last started goes first.
    for (; !protocols.empty(); protocols.pop_back()) {
      const Protocol& last = *protocols.back();
      if (const absl::Status stopped = protocols.back()->Stop(OtherClients(last)); !stopped.ok()) {
        spdlog::warn("{}; what it has left is taken back", std::string(stopped.message()));
      }
    }
    if (!manager_runs) return;
    // What threads of modules registered later, or a stop has left, goes the way of a shutdown too.
    for (const mgm::ClientId& client : protocols::AllClients()) {
      MgmHostShutDownClient(client.protocol, client.component);
    }
  }

  void FollowPort(const views::PortChange& change);

  // Waits until every entry that the protocols have asked for stands, or until no more of them come to stand.
  absl::Status WaitForEntries() const;

  // NOT_FOUND: none of that name runs.
  absl::StatusOr<Protocols::iterator> Find(std::string_view name) {
    const auto found =
        std::find_if(protocols.begin(), protocols.end(), [&](const auto& each) { return each->name() == name; });
    if (found != protocols.end()) return found;
    return absl::NotFoundError(absl::StrCat("no protocol \"", std::string(name), "\" runs"));
  }

  // The clients of all protocols but one.
  std::vector<mgm::ClientId> OtherClients(const Protocol& protocol) const {
    std::vector<mgm::ClientId> clients;
    for (const auto& other : protocols) {
      if (other.get() != &protocol) clients.insert(clients.end(), other->clients().begin(), other->clients().end());
    }
    return clients;
  }

  const RouterOptions options;
  views::InterfaceNames names;
  const PerFamily<ConfiguredBoundaries> boundaries;
  views::ControlStats own_stats;
  views::ControlStats& stats;
  PerFamily<Rib> ribs;
  std::unique_ptr<plane::Plane> plane;
  std::unique_ptr<LocalTraffic> local;
  std::optional<protocols::Surroundings> around;  // of the protocols
  std::atomic<bool> workers_stop = false;         // what the injector keeps is not sent any more
  bool manager_runs = false;
  Protocols protocols;  // in the order of their starts
};

void Router::Parts::FollowPort(const views::PortChange& change) {
  using What = views::PortChange::What;
  if (change.what == What::kLink) spdlog::info("port {} is {}", change.name, change.up ? "up" : "down");
  if (change.what == What::kDeviceGone) spdlog::warn("port {}: its device has gone", change.name);
  if (change.what == What::kDeviceOpened) spdlog::info("port {}: its device is open", change.name);
  if (change.what == What::kDeviceRefused)
    spdlog::warn("port {}: its device is not opened: {}", change.name, change.why);
  local->PortChanged();
  // A route to the netdev leads out of the port only while it is the port's.
  if (change.what == What::kDeviceOpened) ForEachFamily([&]<class Family>() { ribs.of<Family>().NetdevsChanged(); });
  if (options.port_changed) options.port_changed(change);
}

absl::Status Router::Parts::WaitForEntries() const {
  // Control tries again a hundred times in it; workers that do not run yet hold up nothing.
  constexpr std::chrono::seconds kPatience{1};
  using Clock = std::chrono::steady_clock;
  std::string any;
  size_t waiting = SIZE_MAX;
  for (auto last = Clock::now(); Clock::now() - last < kPatience;) {
    size_t left = 0;
    ForEachFamily([&]<class Family>() {
      const auto note = [](void* text, const mgm::RefusedView<Family>& refused) {
        *static_cast<std::string*>(text) = refused.key.ToString();
      };
      left += MgmHostReadRefused<Family>(1, note, &any);
    });
    if (left == 0) return absl::OkStatus();
    if (left < waiting) last = Clock::now();
    waiting = std::min(waiting, left);
    if (options.stepped) plane->StepWorkers();
    // Nobody tells when it is due to try again.
    if (!MgmHostPoll()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("there is no room for ", waiting, " of the entries, ", any, " among them ([limits] mfes)"));
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
  auto local = LocalTraffic::Open(
      config, *parts->plane, parts->stats,
      {.twin_changed = options.twin_changed, .link_changed = [&protocols = parts->protocols](const views::Link& link) {
         for (const auto& protocol : protocols) protocol->LinkChanged(link);
       }});
  if (!local.ok()) return local.status();
  parts->local = *std::move(local);

  mgm::HostConfig host;
  absl::Status followed;
  ForEachFamily([&]<class Family>() {
    Rib<Family>& rib = parts->ribs.of<Family>();
    AddConfiguredRoutes(config, rib.configured());
    AddProxiedSources(config, rib.proxied());
    if (config.rib.kernel && followed.ok()) {
      followed = rib.FollowKernel(config.rib.table,
                                  [&local = *parts->local](unsigned netdev) { return local.InterfaceOf(netdev); });
    }
    host.families.of<Family>() = {
        .forwarder = &parts->plane->forwarder<Family>(), .routes = &rib, .observer = options.observers.of<Family>()};
    host.boundaries.of<Family>() = &parts->boundaries.of<Family>();
    host.ssm.of<Family>() = SsmRanges<Family>(config.control.ssm.of<Family>());
    const config::TakeoverOf<Family>& takeover = config.takeover.of<Family>();
    host.igmp_takeover.of<Family>() = {.grace = std::chrono::seconds(takeover.grace), .hitless = takeover.hitless};
  });
  if (!followed.ok()) return followed;
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
  parts_->around.emplace(
      protocols::Surroundings{.interfaces = parts_->local->interfaces(),
                              .links = parts_->local->links(),
                              .dispatcher = dispatcher(),
                              .injector = injector(),
                              .slot_of = [this](const AnyInterfaceId& interface) { return SlotOf(interface); },
                              .routes = {&parts_->ribs.of<Ipv4>(), &parts_->ribs.of<Ipv6>()},
                              .igmp_observers = parts_->options.igmp_observers,
                              .proxy_changed = parts_->options.proxy_changed});
  // First, so that it is the last to go.
  absl::Status status;
  ForEachFamily([&]<class Family>() {
    const auto& membership = config.membership.of<Family>();
    if (!status.ok() || !membership) return;
    auto started =
        protocols::MembershipProtocol<Family>::Start(*membership, parts_->boundaries.of<Family>(), *parts_->around);
    status = started.status();
    if (started.ok()) parts_->protocols.push_back(*std::move(started));
  });
  if (!status.ok()) return status;
  for (const config::Protocol& protocol : config.protocols) {
    auto started = protocols::StartProtocol(protocol, *parts_->around);
    if (!started.ok()) return started.status();
    parts_->protocols.push_back(*std::move(started));
    status = parts_->WaitForEntries();
    if (status.ok()) continue;
    const std::string message = absl::StrCat("protocol ", protocol.name, ": ", status.message());
    if (parts_->protocols.back()->needs_its_entries()) return absl::Status(status.code(), message);
    spdlog::warn("{}", message);
  }
  // Last, so that the first packets find their entries.
  return parts_->options.stepped ? absl::OkStatus() : parts_->plane->StartWorkers();
}

bool Router::StepControl() {
  parts_->plane->PollPorts([this](const views::PortChange& change) { parts_->FollowPort(change); });
  for (const InterfaceId& lost : parts_->plane->TakeLost()) {
    MgmHostEndStreams<Ipv4>(lost);
    MgmHostEndStreams<Ipv6>({.index = lost.index, .next_hop = {}});
  }
  bool worked = false;
  ForEachFamily([&]<class Family>() {
    worked |= parts_->ribs.of<Family>().Poll([&](const typename Family::Prefix& prefix) {
      MgmHostRoutesChanged<Family>(prefix);
      for (const auto& protocol : parts_->protocols) protocol->RoutesChanged(prefix);
    });
  });
  worked |= parts_->local->Poll();
  for (const auto& protocol : parts_->protocols) worked |= protocol->Poll();
  if (!MgmHostPoll()) return worked;
  // What that has told them is in this turn, too.
  for (const auto& protocol : parts_->protocols) protocol->Poll();
  return true;
}

local::Dispatcher& Router::dispatcher() { return parts_->local->dispatcher(); }
local::Injector& Router::injector() { return parts_->local->injector(); }
InterfaceSlot Router::SlotOf(const AnyInterfaceId& interface) {
  return std::visit(
      [&]<class Family>(const InterfaceIdOf<Family>& of_family) {
        return parts_->plane->forwarder<Family>().Slot(of_family);
      },
      interface);
}

size_t Router::StepWorkers() { return parts_->plane->StepWorkers(); }

void Router::SayGoodbye() {
  for (const auto& protocol : parts_->protocols) protocol->SayGoodbye();
  injector().Poll();
}

std::vector<std::string> Router::StopWorkers(std::chrono::milliseconds limit) {
  parts_->workers_stop = true;
  return parts_->plane->StopWorkers(limit);
}
void Router::StopProtocols() { parts_->StopProtocols(); }
void Router::StopPorts() { parts_->plane->StopPorts(); }

uint64_t Router::packets_received() const { return parts_->plane->packets_received(); }

absl::StatusOr<std::vector<views::Release>> Router::Release(std::string_view protocol, std::string_view interface,
                                                            std::string_view family) {
  const auto found = parts_->Find(protocol);
  if (!found.ok()) return found.status();
  const auto index = parts_->names.Find(interface);
  if (!index) return absl::NotFoundError(absl::StrCat("no interface \"", std::string(interface), "\""));
  auto releases = (**found)->ReleaseIn(family, *index);
  if (!absl::IsNotFound(releases.status())) return releases;
  return absl::NotFoundError(absl::StrCat("protocol ", std::string(protocol), " does not own interface ",
                                          std::string(interface), family.empty() ? "" : " in ", std::string(family)));
}

absl::StatusOr<views::Shutdown> Router::Shutdown(std::string_view protocol) {
  const auto found = parts_->Find(protocol);
  if (!found.ok()) return found.status();
  auto shutdown = (**found)->ShutDown(parts_->OtherClients(***found));
  if (shutdown.ok()) parts_->protocols.erase(*found);
  return shutdown;
}

views::RoutePageOf<Ipv4> Router::Routes(std::optional<Ipv4FibKey> from, size_t limit) {
  return views::ReadRoutes(parts_->plane->forwarder<Ipv4>(), from, limit);
}
views::RoutePageOf<Ipv6> Router::Routes(std::optional<Ipv6FibKey> from, size_t limit) {
  return views::ReadRoutes(parts_->plane->forwarder<Ipv6>(), from, limit);
}
std::optional<views::RouteOf<Ipv4>> Router::FindRoute(const Ipv4FibKey& key) {
  return views::ReadRoute(parts_->plane->forwarder<Ipv4>(), key);
}
std::optional<views::RouteOf<Ipv6>> Router::FindRoute(const Ipv6FibKey& key) {
  return views::ReadRoute(parts_->plane->forwarder<Ipv6>(), key);
}
views::InterfacePageOf<Ipv4> Router::Interfaces(std::optional<InterfaceIdOf<Ipv4>> from, size_t limit) {
  return views::ReadInterfaces(from, limit);
}
views::InterfacePageOf<Ipv6> Router::Interfaces(std::optional<InterfaceIdOf<Ipv6>> from, size_t limit) {
  return views::ReadInterfaces(from, limit);
}
views::MembershipPageOf<Ipv4> Router::Memberships(std::optional<views::MembershipPlaceOf<Ipv4>> from, size_t limit) {
  return views::ReadMemberships(from, limit);
}
views::MembershipPageOf<Ipv6> Router::Memberships(std::optional<views::MembershipPlaceOf<Ipv6>> from, size_t limit) {
  return views::ReadMemberships(from, limit);
}
std::vector<views::Client> Router::Clients() { return views::ReadClients(); }
PerFamily<views::IgmpPointer> Router::Igmp() {
  PerFamily<views::IgmpPointer> readers{};
  for (const auto& protocol : parts_->protocols) {
    const auto its_own = protocol->igmp();
    ForEachFamily([&]<class Family>() {
      if (its_own.of<Family>() != nullptr) readers.of<Family>() = its_own.of<Family>();
    });
  }
  return readers;
}
std::vector<views::Release> Router::Releases() { return views::ReadReleases(); }
std::vector<views::Port> Router::Ports() { return parts_->plane->ReadPorts(); }
std::vector<views::Worker> Router::Workers() { return parts_->plane->ReadWorkers(); }
std::vector<views::NamedCount> Router::Control() { return views::ReadControl(parts_->stats); }
std::vector<views::NamedCount> Router::Drops() {
  const local::Injector& injector = parts_->local->injector();
  return parts_->plane->ReadDrops(parts_->workers_stop ? injector.unsent() : injector.dropped());
}
std::vector<views::NamedCount> Router::Punts() { return parts_->plane->ReadPunts(); }
std::vector<views::Limit> Router::Limits() { return views::ReadLimits(); }

views::Refused Router::Refused(size_t limit) { return views::ReadRefused(limit); }
const views::InterfaceNames& Router::names() const { return parts_->names; }

}  // namespace mgmd
