#ifndef MGMD_CONTROL_PLANE_PORTS_H_
#define MGMD_CONTROL_PLANE_PORTS_H_

// The ports of a configuration: one for each interface with a device, whether the device is there or not.
//
// A port keeps its number, its name and what it has counted when its device goes and another one comes
// (device_follower.h).
//
// The link, MTU and MAC address of a netdev whose driver hides them are followed over rtnetlink.
//
// Control thread, but for Read(), which any may call, and what it reads (SharedWord).

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "control/config/config.h"
#include "control/kernel/netdev_monitor.h"
#include "control/plane/port_device.h"
#include "control/plane/shared_word.h"
#include "control/views/counts.h"
#include "dataplane/interfaces/interface_table.h"

namespace mgmd::plane {

class Ports {
 public:
  class Port {
   public:
    Port(uint16_t number, const config::Interface& interface);

    const uint16_t number;        // the router's own, by which workers and interfaces name it
    const InterfaceId interface;  // the untagged one on it
    const std::string name;       // of that interface
    const std::string device_name;

    SharedWord<bool> link_up = false;
    // Of the device; before there has been one, made up.
    dataplane::MacAddress mac{};
    uint32_t mtu = 0;            // the netdev's, as last told; 0: none
    bool multi_segs = false;     // as workers know it from their start on: dataplane::Port
    bool local_senders = false;  // the same

    // Null: it is not there, or is being opened or closed.
    const PortDevice* device() const { return device_.get(); }
    PortDevice* device() { return device_.get(); }
    // It has been opened.
    void Attach(std::unique_ptr<PortDevice> device);
    // No worker polls it or sends by it. What it has counted stays counted.
    std::unique_ptr<PortDevice> Detach();
    // Any thread.
    PortStats Read() const;

    views::PortChange Changed(views::PortChange::What what) const { return {what, name, link_up, mtu, mac, {}}; }

   private:
    std::unique_ptr<PortDevice> device_;
    PortStats before_;          // of the devices that it has had before
    mutable std::mutex mutex_;  // held where others than control read, and where control changes, what stands above
  };

  // Whether the ports can be had as the configuration wants them, as far as that can be told before there is packet
  // memory.
  static absl::Status Check(const config::Config& config);

  // Opens the devices; one that is not there is left out if its interface is `late`. The error names the interface, its
  // device, and what is missing.
  static absl::StatusOr<Ports> Open(const config::Config& config, rte_mempool* rx_pool);
  Ports(Ports&&) = default;
  Ports& operator=(Ports&&) = delete;

  const std::deque<Port>& all() const { return ports_; }
  std::deque<Port>& all() { return ports_; }
  // The port that the interface is on.
  const Port& Of(const config::Interface& interface) const;
  // The one that the kernel's netdev of that index is; null: none.
  const Port* OfNetdev(unsigned index) const;
  // Stops the devices. No worker runs.
  void Stop();

  // How things are with a port now.
  struct Link {
    bool up = false;
    uint32_t mtu = 0;  // the netdev's; 0: there is none
    dataplane::MacAddress mac{};
  };
  // Hears what the kernel has told since the last call. Returns whether anything.
  bool Listen() { return monitor_ != nullptr && monitor_->Poll(); }
  Link LinkOf(const Port& port) const;
  // The port's device has been attached: its netdev is listened to; or goes.
  void Follow(const Port& port);
  void Forget(const Port& port);

 private:
  Ports() = default;
  absl::Status Add(const config::Config& config, const config::Interface& interface, rte_mempool* rx_pool);

  std::deque<Port> ports_;
  std::unique_ptr<NetdevMonitor> monitor_;  // null: no port can be a netdev
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_PORTS_H_
