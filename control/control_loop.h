#ifndef MGMD_CONTROL_CONTROL_LOOP_H_
#define MGMD_CONTROL_CONTROL_LOOP_H_

// The loop of the control thread: posted functions, then the pollers in the order in which they were added (the Group
// Manager with its calls, punts, timers and reclamation). After a turn in which nothing was done it sleeps for
// kIdleSleepUs, and no longer (common/sleep.h), so that control costs next to nothing while it has nothing to decide
// and yet answers a punt within a fraction of a millisecond. It cannot wait for a punt: workers wake nobody, since they
// make no system calls.
//
// Threads: AddPoller() and Run() on one thread, the control thread; everything else on any.

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <vector>

#include "common/turn_times.h"
#include "control/views/control_stats.h"

namespace mgmd {

class ControlLoop {
 public:
  static constexpr uint32_t kIdleSleepUs = 100;

  ControlLoop() = default;
  ControlLoop(const ControlLoop&) = delete;
  ControlLoop& operator=(const ControlLoop&) = delete;

  // `poll` does a bounded amount of work and returns whether there was any.
  void AddPoller(std::function<bool()> poll);

  // Runs `function` on the control thread in its next turn, also in the last one; does not wait. Never, when Run() has
  // returned by then.
  void Post(std::function<void()> function);
  // Runs `function` on the control thread and returns when it has returned; an exception of it comes out here. Throws
  // std::runtime_error when control has stopped or stops before the function's turn.
  void RunOnControl(const std::function<void()>& function);

  // Turns until Stop(). Functions of RunOnControl() not yet run then are cancelled: their callers get the exception.
  void Run();
  void Stop();

  // Turns so far; none while the loop does not run.
  std::optional<uint64_t> Turns() const;
  // Turns, and how long they took: counted here. The other rows are for those that it polls.
  views::ControlStats& stats() { return stats_; }

 private:
  std::atomic<bool> running_ = false;
  views::ControlStats stats_;
  TurnTimes turn_times_{views::ControlStats::kTicksPerSecond, stats_.longest_turn, stats_.long_turns};
  std::vector<std::function<bool()>> pollers_;

  std::mutex mutex_;  // guards posted_ and stopped_
  std::list<std::function<void(bool run)>> posted_;
  bool stopped_ = false;
};

}  // namespace mgmd

#endif  // MGMD_CONTROL_CONTROL_LOOP_H_
