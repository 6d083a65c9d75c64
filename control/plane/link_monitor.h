#ifndef MGMD_CONTROL_PLANE_LINK_MONITOR_H_
#define MGMD_CONTROL_PLANE_LINK_MONITOR_H_

// The links of the kernel's network devices, followed over rtnetlink.
//
// The kernel tells each change as it happens. What it could not tell, since the socket's buffer was full, it says was
// lost (ENOBUFS), and all links are asked for anew; so the state here is that of a moment ago, whatever happened
// between. A device that is made again under an old name is another one: it has another index.
//
// Control thread. Poll() never blocks; where nothing has changed it costs one system call.

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "dataplane/interfaces/interface_table.h"

struct mnl_socket;

namespace mgmd::plane {

struct NetdevLink {
  bool present = false;  // there is such a device in this network namespace
  bool up = false;       // set up, and its carrier is there
  uint32_t mtu = 0;
  dataplane::MacAddress mac{};

  bool operator==(const NetdevLink&) const = default;
};

class LinkMonitor {
 public:
  // Subscribes to changes. `receive_buffer`: octets for what has not been read yet; 0: the system's default.
  static absl::StatusOr<std::unique_ptr<LinkMonitor>> Open(int receive_buffer = 0);
  ~LinkMonitor();
  LinkMonitor(const LinkMonitor&) = delete;
  LinkMonitor& operator=(const LinkMonitor&) = delete;

  // Follows one more device, by its index, and asks for its present state.
  void Follow(unsigned index);

  // Reads everything that the kernel has told. Returns whether there was anything.
  bool Poll();

  // The state of a device that is followed, as of the last Poll().
  const NetdevLink& link(unsigned index) const { return followed_.at(index).link; }

 private:
  struct Followed {
    NetdevLink link;
    bool seen = false;  // in the present dump
  };

  explicit LinkMonitor(mnl_socket* socket) : socket_(socket) {}
  void AskForAll();
  // Messages of one read.
  void Handle(std::span<const uint8_t> messages);

  mnl_socket* const socket_;
  std::unordered_map<unsigned, Followed> followed_;
  bool ask_ = false;        // all links are to be asked for
  uint32_t dump_ = 0;       // the number of the last dump
  bool dumping_ = false;    // it has not ended yet
  bool dump_torn_ = false;  // links changed while it was made
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_LINK_MONITOR_H_
