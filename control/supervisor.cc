#include "control/supervisor.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <future>
#include <memory>
#include <utility>

#include "control/signals.h"

namespace mgmd {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr milliseconds kLook{50};
constexpr double kOrderlyPart = 0.6;     // of the limit, for an orderly stop; the rest is for cutting it short
constexpr milliseconds kLastWords{500};  // for a line in a log that may be blocked itself

std::string NameOf(int signal) {
  const char* const name = sigabbrev_np(signal);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
}

// Whatever holds everything else up.
[[noreturn]] void EndNow(const std::string& why) {
  const auto said = std::make_shared<std::promise<void>>();
  std::thread([said, why] {
    spdlog::critical("ending at once: {}", why);
    spdlog::default_logger()->flush();
    said->set_value();
  }).detach();
  said->get_future().wait_for(kLastWords);
  _exit(EXIT_FAILURE);
}

}  // namespace

Supervisor::Supervisor(int signals, milliseconds stop_limit, Program program)
    : signals_(signals), stop_limit_(stop_limit), program_(std::move(program)), end_(eventfd(0, EFD_CLOEXEC)) {
  thread_ = std::thread([this] { Run(); });
}

Supervisor::~Supervisor() {
  ending_ = true;
  eventfd_write(end_, 1);
  thread_.join();
  if (cutting_.joinable()) cutting_.join();
  if (end_ >= 0) close(end_);
}

void Supervisor::Run() {
  while (!ending_) {
    std::array<pollfd, 2> wait = {
        {{.fd = signals_, .events = POLLIN, .revents = 0}, {.fd = end_, .events = POLLIN, .revents = 0}}};
    poll(wait.data(), wait.size(), static_cast<int>(kLook.count()));
    HearSignals();
    Watch();
    LimitStop();
  }
}

void Supervisor::HearSignals() {
  unsigned char signal = 0;
  while (read(signals_, &signal, 1) == 1) Hear(signal);
}

void Supervisor::Hear(int signal) {
  if (IsStop(signal)) {
    const bool by_hand = signal != SIGXCPU && signal != SIGPWR;
    if (by_hand && ++asked_to_stop_ == 2) EndNow("a second " + NameOf(signal));
    BeginStop();
    program_.stop(NameOf(signal));
  } else if (signal == SIGUSR1) {
    program_.write_summary();
  } else if (signal == SIGHUP) {
    spdlog::info("SIGHUP: nothing is read again; a changed configuration needs a new start");
  } else if (strays_.insert(signal).second) {
    spdlog::warn("{}: it means nothing to mgmd; further ones are not logged", NameOf(signal));
  }
}

void Supervisor::BeginStop() {
  Clock::time_point never = Clock::time_point::max();
  stop_began_.compare_exchange_strong(never, Clock::now());
}

milliseconds Supervisor::LeftOfStop() const {
  return duration_cast<milliseconds>(stop_limit_ * kOrderlyPart - (Clock::now() - stop_began_.load()));
}

void Supervisor::LimitStop() {
  const Clock::time_point began = stop_began_;
  const auto now = Clock::now();
  if (now < began) return;
  if (now - began >= stop_limit_ - kLook) {
    EndNow("the stop has not ended in " + std::to_string(stop_limit_.count()) + " ms");
  }
  if (now - began < stop_limit_ * kOrderlyPart || cutting_.joinable()) return;
  const std::optional<Foreign> foreign = program_.inside();
  cutting_ = std::thread(
      [this, where = foreign ? foreign->what : "control has not come to its end"] { program_.cut_short(where); });
}

void Supervisor::Watch() {
  const auto now = Clock::now();
  const std::optional<uint64_t> progress = program_.progress();
  if (progress != progress_ || !progress) progressed_ = now;
  progress_ = progress;

  Standing still{"mgmd itself", progressed_, kStill};
  if (const std::optional<Foreign> foreign = program_.inside()) {
    still = {foreign->what, now - foreign->lasted, kStill};
  }
  const auto lasted = duration_cast<milliseconds>(now - still.since);
  if (standing_ && (lasted < kStill || still.what != standing_->what)) {
    const auto stood = duration_cast<milliseconds>(now - standing_->since);
    spdlog::warn("control goes on; it stood still for {} ms: {}", stood.count(), standing_->what);
    program_.went_on(standing_->what, stood);
    standing_.reset();
  }
  if (!standing_) {
    if (lasted < kStill) return;
    standing_ = std::move(still);
  }
  if (lasted < standing_->said_at) return;
  spdlog::warn("control has stood still for {} ms: {}", lasted.count(), standing_->what);
  standing_->said_at = 2 * lasted;
}

}  // namespace mgmd
