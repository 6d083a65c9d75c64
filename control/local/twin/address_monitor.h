#ifndef MGMD_CONTROL_LOCAL_TWIN_ADDRESS_MONITOR_H_
#define MGMD_CONTROL_LOCAL_TWIN_ADDRESS_MONITOR_H_

// The twins' netdevs as the kernel has them: whether they are there and up, and which addresses are the host's on them.
// Followed over rtnetlink, and asked for anew when the kernel says that something was lost (ENOBUFS).
//
// Control thread. Poll() never blocks; where nothing has changed it costs one system call.

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "common/ip_family.h"

struct mnl_socket;
struct nlmsghdr;

namespace mgmd::local {

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

struct HostLink {
  bool present = false;
  bool up = false;  // set up, whatever its carrier is
  PerFamily<HostAddresses> addresses;

  bool operator==(const HostLink&) const = default;
};

class AddressMonitor {
 public:
  // Subscribes to changes. `receive_buffer`: octets for what has not been read yet; 0: the system's default.
  static absl::StatusOr<std::unique_ptr<AddressMonitor>> Open(int receive_buffer = 0);
  ~AddressMonitor();
  AddressMonitor(const AddressMonitor&) = delete;
  AddressMonitor& operator=(const AddressMonitor&) = delete;

  // Follows one more netdev, by its index, and asks for its present state; and no longer.
  void Follow(unsigned index);
  void Forget(unsigned index);

  // Reads what the kernel has told, and at most so much in a call. Returns whether there was anything.
  bool Poll();

  // As of the last Poll().
  const HostLink& link(unsigned index) const { return followed_.at(index).link; }

 private:
  struct Followed {
    HostLink link;
    HostLink asked;  // what the present dump has told so far
  };

  explicit AddressMonitor(mnl_socket* socket) : socket_(socket) {}
  void Ask(uint16_t what);
  void Handle(std::span<const uint8_t> messages);
  void HandleEnd(const nlmsghdr* message);
  void HandleLink(const nlmsghdr* message, bool of_dump);
  void HandleAddress(const nlmsghdr* message, bool of_dump);

  mnl_socket* const socket_;
  std::map<unsigned, Followed> followed_;
  bool ask_ = false;     // everything is to be asked for: links, and then addresses
  uint16_t asking_ = 0;  // RTM_GETLINK, RTM_GETADDR, or nothing
  bool torn_ = false;    // something changed while the dump was made
  uint32_t dump_ = 0;    // its number
};

}  // namespace mgmd::local

#endif  // MGMD_CONTROL_LOCAL_TWIN_ADDRESS_MONITOR_H_
