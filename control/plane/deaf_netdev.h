#ifndef MGMD_CONTROL_PLANE_DEAF_NETDEV_H_
#define MGMD_CONTROL_PLANE_DEAF_NETDEV_H_

// The netdev behind a port, made deaf to what an interface's twin answers. Otherwise the host would hear every question
// twice, there and on the twin, and answer twice. It stays up, since the port's driver receives by it.
//
// What is set and logged: no IPv6, reverse path filtering (no address of the host's is answered for where the host has
// none), no GRO and LRO, which would put packets together that are forwarded one by one. It is undone when the object
// goes, where nobody else has changed it since.
//
// Control thread.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "control/kernel/net_setting.h"
#include "control/plane/offload.h"

namespace mgmd::plane {

class DeafNetdev {
 public:
  // FAILED_PRECONDITION: the netdev has an address, which says that it is a wire of the host's own.
  static absl::StatusOr<std::unique_ptr<DeafNetdev>> Make(const std::string& netdev);
  ~DeafNetdev();
  DeafNetdev(const DeafNetdev&) = delete;
  DeafNetdev& operator=(const DeafNetdev&) = delete;

 private:
  struct Change {
    NetSetting setting;
    std::string ours;
    std::string before;
  };

  explicit DeafNetdev(std::string netdev) : netdev_(std::move(netdev)) {}
  void Set(const std::string& family, const std::string& setting, const std::string& value);

  const std::string netdev_;
  std::vector<Change> changes_;
  std::vector<std::unique_ptr<OffloadOff>> offloads_;
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_DEAF_NETDEV_H_
