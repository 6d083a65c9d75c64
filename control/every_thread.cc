#include "control/every_thread.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace mgmd {
namespace {

constexpr std::chrono::milliseconds kLimit{1000};
// Between two looks at who is left: a handler may do no more than it is told to, so nobody tells that it has ended.
constexpr std::chrono::microseconds kLook{100};

std::atomic<void (*)()> call_of_threads = nullptr;  // for the handler

void MakeCall(int) {
  const int saved = errno;
  call_of_threads.load()();
  errno = saved;
}

std::vector<pid_t> Threads() {
  std::vector<pid_t> threads;
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", error)) {
    const std::string name = task.path().filename().string();
    pid_t thread = 0;
    std::from_chars(name.data(), name.data() + name.size(), thread);
    threads.push_back(thread);
  }
  return threads;
}

std::string NameOf(pid_t thread) {
  std::string name;
  std::getline(std::ifstream(absl::StrCat("/proc/self/task/", thread, "/comm")), name);
  return absl::StrCat("thread ", thread, " (", name, ")");
}

}  // namespace

void BlockSignals() {
  sigset_t signals;
  sigfillset(&signals);
  sigdelset(&signals, EveryThreadSignal());
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

absl::Status CallOnThreads(void (*call)(), const std::function<bool(pid_t thread)>& done) {
  call_of_threads = call;
  struct sigaction action = {};
  action.sa_handler = MakeCall;
  action.sa_flags = SA_RESTART;
  struct sigaction before = {};
  if (sigaction(EveryThreadSignal(), &action, &before) != 0) return absl::ErrnoToStatus(errno, "sigaction");
  const absl::Cleanup restore = [&before] { sigaction(EveryThreadSignal(), &before, nullptr); };

  const auto deadline = std::chrono::steady_clock::now() + kLimit;
  std::set<pid_t> asked;
  // A thread that has not been reached may make another while the list is read: all have been when two lists in a row
  // have none that is left.
  for (int clean = 0; clean < 2;) {
    std::vector<pid_t> left = Threads();
    if (left.empty()) return absl::UnavailableError("/proc/self/task cannot be read");
    std::erase_if(left, done);
    if (left.empty()) {
      ++clean;
      continue;
    }
    clean = 0;
    for (const pid_t thread : left) {
      if (asked.insert(thread).second) syscall(SYS_tgkill, getpid(), thread, EveryThreadSignal());
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return absl::DeadlineExceededError(
          absl::StrCat(NameOf(left.front()), " cannot be reached: it blocks signal ", EveryThreadSignal()));
    }
    std::this_thread::sleep_for(kLook);  // /proc tells nobody of a change
  }
  return absl::OkStatus();
}

}  // namespace mgmd
