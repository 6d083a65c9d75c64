#include "control/control_loop.h"

#include <chrono>
#include <exception>
#include <future>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "common/sleep.h"

namespace mgmd {

void ControlLoop::AddPoller(std::function<bool()> poll) { pollers_.push_back(std::move(poll)); }

void ControlLoop::Post(std::function<void()> function) {
  const std::lock_guard lock(mutex_);
  posted_.push_back([function = std::move(function)](bool) { function(); });
}

void ControlLoop::RunOnControl(const std::function<void()>& function) {
  std::promise<void> done;
  std::exception_ptr thrown;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) throw std::runtime_error("control has stopped");
    posted_.push_back([&](bool run) {
      try {
        if (!run) throw std::runtime_error("control has stopped");
        function();
      } catch (...) {
        thrown = std::current_exception();
      }
      // After the handler: the caller has what was thrown to itself.
      done.set_value();
    });
  }
  done.get_future().get();
  if (thrown) std::rethrow_exception(thrown);
}

void ControlLoop::Run() {
  running_ = true;
  using Clock = std::chrono::steady_clock;
  for (;;) {
    const Clock::time_point begin = Clock::now();
    std::list<std::function<void(bool)>> posted;
    bool stopped;
    {
      const std::lock_guard lock(mutex_);
      posted.swap(posted_);
      stopped = stopped_;
    }
    bool worked = !posted.empty();
    for (const auto& function : posted) function(!stopped);
    if (stopped) break;
    for (const auto& poll : pollers_) worked |= poll();
    turn_times_.Took(static_cast<uint64_t>(std::chrono::nanoseconds(Clock::now() - begin).count()));
    stats_.turns.fetch_add(1, std::memory_order_relaxed);
    if (!worked) SleepUs(kIdleSleepUs);  // workers wake nobody
  }
  running_ = false;
}

void ControlLoop::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
}

std::optional<uint64_t> ControlLoop::Turns() const {
  if (!running_) return std::nullopt;
  return stats_.turns.load(std::memory_order_relaxed);
}

}  // namespace mgmd
