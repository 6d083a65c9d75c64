#ifndef MGMD_CONTROL_LOCAL_TWIN_TWINS_H_
#define MGMD_CONTROL_LOCAL_TWIN_TWINS_H_

// The twins of all interfaces that have one, and the addresses that the host has on them, which are the router's own.
//
// Control thread.

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "control/kernel/netdev_monitor.h"
#include "control/local/dispatcher.h"
#include "control/local/injector.h"
#include "control/local/twin/twin.h"
#include "control/views/control_stats.h"
#include "control/views/counts.h"

namespace mgmd::local {

class Twins {
 public:
  struct Surroundings {
    Dispatcher& dispatcher;
    Injector& injector;
    views::ControlStats& stats;
    // The usable addresses of some twin are others than before; may be empty.
    std::function<void()> addresses_changed;
    std::function<void(const views::TwinChange&)> changed;  // may be empty
  };

  // Makes a twin for each of the settings, and registers it for what it gets. The surroundings outlive it. The error
  // names the interface, and what is missing.
  static absl::StatusOr<std::unique_ptr<Twins>> Make(std::vector<TwinSettings> settings, Surroundings surroundings);
  ~Twins();
  Twins(const Twins&) = delete;
  Twins& operator=(const Twins&) = delete;

  // Takes what the host has sent, in turn from all twins, and follows what the kernel tells. Returns whether there was
  // anything.
  bool Poll();

  // The link is so now: the interface's twin, if it has one, follows.
  void LinkChanged(std::string_view interface, bool up, uint32_t mtu, const Mac& mac);

  std::span<const std::unique_ptr<Twin>> all() const { return twins_; }
  // Of the interface of that name; null: it has none.
  Twin* Find(std::string_view interface) const;
  // Whose netdev has the number; null: none of these.
  const Twin* FindNetdev(unsigned index) const;

 private:
  using Clock = std::chrono::steady_clock;

  Twins(Surroundings surroundings, std::unique_ptr<NetdevMonitor> monitor, int epoll)
      : surroundings_(std::move(surroundings)), monitor_(std::move(monitor)), epoll_(epoll) {}
  void Follow();
  void Tell(views::TwinChange::What what, const Twin& twin, std::vector<std::string> addresses = {}) const;

  const Surroundings surroundings_;
  const std::unique_ptr<NetdevMonitor> monitor_;
  const int epoll_;  // of the netdevs
  std::vector<std::unique_ptr<Twin>> twins_;
  std::vector<NetdevState> told_;  // of each twin, what has been told of it
  Clock::time_point next_repair_{};
};

}  // namespace mgmd::local

#endif  // MGMD_CONTROL_LOCAL_TWIN_TWINS_H_
