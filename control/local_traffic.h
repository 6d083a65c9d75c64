#ifndef MGMD_CONTROL_LOCAL_TRAFFIC_H_
#define MGMD_CONTROL_LOCAL_TRAFFIC_H_

// Local traffic, wired: who takes what arrives for the router itself (dispatcher), what it says itself (injector), its
// ICMPv6 errors, and the twins of its interfaces.
//
// Control thread.

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/own_address.h"
#include "control/config/config.h"
#include "control/links.h"
#include "control/local/dispatcher.h"
#include "control/local/icmpv6/error_sender.h"
#include "control/local/injector.h"
#include "control/local/twin/twins.h"
#include "control/plane/plane.h"
#include "control/views/control_stats.h"
#include "control/views/counts.h"
#include "control/views/links.h"

namespace mgmd {

class LocalTraffic {
 public:
  // What is told; each may be empty.
  struct Told {
    std::function<void(const views::TwinChange&)> twin_changed;  // what befalls twins
    std::function<void(const views::Link&)> link_changed;        // an interface's link is other than before
  };

  // Makes the twins; the error says which of them cannot be had. `plane` and `stats` outlive it.
  static absl::StatusOr<std::unique_ptr<LocalTraffic>> Open(const config::Config& config, plane::Plane& plane,
                                                            views::ControlStats& stats, Told told);
  LocalTraffic(const LocalTraffic&) = delete;
  LocalTraffic& operator=(const LocalTraffic&) = delete;

  local::Dispatcher& dispatcher() { return dispatcher_; }
  local::Injector& injector() { return injector_; }
  // All that are configured, and their links in this order, which change in Poll() alone.
  const std::vector<config::Interface>& interfaces() const { return interfaces_; }
  const std::vector<views::Link>& links() const { return links_.all(); }

  // The interface that a netdev of the kernel's leads out of: its port, or its twin. Nothing: it is none of ours.
  std::optional<InterfaceId> InterfaceOf(unsigned netdev) const;

  // A port has changed: Poll() looks at the links of the interfaces on it.
  void PortChanged() { links_touched_ = true; }

  // One turn of all of it. Returns whether there was anything to do.
  bool Poll();

 private:
  LocalTraffic(const config::Config& config, plane::Plane& plane, views::ControlStats& stats, Told told);
  absl::Status MakeTwins(views::ControlStats& stats);
  // Whoever follows links, twins among them, is told of those that have changed.
  void FollowLinks();
  // Whoever goes by the router's own addresses is told what they are.
  void FollowAddresses();

  const std::vector<config::Interface> interfaces_;
  plane::Plane& plane_;
  const Told told_;
  Links links_;
  local::Dispatcher dispatcher_;
  local::Injector injector_;
  icmpv6::ErrorSender icmpv6_errors_;
  std::unique_ptr<local::Twins> twins_;  // null where no interface has one
  bool links_touched_ = false;
  PerFamily<OwnAddressList> own_addresses_;
};

}  // namespace mgmd

#endif  // MGMD_CONTROL_LOCAL_TRAFFIC_H_
