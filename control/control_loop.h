#ifndef MGMD_CONTROL_CONTROL_LOOP_H_
#define MGMD_CONTROL_CONTROL_LOOP_H_

// The loop of the control thread: signals and posted functions (Asio), then the pollers in the order in which they
// were added (the Group Manager with its calls, punts, timers and reclamation). After a turn in which nothing was
// done it sleeps for kIdleSleep, so that control costs next to nothing while it has nothing to decide and yet answers
// a punt within a fraction of a millisecond.
//
// Threads: everything on the thread that calls Run(), except RunOnControl() and Stop(), which any thread may call.

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <mutex>
#include <vector>

namespace mgmd {

class ControlLoop {
 public:
  static constexpr std::chrono::microseconds kIdleSleep{100};

  ControlLoop();
  ControlLoop(const ControlLoop&) = delete;
  ControlLoop& operator=(const ControlLoop&) = delete;

  // `poll` does a bounded amount of work and returns whether there was any.
  void AddPoller(std::function<bool()> poll);
  // Calls `handle` on the control thread each time the process gets the signal.
  void OnSignal(int signal, std::function<void()> handle);

  // Runs `function` on the control thread and returns when it has returned; an exception of it comes out here. Throws
  // std::runtime_error when control has stopped or stops before the function's turn.
  void RunOnControl(const std::function<void()>& function);

  // Turns until Stop(). Functions posted and not yet run then are cancelled: their callers get the exception.
  void Run();
  void Stop();

 private:
  void WaitForSignal(asio::signal_set& signals, const std::function<void()>& handle);

  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::list<asio::signal_set> signals_;
  std::vector<std::function<bool()>> pollers_;

  std::mutex mutex_;  // guards posted_ and stopped_
  std::list<std::function<void(bool run)>> posted_;
  bool stopped_ = false;
};

}  // namespace mgmd

#endif  // MGMD_CONTROL_CONTROL_LOOP_H_
