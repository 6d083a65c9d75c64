#ifndef MGMD_CONTROL_LOCAL_TWIN_TWIN_H_
#define MGMD_CONTROL_LOCAL_TWIN_TWIN_H_

// The twin of one interface: a netdev of the host's with the interface's name, addresses and MAC address, by which the
// host lives on the router's wire. What arrives for the router itself is received there, and what the host sends there
// leaves by the interface, with its tag. So the host answers ARP, neighbour discovery and pings, and routing daemons
// and listeners work, as on a netdev of the port's own.
//
// Multicast data does not go in, but for copies of the groups that the interface delivers: it is forwarded, and no
// host's business.
//
// Control thread.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/interface.h"
#include "common/local_class.h"
#include "control/kernel/netdev_monitor.h"
#include "control/local/consumer.h"
#include "control/local/dispatcher.h"
#include "control/local/injector.h"
#include "control/local/twin/link_setup.h"
#include "control/local/twin/tap_device.h"
#include "control/views/control_stats.h"

namespace mgmd::local {

struct TwinSettings {
  TwinLink link;
  bool carrier = true;                // the link is up
  InterfaceSlot slot = kNoSlot;       // of IPv4; ARP and what the host sends go by it
  InterfaceSlot ipv6_slot = kNoSlot;  // kNoSlot: none
  LocalClasses classes;               // what of the interface's local traffic the host gets
};

// What all twins share. Each part outlives them.
struct TwinSurroundings {
  Dispatcher& dispatcher;
  Injector& injector;
  NetdevMonitor& monitor;
  views::ControlStats& stats;
  int epoll;  // every netdev's descriptor is in it, with the Twin's address
};

class Twin : public Consumer {
 public:
  // Frames that the host has sent, taken in one turn of control.
  static constexpr size_t kFramesPerTurn = 64;

  // Its netdev is made. Errors as TapDevice::Make(), with the interface's name.
  static absl::StatusOr<std::unique_ptr<Twin>> Make(TwinSettings settings, const TwinSurroundings& surroundings);
  ~Twin() override;

  const TwinSettings& settings() const { return settings_; }
  // The netdev as the monitor last told it.
  NetdevState host() const { return device_ ? around_.monitor.state(device_->index()) : NetdevState(); }
  // The netdev's number; 0: there is none.
  unsigned index() const { return device_ ? device_->index() : 0; }

  // To the host. Of IGMP and MLD, where the router speaks it, that are queries alone: the host has to say what its own
  // programs have joined, and other stations' reports might keep it from that.
  void Take(const LocalPacket& packet) override;
  // From the host. Returns whether there was anything.
  bool Poll();

  // The link's carrier, MTU or MAC address has changed.
  void SetCarrier(bool up);
  void SetMtu(uint32_t mtu);
  void SetMac(const Mac& mac);

  // The monitor has told something: a netdev that was set down and is up again gets back what it has lost by that.
  void Follow();
  // Makes a netdev that somebody has deleted again. To be called now and then.
  void MakeAgain();

 private:
  Twin(TwinSettings settings, const TwinSurroundings& surroundings)
      : settings_(std::move(settings)), around_(surroundings) {}
  absl::Status MakeDevice();
  void LoseDevice();
  void WarnOf(const absl::Status& status) const;  // unless it is ok

  TwinSettings settings_;
  const TwinSurroundings around_;
  std::optional<TapDevice> device_;  // nothing: somebody has deleted it
  bool down_ = false;                // somebody has set it down
};

}  // namespace mgmd::local

#endif  // MGMD_CONTROL_LOCAL_TWIN_TWIN_H_
