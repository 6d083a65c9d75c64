#ifndef MGMD_CONTROL_PLANE_PORTS_H_
#define MGMD_CONTROL_PLANE_PORTS_H_

// The DPDK ports of a configuration: found or attached by their device strings, opened, watched for link changes and
// read for statistics. Control thread.

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "control/config/config.h"
#include "dataplane/port.h"

namespace mgmd::plane {

// What a device has counted, and what it has lost.
struct PortStats {
  uint64_t rx_packets = 0;
  uint64_t rx_octets = 0;
  uint64_t tx_packets = 0;
  uint64_t tx_octets = 0;
  uint64_t rx_missed = 0;
  uint64_t rx_errors = 0;
  uint64_t rx_nombuf = 0;
  uint64_t tx_errors = 0;
};

class Ports {
 public:
  struct OpenPort {
    dataplane::Port port;
    InterfaceId interface;  // the untagged one on it
    std::string name;       // of that interface
    bool attached = false;  // by us: detached at the end
    bool link_up = true;
  };

  // Opens every port. The error names the interface, its device, and what is missing.
  static absl::StatusOr<Ports> Open(const config::Config& config, rte_mempool* rx_pool);
  Ports(Ports&&) = default;
  Ports& operator=(Ports&&) = delete;
  // Stops, closes and detaches them.
  ~Ports();

  const std::vector<OpenPort>& all() const { return ports_; }
  // The port that carries the interface, untagged or as a VLAN.
  const OpenPort& Of(const config::Interface& interface) const;

  static PortStats Read(uint16_t port);

  // Calls changed(port) for each whose link has gone up or down since the last call.
  template <typename Changed>
  void PollLinks(Changed&& changed) {
    for (OpenPort& port : ports_) {
      const bool up = LinkUp(port.port.id);
      if (up == port.link_up) continue;
      port.link_up = up;
      changed(port);
    }
  }

 private:
  Ports() = default;
  static bool LinkUp(uint16_t port);

  std::vector<OpenPort> ports_;
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_PORTS_H_
