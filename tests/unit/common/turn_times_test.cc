// Invariant: the longest turn is the longest, and exactly those of more than 100 us are long, in whatever order they
// come and whatever the clock's ticks are.

#include "common/turn_times.h"

#include <gtest/gtest.h>

#include <random>

namespace mgmd {
namespace {

TEST(TurnTimes, KeepTheLongestAndCountTheLong) {
  std::atomic<uint64_t> longest = 0, long_turns = 0;
  TurnTimes times(2'000'000, longest, long_turns);  // 200 ticks are 100 us
  for (const uint64_t ticks : {0, 5, 3, 200}) times.Took(ticks);
  EXPECT_EQ(longest, 200u);
  EXPECT_EQ(long_turns, 0u) << "not more than 100 us";
  for (const uint64_t ticks : {201, 1000, 999, 200, 7}) times.Took(ticks);
  EXPECT_EQ(longest, 1000u);
  EXPECT_EQ(long_turns, 3u);
}

TEST(TurnTimes, AreThoseOfAWalkOverAll) {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    std::atomic<uint64_t> longest = 0, long_turns = 0;
    TurnTimes times(1'000'000, longest, long_turns);
    uint64_t most = 0, more = 0;
    for (int turn = 0; turn < 100; ++turn) {
      const uint64_t ticks = random() % 130;
      times.Took(ticks);
      most = std::max(most, ticks);
      more += ticks > 100 ? 1 : 0;
      EXPECT_EQ(longest, most);
      EXPECT_EQ(long_turns, more);
    }
  }
}

TEST(TurnTimes, AreToldInMicroseconds) {
  EXPECT_EQ(Told("microseconds", 2'999, 3'000'000'000), 0u);
  EXPECT_EQ(Told("microseconds", 3'000, 3'000'000'000), 1u);
  EXPECT_EQ(Told("microseconds", UINT64_MAX, 3'000'000'000), UINT64_MAX / 3000);
  EXPECT_EQ(Told("turns", 3'000, 3'000'000'000), 3'000u);
}

}  // namespace
}  // namespace mgmd
