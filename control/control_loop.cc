#include "control/control_loop.h"

#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

namespace mgmd {

ControlLoop::ControlLoop() : work_(asio::make_work_guard(io_)) {}

void ControlLoop::AddPoller(std::function<bool()> poll) { pollers_.push_back(std::move(poll)); }

void ControlLoop::OnSignal(int signal, std::function<void()> handle) {
  WaitForSignal(signals_.emplace_back(io_, signal), handle);
}

void ControlLoop::WaitForSignal(asio::signal_set& signals, const std::function<void()>& handle) {
  signals.async_wait([this, &signals, handle](const asio::error_code& error, int) {
    if (error) return;
    handle();
    WaitForSignal(signals, handle);
  });
}

void ControlLoop::RunOnControl(const std::function<void()>& function) {
  std::promise<void> done;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) throw std::runtime_error("control has stopped");
    posted_.push_back([&](bool run) {
      try {
        if (!run) throw std::runtime_error("control has stopped");
        function();
        done.set_value();
      } catch (...) {
        done.set_exception(std::current_exception());
      }
    });
  }
  done.get_future().get();
}

void ControlLoop::Run() {
  for (;;) {
    std::list<std::function<void(bool)>> posted;
    bool stopped;
    {
      const std::lock_guard lock(mutex_);
      posted.swap(posted_);
      stopped = stopped_;
    }
    bool worked = !posted.empty();
    for (const auto& function : posted) function(!stopped);
    if (stopped) return;
    worked |= io_.poll() > 0;
    for (const auto& poll : pollers_) worked |= poll();
    if (!worked) std::this_thread::sleep_for(kIdleSleep);
  }
}

void ControlLoop::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
}

}  // namespace mgmd
