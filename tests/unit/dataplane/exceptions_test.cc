#include "dataplane/counters/exceptions.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <tuple>

namespace mgmd::dataplane {
namespace {

using Sums = std::map<DropReason, uint64_t>;

Sums Read(const ExceptionTable& table, uint32_t counter, int slot) {
  Sums sums;
  table.ForEach(counter, InterfaceSlot{static_cast<uint16_t>(slot)},
                [&sums](DropReason reason, uint64_t count) { sums[reason] += count; });
  return sums;
}

TEST(ExceptionTable, AddsUpByCounterOifAndReason) {
  // Invariant: what is read for (counter, oif) is the sum of what was added for them, by reason;
  // nothing of others.
  ExceptionTable table(64);
  EXPECT_TRUE(table.Add({1, InterfaceSlot{5}, DropReason::kTxFull}, 1));
  EXPECT_TRUE(table.Add({1, InterfaceSlot{5}, DropReason::kTxFull}, 2));
  EXPECT_TRUE(table.Add({1, InterfaceSlot{5}, DropReason::kFrameTruncated}, 7));
  EXPECT_TRUE(table.Add({1, InterfaceSlot{6}, DropReason::kTxFull}, 10));
  EXPECT_TRUE(table.Add({2, InterfaceSlot{5}, DropReason::kTxFull}, 20));
  EXPECT_EQ(Read(table, 1, 5), (Sums{{DropReason::kTxFull, 3}, {DropReason::kFrameTruncated, 7}}));
  EXPECT_EQ(Read(table, 1, 6), (Sums{{DropReason::kTxFull, 10}}));
  EXPECT_EQ(Read(table, 2, 5), (Sums{{DropReason::kTxFull, 20}}));
  EXPECT_EQ(Read(table, 2, 6), Sums{});
}

TEST(ExceptionTable, RefusesWhenAWindowIsFullAndKeepsWhatItHas) {
  // Invariant: a refused addition changes nothing; places already in use go on counting.
  ExceptionTable table(1);
  ASSERT_EQ(table.capacity(), 16u);
  for (uint32_t i = 1; i <= 16; ++i) EXPECT_TRUE(table.Add({i, kNoSlot, DropReason::kReleased}, 1));
  EXPECT_FALSE(table.Add({17, kNoSlot, DropReason::kReleased}, 1));
  EXPECT_TRUE(table.Add({3, kNoSlot, DropReason::kReleased}, 1));
  table.Clear(4, kNoSlot);
  EXPECT_TRUE(table.Add({17, kNoSlot, DropReason::kReleased}, 1));
  EXPECT_EQ(Read(table, 3, 0xFFFF), (Sums{{DropReason::kReleased, 2}}));
  EXPECT_EQ(Read(table, 4, 0xFFFF), Sums{});
  EXPECT_EQ(Read(table, 17, 0xFFFF), (Sums{{DropReason::kReleased, 1}}));
}

TEST(ExceptionTable, AgreesWithAMapUnderRandomAdditionsAndClearing) {
  // Invariant: clearing one (counter, oif) frees its places and touches no other's counts, wherever
  // they stand.
  ExceptionTable table(1 << 14);
  std::map<std::pair<uint32_t, int>, Sums> model;
  std::mt19937 random(7);
  for (int step = 0; step < 100'000; ++step) {
    const uint32_t counter = random() % 100 + 1;
    const int slot = static_cast<int>(random() % 4);
    if (random() % 50 == 0) {
      table.Clear(counter, InterfaceSlot{static_cast<uint16_t>(slot)});
      model.erase({counter, slot});
      continue;
    }
    const auto reason = static_cast<DropReason>(random() % kDropReasons);
    if (table.Add({counter, InterfaceSlot{static_cast<uint16_t>(slot)}, reason}, 1)) {
      ++model[{counter, slot}][reason];
    }
  }
  for (uint32_t counter = 1; counter <= 100; ++counter) {
    for (int slot = 0; slot < 4; ++slot) EXPECT_EQ(Read(table, counter, slot), (model[{counter, slot}]));
  }
}

}  // namespace
}  // namespace mgmd::dataplane
