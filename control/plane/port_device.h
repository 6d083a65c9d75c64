#ifndef MGMD_CONTROL_PLANE_PORT_DEVICE_H_
#define MGMD_CONTROL_PLANE_PORT_DEVICE_H_

// The device of a port: found or attached by its string, opened, read for statistics, and closed and detached when the
// object goes.
//
// A device of net_af_packet or net_af_xdp is a netdev of the kernel, of which its driver tells little: what the kernel
// has lost is asked of the driver's sockets.
//
// Opening and closing take tens of milliseconds, for the kernel waits for others to let go of its rings: not on the
// control thread while the router runs. Any one thread at a time, but for Read() and IsGone(), which any may call; no
// worker polls the device or sends by it when it goes.

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "control/config/config.h"
#include "control/plane/deaf_netdev.h"
#include "control/plane/driver_sockets.h"
#include "control/plane/netdev.h"
#include "control/plane/offload.h"
#include "control/plane/packet_ring.h"
#include "control/plane/shared_word.h"
#include "dataplane/devices/port.h"

struct rte_mempool;

namespace mgmd::plane {

// What a device has counted, and what it has lost: the rows MGMD_PORT of common/counter_table.def.
struct PortStats {
#define MGMD_PORT(field, ...) uint64_t field = 0;
#include "common/counter_table.def"
  uint64_t tx_lost = 0;  // of tx_errors, those that the device had taken

  PortStats& operator+=(const PortStats& other);
};

class PortDevice {
 public:
  // Whether the interface's device can be had as the configuration wants it, as far as that can be told before there is
  // packet memory.
  static absl::Status Check(const config::Config& config, const config::Interface& interface);

  // Opens the interface's device. The error names the device and what is missing.
  static absl::StatusOr<std::unique_ptr<PortDevice>> Open(const config::Config& config,
                                                          const config::Interface& interface, rte_mempool* rx_pool);
  // Stops, closes and detaches it, and undoes what was changed on its netdev.
  ~PortDevice();
  PortDevice(const PortDevice&) = delete;
  PortDevice& operator=(const PortDevice&) = delete;

  const dataplane::Port& port() const { return port_; }
  // Behind it; a default one where there is none.
  const Netdev& netdev() const { return netdev_; }

  // The netdev has been deleted, or the card unplugged, whatever has come in its place. A few system calls.
  bool IsGone() const;
  // Since it was opened, but for what workers count (completed_checksums).
  PortStats Read() const;
  // What waits in the driver's ring when the link has gone down is taken back, so that it does not leave when it is up
  // again (driver_sockets.h). No worker sends.
  void TakeBackUnsent();
  // The link is up again.
  void PassUnsent() const { sockets_.PassUnsent(); }
  // Nothing is received or sent any more, and what is buffered is written.
  void Stop() { dataplane::StopPort(port_.id); }

 private:
  explicit PortDevice(std::string interface) : interface_(std::move(interface)) {}
  absl::Status Attach(const config::Interface& interface);
  absl::Status SetUpNetdev(const config::Config& config, const config::Interface& interface);
  absl::Status Start(const config::Config& config, const config::Interface& interface, rte_mempool* rx_pool);
  void Warn() const;

  const std::string interface_;  // for the log
  dataplane::Port port_;
  bool ours_ = false;  // closed and detached at the end
  rte_mempool* rx_pool_ = nullptr;
  std::atomic<bool> removed_ = false;

  Netdev netdev_;
  std::optional<PacketRing> ring_;     // net_af_packet's
  std::unique_ptr<HostChanges> host_;  // on the netdev
  std::unique_ptr<DeafNetdev> deaf_;   // the netdev, where an interface on it has a twin
  std::unique_ptr<OffloadOff> whole_;  // the netdev, which then takes packets in one piece
  mutable DriverSockets sockets_;
  mutable SharedWord<uint64_t> tap_overflows_;  // as last read: a counter does not go back when its netdev goes
  SharedWord<uint64_t> taken_back_;
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_PORT_DEVICE_H_
