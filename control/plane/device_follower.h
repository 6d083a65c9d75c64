#ifndef MGMD_CONTROL_PLANE_DEVICE_FOLLOWER_H_
#define MGMD_CONTROL_PLANE_DEVICE_FOLLOWER_H_

// Lets devices come and go while the router runs, each for its port, which stays.
//
// A device that goes (a netdev is deleted, a card unplugged) is one whose link is down (link_follower.h). No worker
// polls it from then on; when none does any more and none sends by it, it is closed, and opened again when it is there
// again: the netdev of its name, whatever its index, or the card in its slot. So is one that was not there at the start
// (`late`). Each sign of it (device_sign.h) is tried once. A port that has been without for vanish_linger is told of,
// since its streams then go.
//
// A device of net_af_xdp is opened again where its port is `late` only, which keeps the privileges for it, and not
// after it could not be opened: its driver then keeps 2,048 packet buffers.
//
// Control thread. Devices are opened and closed on a thread of their own, one at a time.

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "control/config/config.h"
#include "control/plane/device_thread.h"
#include "control/plane/link_follower.h"
#include "control/plane/ports.h"
#include "dataplane/fib/epoch.h"

namespace mgmd::plane {

// What it works on outlives it.
struct DeviceFollowerParts {
  LinkFollowerParts links;
  rte_mempool* rx_pool;
  bool stepped;  // every port is looked at in each call
};

class DeviceFollower {
 public:
  using PortChanged = LinkFollower::PortChanged;

  // The interfaces, which are configured, follow the ports from here on.
  explicit DeviceFollower(DeviceFollowerParts parts);

  // Calls `changed` for each port whose device has gone, has been opened, or could not be, and for what LinkFollower
  // tells. Netdevs are heard at once, other devices are looked at ten times a second.
  void Poll(const PortChanged& changed);
  // The interfaces on ports that have been without a device for vanish_linger, since the last call; each once.
  std::vector<InterfaceId> TakeLost() { return std::exchange(lost_, {}); }

 private:
  using Clock = std::chrono::steady_clock;
  using Opened = absl::StatusOr<std::unique_ptr<PortDevice>>;
  enum class Step : uint8_t {
    kOpen,
    kGone,     // it is the port's still: its link goes down
    kLetGo,    // nobody but a worker that has not ended its turn may be using it
    kClosing,  // on the other thread
    kMissing,
    kOpening,  // on the other thread
    kNeverAgain,
  };
  struct State {
    Step step = Step::kOpen;
    dataplane::GraceToken token{};  // kLetGo
    std::future<void> closing;
    std::future<Opened> opening;
    std::string tried;                         // the sign that it had when it was last opened, or could not be
    std::optional<Clock::time_point> lost_at;  // its streams stay until then
  };

  void FollowOne(Ports::Port& port, State& state, bool look, const PortChanged& changed);
  void Close(Ports::Port& port, State& state);
  void TryToOpen(const Ports::Port& port, State& state);
  void Adopt(Ports::Port& port, State& state, const PortChanged& changed);
  void Lose(const Ports::Port& port);
  const config::Interface& InterfaceOf(const Ports::Port& port) const { return *parts_.config->Find(port.interface); }

  const LinkFollowerParts parts_;
  rte_mempool* const rx_pool_;
  const bool stepped_;
  LinkFollower links_;
  Clock::time_point next_look_;
  std::vector<State> states_;  // of each port
  std::vector<InterfaceId> lost_;
  DeviceThread thread_;  // last: its jobs end before what they work on goes
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_DEVICE_FOLLOWER_H_
