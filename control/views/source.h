#ifndef MGMD_CONTROL_VIEWS_SOURCE_H_
#define MGMD_CONTROL_VIEWS_SOURCE_H_

// Where renderers have what they show from: the router, or what a test makes up. Control thread.

#include <optional>
#include <vector>

#include "control/views/clients.h"
#include "control/views/counts.h"
#include "control/views/igmp.h"
#include "control/views/interfaces.h"
#include "control/views/memberships.h"
#include "control/views/refused.h"
#include "control/views/releases.h"
#include "control/views/routes.h"

namespace mgmd::views {

class Source {
 public:
  virtual ~Source() = default;

  virtual RoutePageOf<Ipv4> Routes(std::optional<Ipv4FibKey> from, size_t limit) = 0;
  virtual RoutePageOf<Ipv6> Routes(std::optional<Ipv6FibKey> from, size_t limit) = 0;
  virtual std::optional<RouteOf<Ipv4>> FindRoute(const Ipv4FibKey& key) = 0;
  virtual std::optional<RouteOf<Ipv6>> FindRoute(const Ipv6FibKey& key) = 0;
  virtual InterfacePageOf<Ipv4> Interfaces(std::optional<InterfaceIdOf<Ipv4>> from, size_t limit) = 0;
  virtual InterfacePageOf<Ipv6> Interfaces(std::optional<InterfaceIdOf<Ipv6>> from, size_t limit) = 0;
  virtual MembershipPageOf<Ipv4> Memberships(std::optional<MembershipPlaceOf<Ipv4>> from, size_t limit) = 0;
  virtual MembershipPageOf<Ipv6> Memberships(std::optional<MembershipPlaceOf<Ipv6>> from, size_t limit) = 0;
  virtual std::vector<Client> Clients() = 0;
  // What IGMP and MLD know of hosts, where they run. Until the next turn of control.
  virtual PerFamily<IgmpPointer> Igmp() = 0;
  // The last ones of both families, that which ended last first.
  virtual std::vector<Release> Releases() = 0;
  virtual std::vector<Port> Ports() = 0;
  virtual std::vector<Worker> Workers() = 0;
  // Of the control loop; empty where none runs.
  virtual std::vector<NamedCount> Control() = 0;
  // Packets, copies and what devices lost, by reason; reasons that never happened are left out.
  virtual std::vector<NamedCount> Drops() = 0;
  // Packets told to control, by reason, likewise.
  virtual std::vector<NamedCount> Punts() = 0;
  virtual std::vector<Limit> Limits() = 0;
  virtual views::Refused Refused(size_t limit) = 0;
};

}  // namespace mgmd::views

#endif  // MGMD_CONTROL_VIEWS_SOURCE_H_
