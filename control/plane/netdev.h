#ifndef MGMD_CONTROL_PLANE_NETDEV_H_
#define MGMD_CONTROL_PLANE_NETDEV_H_

// The kernel's network device ("netdev") behind a DPDK port of net_af_packet, net_af_xdp or net_tap, and what mgmd
// does to one that was there before it: it raises an MTU that is too small, and drivers make it promiscuous.
//
// Control thread; each call is a system call or a few.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mgmd::plane {

// Drivers whose ports are netdevs. kOther: every other one, whose port is hardware or no wire at all.
enum class WireDriver : uint8_t { kOther, kAfPacket, kAfXdp, kTap };

// By the first word of a device as the configuration has it ("net_af_packet0,iface=eth1").
WireDriver DriverOf(std::string_view device);

// The netdev that such a device is, or makes ("eth1"); empty: it does not say.
std::string NetdevNameIn(std::string_view device);

struct Netdev {
  WireDriver driver = WireDriver::kOther;
  unsigned index = 0;
  std::string name;

  // The driver says that its link is up whatever the netdev's is.
  bool hides_link() const { return driver == WireDriver::kAfPacket || driver == WireDriver::kAfXdp; }
};

// The one behind the port; a default one where there is none.
Netdev NetdevOf(uint16_t port);

// Whether it is still there, whatever has its name now.
bool Exists(const Netdev& netdev);

struct NetdevSettings {
  uint32_t mtu = 0;
  bool promiscuous = false;
  bool up = false;  // set up, whatever its carrier is

  bool operator==(const NetdevSettings&) const = default;
};

absl::StatusOr<NetdevSettings> ReadSettings(const std::string& netdev);
absl::Status SetMtu(const std::string& netdev, uint32_t mtu);

// What has been changed on a netdev since an object of this class was made: logged, and undone.
class HostChanges {
 public:
  explicit HostChanges(Netdev netdev);
  // Logs what is no longer as it was.
  void Log();
  // Sets that back, unless somebody else has changed it since Log(). A netdev that is gone is left alone.
  void Undo();

 private:
  const Netdev netdev_;
  std::optional<NetdevSettings> before_;
  std::optional<NetdevSettings> ours_;
};

// Packets that the kernel could not put into the queue of the tap device, since the device was made; nothing where the
// kernel does not tell, as when it is gone.
std::optional<uint64_t> TapOverflows(unsigned index);

// Whether the kernel forwards multicast on the netdev: it is among the interfaces of the kernel's own multicast
// router, which a routing daemon has set up.
bool KernelForwardsMulticastOn(const std::string& netdev);

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_NETDEV_H_
