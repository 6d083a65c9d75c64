#ifndef MGMD_CONTROL_PLANE_LINK_FOLLOWER_H_
#define MGMD_CONTROL_PLANE_LINK_FOLLOWER_H_

// Lets interfaces follow the links of their ports: up and down, the MTU and the MAC address of the netdev behind them.
//
// A port that goes down takes nothing any more: what workers have collected for it and what waits in the ring of its
// driver is dropped as oif_down. It is up again when that has been done, or after release_wait where a worker stands
// still. Control thread.

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "common/interface.h"
#include "control/config/config.h"
#include "control/plane/ports.h"
#include "control/views/counts.h"
#include "dataplane/fib/epoch.h"
#include "dataplane/interfaces/interface_table.h"

namespace mgmd::plane {

// What it works on outlives it.
struct LinkFollowerParts {
  const config::Config* config;
  Ports* ports;
  dataplane::InterfaceTable* interfaces;
  dataplane::Epoch* epoch;
  std::vector<std::array<InterfaceSlot, 2>> slots;  // of each of the configuration's interfaces, in each family
};

class LinkFollower {
 public:
  using PortChanged = std::function<void(const views::PortChange&)>;

  // The interfaces, which are configured, follow the ports from here on.
  explicit LinkFollower(LinkFollowerParts parts);

  // Calls `changed` for each port that went up or down, or of which the netdev takes shorter or longer packets than
  // before, or has another MAC address. Looks at the ports where `look`; otherwise it only goes on with what has begun.
  void Poll(bool look, const PortChanged& changed);

  // The port is down, and nothing that was for it before waits any more, or a worker stands still.
  bool IsDown(const Ports::Port& port) const { return !port.link_up && !going_down_[port.number]; }
  // The port, which is down, has got a device.
  void HasDevice(Ports::Port& port) { FollowMac(port, port.mac); }

 private:
  // Passed when no worker hands anything over to the port any more.
  struct GoingDown {
    dataplane::GraceToken token;
    std::chrono::steady_clock::time_point since;
  };

  void FollowLink(Ports::Port& port, const PortChanged& changed);
  void FollowMtu(Ports::Port& port, uint32_t mtu);
  void FollowMac(Ports::Port& port, const dataplane::MacAddress& mac);
  // Calls visit(interface, its slots) for each interface on the port.
  template <class Visitor>
  void ForInterfacesOf(const Ports::Port& port, Visitor&& visit) const;

  const LinkFollowerParts parts_;
  std::vector<std::optional<GoingDown>> going_down_;  // of each port
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_LINK_FOLLOWER_H_
