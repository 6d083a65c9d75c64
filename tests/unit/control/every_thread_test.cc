// Invariant: a call is made once on every thread of the process, whatever it does and whoever has made it, and one that
// cannot be reached is named.

#include "control/every_thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace mgmd {
namespace {

// The threads on which the call was made, in their order. Written by a signal's handler.
std::array<std::atomic<pid_t>, 1024> called;
std::atomic<size_t> calls;

void NoteThread() { called[calls++] = gettid(); }

size_t CallsOn(pid_t thread) {
  return static_cast<size_t>(std::count(called.begin(), called.begin() + static_cast<long>(calls), thread));
}

// A thread of the test's, and what it is in until it ends.
class Thread {
 public:
  explicit Thread(std::function<void(const std::atomic<bool>& end)> body) {
    std::promise<pid_t> id;
    thread_ = std::thread([this, &id, body = std::move(body)] {
      id.set_value(gettid());
      body(end_);
    });
    id_ = id.get_future().get();
  }
  ~Thread() {
    end_ = true;
    thread_.join();
  }
  pid_t id() const { return id_; }

 private:
  std::atomic<bool> end_ = false;
  pid_t id_ = 0;
  std::thread thread_;
};

class EveryThread : public ::testing::Test {
 protected:
  EveryThread() { calls = 0; }
  static bool IsDone(pid_t thread) { return CallsOn(thread) > 0; }
};

void Spin(const std::atomic<bool>& end) {
  while (!end) {
  }
}

TEST_F(EveryThread, IsReachedOnceWhateverItDoes) {
  std::array<int, 2> pipe_ends;
  ASSERT_EQ(pipe(pipe_ends.data()), 0);
  std::promise<ssize_t> octets;
  {
    const Thread spins(Spin);
    const Thread reads([&](const std::atomic<bool>&) {
      char octet;
      octets.set_value(read(pipe_ends[0], &octet, 1));
    });
    std::promise<void> blocked;
    const Thread blocks([&](const std::atomic<bool>& end) {
      BlockSignals();
      blocked.set_value();
      Spin(end);
    });
    blocked.get_future().wait();
    EXPECT_TRUE(CallOnThreads(NoteThread, IsDone).ok());
    for (const pid_t thread : {gettid(), spins.id(), reads.id(), blocks.id()}) {
      EXPECT_EQ(CallsOn(thread), 1u) << thread;
    }
    ASSERT_EQ(write(pipe_ends[1], "x", 1), 1);
    EXPECT_EQ(octets.get_future().get(), 1) << "the system call that it was in has gone on";
  }
  for (const int end : pipe_ends) close(end);
}

TEST_F(EveryThread, IsNamedWhereItBlocksTheSignal) {
  std::promise<void> blocked;
  const Thread deaf([&](const std::atomic<bool>& end) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    pthread_setname_np(pthread_self(), "deaf");
    blocked.set_value();
    Spin(end);
  });
  blocked.get_future().wait();
  const absl::Status status = CallOnThreads(NoteThread, IsDone);
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(status.message(), "thread " + std::to_string(deaf.id()) + " (deaf) cannot be reached: it blocks signal " +
                                  std::to_string(EveryThreadSignal()));
  EXPECT_EQ(CallsOn(gettid()), 1u) << "the others have been";
}

std::atomic<int> others;

TEST_F(EveryThread, LeavesTheSignalToWhoeverHadIt) {
  struct sigaction action = {};
  action.sa_handler = [](int) { ++others; };
  ASSERT_EQ(sigaction(EveryThreadSignal(), &action, nullptr), 0);
  EXPECT_TRUE(CallOnThreads(NoteThread, IsDone).ok());
  EXPECT_EQ(others, 0);
  raise(EveryThreadSignal());
  EXPECT_EQ(others, 1);
}

}  // namespace
}  // namespace mgmd
