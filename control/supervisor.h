#ifndef MGMD_CONTROL_SUPERVISOR_H_
#define MGMD_CONTROL_SUPERVISOR_H_

// A thread besides control's, which nothing of control's can hold up: it hears the process's signals, says when control
// stands still and in what, and limits how long a stop takes.
//
//   SIGINT, SIGTERM, SIGQUIT, SIGXCPU, SIGPWR   an orderly stop; the second of the first three ends the process at once
//   SIGUSR1                                     a summary
//   SIGHUP                                      a line in the log
//   the others that would end a process         a line in the log, the first time
//
// Control stands still where its loop does not turn, or a function that is not mgmd's (a callback, a module's start or
// stop) has not returned, for kStill. It is said then and after each doubling of the time, and once more when control
// goes on.
//
// A stop that takes too long is cut short, in time for what then is to be done; at its limit the process ends, whatever
// it does.

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>

namespace mgmd {

class Supervisor {
 public:
  static constexpr std::chrono::milliseconds kStill{1000};

  // A function that is not mgmd's and that control is inside of.
  struct Foreign {
    std::string what;
    std::chrono::milliseconds lasted{};
  };

  // What is supervised. Called on the supervisor's thread; nothing here may wait for control.
  struct Program {
    std::function<void(std::string_view why)> stop;
    std::function<void()> write_summary;
    std::function<std::optional<Foreign>()> inside;
    // A number that grows while control's loop turns; none while control is not in its loop.
    std::function<std::optional<uint64_t>()> progress;
    // Control stood still for so long, and goes on.
    std::function<void(const std::string& what, std::chrono::milliseconds)> went_on;
    // The stop takes too long, and control is inside of this. On a thread of its own; ends the process.
    std::function<void(const std::string& where)> cut_short;
  };

  // `signals`: from TakeSignals(). `stop_limit`: in which a stop ends.
  Supervisor(int signals, std::chrono::milliseconds stop_limit, Program program);
  // From here on signals are taken and nothing happens. Where the stop is being cut short, this does not return.
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // A stop has begun; where it is not the first time, nothing happens. Any thread.
  void BeginStop();
  // What is left of the time for an orderly stop, which has begun; then it is cut short. Any thread.
  std::chrono::milliseconds LeftOfStop() const;

  // For its affinity.
  pthread_t thread() { return thread_.native_handle(); }

 private:
  using Clock = std::chrono::steady_clock;

  void Run();
  void HearSignals();
  void Hear(int signal);
  void Watch();
  void LimitStop();

  const int signals_;
  const std::chrono::milliseconds stop_limit_;
  const Program program_;

  // Of the supervisor's thread.
  int asked_to_stop_ = 0;
  std::set<int> strays_;
  std::optional<uint64_t> progress_;
  Clock::time_point progressed_ = Clock::now();
  struct Standing {
    std::string what;
    Clock::time_point since;
    std::chrono::milliseconds said_at;
  };
  std::optional<Standing> standing_;
  std::thread cutting_;

  std::atomic<Clock::time_point> stop_began_ = Clock::time_point::max();

  const int end_;  // an eventfd, readable when the thread is to end; -1: none could be had
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace mgmd

#endif  // MGMD_CONTROL_SUPERVISOR_H_
