#ifndef MGMD_CONTROL_ROUTER_H_
#define MGMD_CONTROL_ROUTER_H_

// The whole router, wired: ports and workers (plane), the static RIB and the Group Manager of each address family, and
// the protocols that the configuration names (one list: control/protocols/protocol.h). mgmd runs it on lcores under its
// control loop; the pipeline tests step it in one thread.
//
// Threads: everything on the control thread (EAL's main lcore). EAL is up before Create() and stays up until the
// router is gone. One router at a time for a process, since mgm.h speaks to one manager.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/any_family.h"
#include "control/config/config.h"
#include "control/mgm/observer.h"
#include "control/views/control_stats.h"
#include "control/views/igmp_observer.h"
#include "control/views/interface_names.h"
#include "control/views/releases.h"
#include "control/views/source.h"

namespace mgmd {

namespace local {
class Dispatcher;
class Injector;
}  // namespace local

struct RouterOptions {
  // The caller turns the workers with StepWorkers(); otherwise Create() launches them on their lcores.
  bool stepped = false;
  // Told what happens in each family's Group Manager, outlive the router; null: nobody listens.
  PerFamily<mgm::ObserverPointer> observers = {};
  // Told what happens to IGMP and MLD; likewise.
  PerFamily<views::IgmpObserverPointer> igmp_observers = {};
  // What the control thread counts, outlives the router; null: the router's own.
  views::ControlStats* control = nullptr;
  // Called for each port that changes; may be empty.
  std::function<void(const views::PortChange&)> port_changed = {};
  // Called for what befalls twins; may be empty.
  std::function<void(const views::TwinChange&)> twin_changed = {};
  // Called where a proxy is suspended, and where it goes on; may be empty.
  std::function<void(const views::ProxyChange&)> proxy_changed = {};
};

class Router : public views::Source {
 public:
  // Ports are started and the Group Manager runs; nobody has registered with it, and nothing is forwarded. The error
  // says which part of the configuration cannot be had on this machine.
  static absl::StatusOr<std::unique_ptr<Router>> Open(const config::Config& config, const RouterOptions& options);
  // Protocols have registered, taken their interfaces and joined, what they asked for stands, and workers run: a
  // configured route that does not stand is an error, of modules' entries those are logged that do not fit. `config` is
  // the one that it was opened with. Errors as Open().
  absl::Status Start(const config::Config& config);
  // Both.
  static absl::StatusOr<std::unique_ptr<Router>> Create(const config::Config& config, const RouterOptions& options);

  // Stops workers, protocols and ports.
  ~Router() override;
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // Local traffic: who takes what arrives for the router itself, and what it says itself. Interfaces are named by their
  // slots there, those of the packet's family.
  local::Dispatcher& dispatcher();
  local::Injector& injector();
  InterfaceSlot SlotOf(const AnyInterfaceId& interface);

  // One turn of control: calls, punts, timers, reclamation, link changes. False: there was nothing to do.
  bool StepControl();
  // One turn of every worker, where they are stepped. Returns the packets received.
  size_t StepWorkers();

  // The stop, step by step. What protocols say last is handed to the workers, who send it before they stop. Workers:
  // plane.h; counters and routes can still be read. Protocols: each is shut down as it would itself, the last started
  // first. Ports: when no worker runs, where the router is to be left as it is.
  void SayGoodbye();
  std::vector<std::string> StopWorkers(std::chrono::milliseconds limit);
  void StopProtocols();
  void StopPorts();

  // Packets that the workers have received since the start.
  uint64_t packets_received() const;

  // Releases one interface of a protocol, or all of them and deregisters it: a shutdown as in docs/mgm.md. Both
  // answer with what was done and how long it took. `family` ("ipv4", "ipv6"): in that one; empty: in each in which the
  // protocol has the interface. NOT_FOUND: no such protocol, interface or family, or not its own there.
  absl::StatusOr<std::vector<views::Release>> Release(std::string_view protocol, std::string_view interface,
                                                      std::string_view family = {});
  absl::StatusOr<views::Shutdown> Shutdown(std::string_view protocol);

  // What is going on (views/source.h). Still to be had after StopWorkers(). Ports, drops, punts, workers and control
  // can be had on any thread, whatever control is inside of.
  views::RoutePageOf<Ipv4> Routes(std::optional<Ipv4FibKey> from, size_t limit) override;
  views::RoutePageOf<Ipv6> Routes(std::optional<Ipv6FibKey> from, size_t limit) override;
  std::optional<views::RouteOf<Ipv4>> FindRoute(const Ipv4FibKey& key) override;
  std::optional<views::RouteOf<Ipv6>> FindRoute(const Ipv6FibKey& key) override;
  views::InterfacePageOf<Ipv4> Interfaces(std::optional<InterfaceIdOf<Ipv4>> from, size_t limit) override;
  views::InterfacePageOf<Ipv6> Interfaces(std::optional<InterfaceIdOf<Ipv6>> from, size_t limit) override;
  views::MembershipPageOf<Ipv4> Memberships(std::optional<views::MembershipPlaceOf<Ipv4>> from, size_t limit) override;
  views::MembershipPageOf<Ipv6> Memberships(std::optional<views::MembershipPlaceOf<Ipv6>> from, size_t limit) override;
  std::vector<views::Client> Clients() override;
  PerFamily<views::IgmpPointer> Igmp() override;
  std::vector<views::Release> Releases() override;
  std::vector<views::Port> Ports() override;
  std::vector<views::Worker> Workers() override;
  std::vector<views::NamedCount> Control() override;
  std::vector<views::NamedCount> Drops() override;
  std::vector<views::NamedCount> Punts() override;
  std::vector<views::Limit> Limits() override;
  views::Refused Refused(size_t limit) override;
  const views::InterfaceNames& names() const;

 private:
  struct Parts;
  explicit Router(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace mgmd

#endif  // MGMD_CONTROL_ROUTER_H_
