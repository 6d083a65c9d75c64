#ifndef MGMD_CONTROL_PLANE_PORTS_H_
#define MGMD_CONTROL_PLANE_PORTS_H_

// The DPDK ports of a configuration: found or attached by their device strings, opened, watched for changes and read
// for statistics.
//
// A port of net_af_packet or net_af_xdp is a netdev of the kernel, of which its driver tells little: its link, its MTU
// and its MAC address are followed over rtnetlink, and what the kernel has lost is asked of the drivers' sockets.
//
// Control thread, but for Read(), which any may call, and what it reads (SharedWord).

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "control/config/config.h"
#include "control/kernel/netdev_monitor.h"
#include "control/plane/deaf_netdev.h"
#include "control/plane/driver_sockets.h"
#include "control/plane/netdev.h"
#include "control/plane/packet_ring.h"
#include "control/plane/shared_word.h"
#include "control/views/counts.h"
#include "dataplane/devices/port.h"

namespace mgmd::plane {

inline constexpr uint32_t kLeastMtu = 68;  // of IPv4: RFC 791 section 3.2

// What a device has counted, and what it has lost: the rows MGMD_PORT of common/counter_table.def.
struct PortStats {
#define MGMD_PORT(field, ...) uint64_t field = 0;
#include "common/counter_table.def"
  uint64_t tx_lost = 0;  // of tx_errors, those that the device had taken
};

class Ports {
 public:
  struct OpenPort {
    uint16_t number = 0;  // the router's own, by which workers and interfaces name it: its place among the ports
    dataplane::Port port;
    InterfaceId interface;  // the untagged one on it
    std::string name;       // of that interface
    bool attached = false;  // by us: detached at the end
    SharedWord<bool> link_up = true;

    Netdev netdev;                      // behind it; default where the port is none
    uint32_t mtu = 0;                   // the netdev's, as last told; 0: none
    std::optional<PacketRing> ring;     // net_af_packet's
    std::unique_ptr<HostChanges> host;  // on the netdev
    std::unique_ptr<DeafNetdev> deaf;   // the netdev, where an interface on it has a twin
    mutable DriverSockets sockets;
    mutable SharedWord<uint64_t> tap_overflows;  // as last read: a counter does not go back when its netdev goes
    SharedWord<uint64_t> taken_back;

    // What the host itself sends on the netdev is heard.
    bool hears_host() const { return netdev.driver == WireDriver::kAfPacket; }
    views::PortChange Changed(views::PortChange::What what) const { return {what, name, link_up, mtu, port.mac}; }
  };

  // Whether the ports can be had as the configuration wants them, as far as that can be told before there is packet
  // memory.
  static absl::Status Check(const config::Config& config);

  // Opens every port. The error names the interface, its device, and what is missing.
  static absl::StatusOr<Ports> Open(const config::Config& config, rte_mempool* rx_pool);
  Ports(Ports&&) = default;
  Ports& operator=(Ports&&) = delete;
  // Stops, closes and detaches them, and undoes what was changed on their netdevs.
  ~Ports();

  const std::vector<OpenPort>& all() const { return ports_; }
  std::vector<OpenPort>& all() { return ports_; }
  // The port that the interface is on.
  const OpenPort& Of(const config::Interface& interface) const;

  // Without what workers count, which is completed_checksums.
  static PortStats Read(const OpenPort& port);

  // How things are with a port now.
  struct Link {
    bool up = false;
    uint32_t mtu = 0;  // the netdev's; 0: there is none
    dataplane::MacAddress mac{};
  };
  // Hears what the kernel has told since the last call. Returns whether anything.
  bool Listen() { return monitor_ != nullptr && monitor_->Poll(); }
  Link LinkOf(const OpenPort& port) const;

 private:
  Ports() = default;
  absl::Status OpenOne(const config::Config& config, const config::Interface& interface, rte_mempool* rx_pool);
  absl::Status FollowLinks();

  std::vector<OpenPort> ports_;
  std::unique_ptr<NetdevMonitor> monitor_;  // where a port's driver hides its link
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_PORTS_H_
