#ifndef MGMD_CONTROL_RIB_RIB_H_
#define MGMD_CONTROL_RIB_RIB_H_

// The multicast routing table of a family, as the Group Manager asks it: what the configuration says of a source counts
// before anything that the kernel says, however long the prefixes are. What is said of the sources behind a proxy's
// upstream counts where neither of these leads anywhere by a prefix as long.
//
// Control thread.

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/route_table.h"
#include "control/rib/kernel_follower.h"
#include "control/rib/static_rib.h"

namespace mgmd {

template <class Family>
class Rib : public RouteTable<Family> {
 public:
  StaticRib<Family>& configured() { return configured_; }
  StaticRib<Family>& proxied() { return proxied_; }

  // Follows the kernel's table from here on, which it has read once when it returns.
  absl::Status FollowKernel(uint32_t table, InterfaceOfNetdev interface_of) {
    auto kernel = KernelFollower<Family>::Open(table, std::move(interface_of));
    if (!kernel.ok()) {
      return absl::Status(kernel.status().code(), absl::StrCat("[rib] kernel: ", kernel.status().message()));
    }
    kernel_ = *std::move(kernel);
    return absl::OkStatus();
  }
  // Does a turn's share of it, and calls changed(prefix) where routes may have changed. Returns whether there was
  // anything to do.
  template <class Changed>
  bool Poll(Changed&& changed) {
    if (kernel_ == nullptr) return false;
    const bool worked = kernel_->Poll();
    for (const typename Family::Prefix& prefix : kernel_->TakeChanges()) changed(prefix);
    return worked;
  }

  // Other netdevs than before lead out of interfaces.
  void NetdevsChanged() {
    if (kernel_ != nullptr) kernel_->ReadAgain();
  }

  std::optional<Route<Family>> Lookup(const typename Family::Address& source) const override {
    std::optional<Route<Family>> route = configured_.Lookup(source);
    if (!route && kernel_ != nullptr) route = kernel_->routes().Lookup(source);
    const std::optional<Route<Family>> proxied = proxied_.Lookup(source);
    return !proxied || (route && route->prefix.length() >= proxied->prefix.length()) ? route : proxied;
  }

 private:
  StaticRib<Family> configured_;
  StaticRib<Family> proxied_;
  std::unique_ptr<KernelFollower<Family>> kernel_;  // null: not followed
};

}  // namespace mgmd

#endif  // MGMD_CONTROL_RIB_RIB_H_
