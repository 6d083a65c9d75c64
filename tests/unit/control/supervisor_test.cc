// Invariant: signals reach the program whatever control does, and whoever holds control up is named.

#include "control/supervisor.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>

#include "control/signals.h"

namespace mgmd {
namespace {

using std::chrono::milliseconds;

int Signals() {
  static const int signals = TakeSignals();
  return signals;
}

constexpr milliseconds kNoLimit{std::chrono::hours(1)};

// A program that does nothing and turns for ever.
Supervisor::Program Idle() {
  const auto turns = std::make_shared<std::atomic<uint64_t>>();
  return {.stop = [](std::string_view) {},
          .write_summary = [] {},
          .inside = [] { return std::nullopt; },
          .progress = [turns] { return (*turns)++; },
          .went_on = [](const std::string&, milliseconds) {},
          .cut_short = [](const std::string&) {}};
}

TEST(Supervisor, HearsSignals) {
  std::promise<std::string> stopped;
  std::promise<void> summary;
  Supervisor::Program program = Idle();
  program.stop = [&](std::string_view why) { stopped.set_value(std::string(why)); };
  program.write_summary = [&] { summary.set_value(); };
  const Supervisor supervisor(Signals(), kNoLimit, program);
  for (const int signal : {SIGHUP, SIGUSR2, SIGALRM, SIGRTMIN, SIGRTMAX}) raise(signal);
  raise(SIGUSR1);
  summary.get_future().wait();
  raise(SIGQUIT);
  EXPECT_EQ(stopped.get_future().get(), "SIGQUIT");
}

TEST(Supervisor, ASecondSignalEndsAtOnce) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        const Supervisor supervisor(Signals(), kNoLimit, Idle());
        raise(SIGTERM);
        raise(SIGINT);
        for (;;) pause();
      },
      ::testing::ExitedWithCode(EXIT_FAILURE), "");
}

TEST(Supervisor, TheSystemsWishesForAnEndDoNotAddUp) {
  std::promise<void> thrice;
  std::atomic<int> stops = 0;
  Supervisor::Program program = Idle();
  program.stop = [&](std::string_view) {
    if (++stops == 3) thrice.set_value();
  };
  const Supervisor supervisor(Signals(), kNoLimit, program);
  for (const int signal : {SIGXCPU, SIGPWR, SIGXCPU}) raise(signal);
  thrice.get_future().wait();
}

TEST(Supervisor, NamesWhatHeldControlUp) {
  std::promise<std::string> told;
  std::atomic<int> looks = 0;
  Supervisor::Program program = Idle();
  program.inside = [&]() -> std::optional<Supervisor::Foreign> {
    if (++looks > 2) return std::nullopt;
    return Supervisor::Foreign{"JOIN of slow", 2 * Supervisor::kStill};
  };
  program.went_on = [&](const std::string& what, milliseconds stood) {
    EXPECT_GE(stood, Supervisor::kStill);
    told.set_value(what);
  };
  const Supervisor supervisor(Signals(), kNoLimit, program);
  EXPECT_EQ(told.get_future().get(), "JOIN of slow");
}

TEST(Supervisor, NoticesALoopThatDoesNotTurn) {
  std::promise<std::string> told;
  const auto begin = std::chrono::steady_clock::now();
  Supervisor::Program program = Idle();
  program.progress = [begin, turns = uint64_t{0}]() mutable -> std::optional<uint64_t> {
    return std::chrono::steady_clock::now() - begin < 2 * Supervisor::kStill ? 0 : ++turns;
  };
  program.went_on = [&](const std::string& what, milliseconds) { told.set_value(what); };
  const Supervisor supervisor(Signals(), kNoLimit, program);
  EXPECT_EQ(told.get_future().get(), "mgmd itself");
}

// What cuts a stop short ends the process; here with a status that the test knows.
TEST(Supervisor, CutsAStopShortAndSaysInWhat) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        Supervisor::Program program = Idle();
        Supervisor::Foreign foreign;
        foreign.what = "JOIN of slow";
        program.inside = [foreign] { return foreign; };
        program.cut_short = [](const std::string& where) { _exit(where == "JOIN of slow" ? 7 : 8); };
        const Supervisor supervisor(Signals(), milliseconds(1000), program);
        raise(SIGTERM);
        for (;;) pause();
      },
      ::testing::ExitedWithCode(7), "");
}

TEST(Supervisor, EndsTheProcessWhereACutDoesNotEnd) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        Supervisor::Program program = Idle();
        program.cut_short = [](const std::string&) {
          for (;;) pause();
        };
        Supervisor supervisor(Signals(), milliseconds(1000), program);
        supervisor.BeginStop();
        for (;;) pause();
      },
      ::testing::ExitedWithCode(EXIT_FAILURE), "");
}

}  // namespace
}  // namespace mgmd
