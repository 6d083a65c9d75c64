#include "control/signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

namespace mgmd {
namespace {

constexpr std::array kStops = {SIGINT, SIGTERM, SIGQUIT, SIGXCPU, SIGPWR};
constexpr std::array kStrays = {SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGSTKFLT};

int write_end = -1;  // for the handler

void Hand(int signal, void (*handle)(int)) {
  struct sigaction action = {};
  action.sa_handler = handle;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

void Forward(int signal) {
  const int saved = errno;
  const auto byte = static_cast<unsigned char>(signal);
  static_cast<void>(write(write_end, &byte, 1));  // a full pipe has signals enough to be read
  errno = saved;
}

bool IsClaimed(int signal) {
  struct sigaction present = {};
  return sigaction(signal, nullptr, &present) == 0 && present.sa_handler != SIG_DFL;
}

}  // namespace

void SurviveBrokenOutputs() {
  for (const int signal : {SIGPIPE, SIGXFSZ}) Hand(signal, [](int) {});
}

int TakeSignals() {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return -1;
  write_end = ends[1];
  for (const int signal : kStops) Hand(signal, Forward);
  for (const int signal : {SIGHUP, SIGUSR1}) Hand(signal, Forward);
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    if (IsStray(signal) && !IsClaimed(signal)) Hand(signal, Forward);
  }
  return ends[0];
}

bool IsStop(int signal) { return std::find(kStops.begin(), kStops.end(), signal) != kStops.end(); }

bool IsStray(int signal) {
  const bool real_time = signal >= SIGRTMIN && signal <= SIGRTMAX;
  return real_time || std::find(kStrays.begin(), kStrays.end(), signal) != kStrays.end();
}

}  // namespace mgmd
