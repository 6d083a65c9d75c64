// Invariant: what another thread hands to the control loop runs on the control thread, once, or fails loudly.

#include "control/control_loop.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace mgmd {
namespace {

TEST(ControlLoop, FunctionsOfOtherThreadsRunOnTheLoopsThread) {
  ControlLoop loop;
  std::thread::id seen;
  std::thread other([&] {
    loop.RunOnControl([&] { seen = std::this_thread::get_id(); });
    loop.Stop();
  });
  loop.Run();
  other.join();
  EXPECT_EQ(seen, std::this_thread::get_id());
}

TEST(ControlLoop, SleepsNoLongerThanItMeansTo) {
  ControlLoop loop;
  int slack = 0;  // ns by which the kernel may let the thread sleep longer
  loop.AddPoller([&, turns = 0]() mutable {
    slack = prctl(PR_GET_TIMERSLACK);
    if (++turns == 2) loop.Stop();
    return false;
  });
  std::thread control([&] { loop.Run(); });
  control.join();
  EXPECT_EQ(slack, 1000);
}

TEST(ControlLoop, ManyThreadsAreServedEachToCompletion) {
  ControlLoop loop;
  int counter = 0;  // written on the control thread alone; ThreadSanitizer watches
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      for (int call = 0; call < 100; ++call) loop.RunOnControl([&] { ++counter; });
    });
  }
  std::thread stopper([&] {
    for (std::thread& caller : callers) caller.join();
    loop.Stop();
  });
  loop.Run();
  stopper.join();
  EXPECT_EQ(counter, 800);
}

TEST(ControlLoop, AnExceptionComesOutAtTheCaller) {
  ControlLoop loop;
  std::string what;
  std::thread other([&] {
    try {
      loop.RunOnControl([] { throw std::runtime_error("broken"); });
    } catch (const std::runtime_error& error) {
      what = error.what();
    }
    loop.Stop();
  });
  loop.Run();
  other.join();
  EXPECT_EQ(what, "broken");
}

TEST(ControlLoop, CallsAfterTheStopFailInsteadOfHanging) {
  ControlLoop loop;
  loop.Stop();
  loop.Run();
  EXPECT_THROW(loop.RunOnControl([] {}), std::runtime_error);
}

TEST(ControlLoop, WhatIsPostedRunsOnceAlsoInTheLastTurn) {
  ControlLoop loop;
  std::thread::id seen;
  int ran = 0;
  std::thread other([&] {
    loop.Post([&] { seen = std::this_thread::get_id(); });
    loop.Post([&] { ++ran; });
    loop.Stop();
  });
  loop.Run();
  other.join();
  EXPECT_EQ(seen, std::this_thread::get_id());
  EXPECT_EQ(ran, 1);
}

TEST(ControlLoop, TurnsAreToldWhileItRuns) {
  ControlLoop loop;
  EXPECT_FALSE(loop.Turns());
  loop.AddPoller([&] {
    if (loop.Turns().value() == 3) loop.Stop();
    return true;
  });
  loop.Run();
  EXPECT_FALSE(loop.Turns());
}

TEST(ControlLoop, CountsItsTurnsAndHowLongTheyTook) {
  ControlLoop loop;
  int turns = 0;
  constexpr std::chrono::microseconds kBusy{300};
  loop.AddPoller([&] {
    if (++turns == 3) loop.Stop();
    if (turns != 2) return true;
    const auto begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < kBusy) {
    }
    return true;
  });
  loop.Run();
  uint64_t longest = 0, long_turns = 0, all = 0;
  for (const auto& [name, count] : views::ReadControl(loop.stats())) {
    if (name == "turns") all = count;
    if (name == "longest_turn_us") longest = count;
    if (name == "long_turns") long_turns = count;
  }
  EXPECT_EQ(all, 3u);
  EXPECT_GE(longest, static_cast<uint64_t>(kBusy.count()));
  EXPECT_GE(long_turns, 1u);
  EXPECT_LE(long_turns, all);
}

TEST(ControlLoop, PollersTurnUntilStopped) {
  ControlLoop loop;
  int turns = 0;
  loop.AddPoller([&] {
    if (++turns == 5) loop.Stop();
    return turns < 3;
  });
  loop.Run();
  EXPECT_EQ(turns, 5);
}

}  // namespace
}  // namespace mgmd
