#ifndef MGMD_CONTROL_KERNEL_NETDEV_MONITOR_H_
#define MGMD_CONTROL_KERNEL_NETDEV_MONITOR_H_

// Netdevs as the kernel has them: their links, and which addresses are the host's on them. Followed over rtnetlink.
//
// The kernel tells each change as it happens. What it could not tell, since the socket's buffer was full, it says was
// lost (ENOBUFS), and everything is asked for anew; so the state here is that of a moment ago, whatever happened
// between. What changes while the kernel answers is in the answer or not, so then it is asked once more. A netdev that
// is made again under an old name is another one: it has another index.
//
// Control thread. Poll() never blocks; where nothing has changed it costs one system call.

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/ip_family.h"
#include "control/kernel/netlink_socket.h"

namespace mgmd {

// One of a netdev's.
template <class Family>
struct HostAddress {
  typename Family::Address address;
  int length = Family::kAddressBits;
  bool tentative = false;  // whether another station has it is being asked (RFC 4862 section 5.4)
  bool duplicate = false;  // another station has it: it is never used

  // Whether the router may speak from it.
  bool usable() const { return !tentative && !duplicate; }
  bool operator==(const HostAddress&) const = default;
};
template <class Family>
using HostAddresses = std::vector<HostAddress<Family>>;

struct NetdevState {
  bool present = false;  // there is such a netdev in this network namespace
  bool up = false;       // set up, whatever its carrier is
  bool running = false;  // set up, and its carrier is there
  uint32_t mtu = 0;
  std::array<uint8_t, 6> mac{};
  PerFamily<HostAddresses> addresses;

  bool operator==(const NetdevState&) const = default;
};

class NetdevMonitor {
 public:
  // Subscribes to changes. `receive_buffer`: octets for what has not been read yet; 0: the system's default.
  static absl::StatusOr<std::unique_ptr<NetdevMonitor>> Open(int receive_buffer = 0);

  // Follows one more netdev, by its index, and asks for its present state; and no longer.
  void Follow(unsigned index);
  void Forget(unsigned index) { followed_.erase(index); }

  // Reads what the kernel has told, and at most so much in a call. Returns whether there was anything.
  bool Poll();

  // Of a netdev that is followed, as of the last Poll().
  const NetdevState& state(unsigned index) const { return followed_.at(index).now; }

 private:
  struct Followed {
    NetdevState now;
    NetdevState asked;  // what the present dump has told so far
  };

  explicit NetdevMonitor(std::unique_ptr<NetlinkSocket> socket) : socket_(std::move(socket)) {}
  // For links, or for addresses (RTM_GET*).
  void Ask(uint16_t what);
  bool IsOfDump(const nlmsghdr& message) const { return asking_ != 0 && message.nlmsg_seq == dump_; }
  void Handle(const nlmsghdr& message);
  // The kernel has told all of a dump, or refused it with an error number.
  void HandleEnd(int error);
  // The message is about the netdev: calls change(its state).
  template <class Change>
  void Apply(unsigned index, const nlmsghdr& message, Change&& change);
  void HandleLink(const nlmsghdr& message);
  void HandleAddress(const nlmsghdr& message);

  const std::unique_ptr<NetlinkSocket> socket_;
  std::map<unsigned, Followed> followed_;
  bool ask_ = false;     // everything is to be asked for: links, and then addresses
  uint16_t asking_ = 0;  // RTM_GETLINK, RTM_GETADDR, or nothing
  bool torn_ = false;    // something changed while the dump was made
  uint32_t dump_ = 0;    // its number
};

}  // namespace mgmd

#endif  // MGMD_CONTROL_KERNEL_NETDEV_MONITOR_H_
