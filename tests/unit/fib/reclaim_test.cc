// Invariant: nothing that was unlinked (entry, oifs, counter index) changes or is reused before every reader that was
// online at the commit has been quiescent; then all of it is, counters folded first; and the backlog stays bounded.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/support/families.h"
#include "tests/unit/fib/fib_test_support.h"

namespace mgmd::dataplane {
namespace {

using K = Keys<Ipv4>;
constexpr ReaderId kA{0};
constexpr ReaderId kB{1};

FibOptions Small(uint32_t entries, uint32_t retired) {
  FibOptions options;
  options.max_entries = entries;
  options.max_retired = retired;
  options.max_overflow_lines = 64;
  return options;
}

template <class Family>
class ReclaimTest : public ::testing::Test {};
TYPED_TEST_SUITE(ReclaimTest, BothFamilies);

TYPED_TEST(ReclaimTest, AReaderKeepsWhatItHoldsUntilItIsQuiescent) {
  using K = Keys<TypeParam>;
  TestFib<TypeParam> test(Small(8, 64));
  test.epoch.Online(kA);
  test.epoch.Online(kB);
  const auto key = K::SourceGroup(1, 1);
  const auto oifs = MakeOifs(5, 40);
  test.Upsert(key, oifs, MakeStamp(5));

  const auto view = test.fib->View();
  uint32_t index;
  view.Lookup(&key, 1, &index);
  const auto expect_intact = [&] {
    EXPECT_EQ(view.entry(index).accept, MakeStamp(5));
    const auto held = view.Oifs(view.entry(index));
    EXPECT_TRUE(std::equal(held.begin(), held.end(), oifs.begin(), oifs.end()));
  };

  // Replaced, deleted, and everything reused that can be reused, while A goes on reading.
  test.Upsert(key, MakeOifs(6, 40), MakeStamp(6));
  test.fib->Delete(key);
  const BatchId batch = test.fib->CommitBatch();
  for (uint32_t round = 0; round < 6; ++round) {
    test.epoch.Quiescent(kB);
    EXPECT_EQ(test.fib->Poll(), 0u);
    EXPECT_FALSE(test.fib->Reclaimed(batch));
    test.Upsert(K::SourceGroup(2, round), MakeOifs(round, 40), MakeStamp(100));
    expect_intact();
  }
  EXPECT_TRUE(test.sink.folded().empty());
  EXPECT_EQ(test.epoch.Laggards(*test.fib->WaitingFor()), std::vector<ReaderId>{kA});

  test.epoch.Quiescent(kA);
  EXPECT_EQ(test.fib->Poll(), 2u);
  EXPECT_TRUE(test.fib->Reclaimed(batch));
  EXPECT_EQ(test.fib->WaitingFor(), std::nullopt);
  EXPECT_EQ(test.sink.folded().size(), 2u);
}

TEST(Reclaim, AReportBetweenDeleteAndCommitDoesNotCount) {
  TestFib<Ipv4> test;
  test.epoch.Online(kA);
  test.Upsert(K::SourceGroup(1, 1));
  test.fib->Delete(K::SourceGroup(1, 1));
  test.epoch.Quiescent(kA);
  const BatchId batch = test.fib->CommitBatch();
  EXPECT_EQ(test.fib->Poll(), 0u);
  test.epoch.Quiescent(kA);
  EXPECT_EQ(test.fib->Poll(), 1u);
  EXPECT_TRUE(test.fib->Reclaimed(batch));
}

TEST(Reclaim, WhatIsNotCommittedIsNotReclaimed) {
  TestFib<Ipv4> test;
  test.Upsert(K::SourceGroup(1, 1));
  test.fib->Delete(K::SourceGroup(1, 1));
  EXPECT_EQ(test.fib->Poll(), 0u);
  EXPECT_EQ(test.fib->retired(), 1u);
  test.fib->CommitBatch();
  EXPECT_EQ(test.fib->Poll(), 1u);
}

TEST(Reclaim, APartOfABatchMayBeTakenBackBeforeItsEnd) {
  // Invariant: a part has a grace period of its own; the batch is reclaimed when its last part is.
  TestFib<Ipv4> test;
  test.epoch.Online(kA);
  const BatchId before = test.fib->CommitBatch();
  for (uint32_t n = 0; n < 3; ++n) test.Upsert(K::SourceGroup(n, 1));
  test.Upsert(K::SourceGroup(0, 1));
  test.fib->CommitPart();
  EXPECT_EQ(test.fib->Poll(), 0u) << "a reader may still use it";
  test.Upsert(K::SourceGroup(1, 1));
  test.epoch.Quiescent(kA);
  EXPECT_EQ(test.fib->Poll(), 1u);
  EXPECT_EQ(test.fib->retired(), 1u);
  EXPECT_TRUE(test.fib->Reclaimed(before));
  const BatchId batch = test.fib->CommitBatch();
  EXPECT_EQ(static_cast<uint64_t>(batch), static_cast<uint64_t>(before) + 1);
  test.fib->Poll();
  EXPECT_FALSE(test.fib->Reclaimed(batch));
  test.epoch.Quiescent(kA);
  EXPECT_EQ(test.fib->Poll(), 1u);
  EXPECT_TRUE(test.fib->Reclaimed(batch));
}

TYPED_TEST(ReclaimTest, IndicesAreReusedAfterTheGracePeriodOnly) {
  using K = Keys<TypeParam>;
  constexpr uint32_t kEntries = 50;
  TestFib<TypeParam> test(Small(kEntries, kEntries));
  test.epoch.Online(kA);
  std::set<uint32_t> before;
  for (uint32_t n = 0; n < kEntries; ++n) {
    test.Upsert(K::SourceGroup(n, n));
    before.insert(test.fib->Find(K::SourceGroup(n, n)));
  }
  // Replacements and deletes, each a batch of its own, nobody quiescent.
  for (uint32_t n = 0; n < kEntries - 1; ++n) {
    if (n % 2 == 0) {
      EXPECT_EQ(test.Upsert(K::SourceGroup(n, n)), std::nullopt);
      EXPECT_EQ(before.count(test.fib->Find(K::SourceGroup(n, n))), 0u);
    } else {
      EXPECT_NE(test.fib->Delete(K::SourceGroup(n, n)), kNoEntry);
    }
    test.fib->CommitBatch();
  }
  test.epoch.Quiescent(kA);
  EXPECT_EQ(test.fib->Poll(), kEntries - 1);
  std::set<uint32_t> after;
  for (uint32_t n = 0; n < 20; ++n) {
    test.Upsert(K::SourceGroup(200, n));
    after.insert(test.fib->Find(K::SourceGroup(200, n)));
  }
  EXPECT_TRUE(std::includes(before.begin(), before.end(), after.begin(), after.end()));
}

struct ReaderRow {
  const char* name;
  void (*between)(Epoch&);  // after the commit
  bool reclaimed;
};

class ReclaimReaders : public ::testing::TestWithParam<ReaderRow> {};

TEST_P(ReclaimReaders, EveryOnlineReaderIsWaitedForAndNobodyElse) {
  TestFib<Ipv4> test;
  test.epoch.Online(kA);
  test.Upsert(K::SourceGroup(1, 1));
  test.fib->Delete(K::SourceGroup(1, 1));
  const BatchId batch = test.fib->CommitBatch();
  GetParam().between(test.epoch);
  test.fib->Poll();
  EXPECT_EQ(test.fib->Reclaimed(batch), GetParam().reclaimed);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ReclaimReaders,
    ::testing::Values(ReaderRow{"nothing_happens", [](Epoch&) {}, false},
                      ReaderRow{"it_is_quiescent", [](Epoch& epoch) { epoch.Quiescent(kA); }, true},
                      ReaderRow{"it_goes_offline", [](Epoch& epoch) { epoch.Offline(kA); }, true},
                      ReaderRow{"it_comes_back", [](Epoch& epoch) { epoch.Offline(kA), epoch.Online(kA); }, true},
                      ReaderRow{"another_comes", [](Epoch& epoch) { epoch.Online(kB), epoch.Quiescent(kB); }, false},
                      ReaderRow{"another_comes_too", [](Epoch& epoch) { epoch.Online(kB), epoch.Quiescent(kA); },
                                true}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Reclaim, CountersAreFoldedInTheOrderOfRetiring) {
  TestFib<Ipv4> test;
  std::vector<uint32_t> retired;
  for (uint32_t n = 0; n < 40; ++n) test.Upsert(K::SourceGroup(n, 1));
  for (uint32_t n = 0; n < 40; ++n) {
    retired.push_back(test.fib->Find(K::SourceGroup(39 - n, 1)));
    if (n % 3 == 0) {
      test.fib->Delete(K::SourceGroup(39 - n, 1));
    } else {
      test.Upsert(K::SourceGroup(39 - n, 1));
    }
    if (n % 7 == 0) test.fib->CommitBatch();
  }
  test.fib->CommitBatch();
  EXPECT_EQ(test.fib->Poll(15), 15u);
  EXPECT_EQ(test.fib->Poll(), 25u);
  EXPECT_EQ(test.sink.folded(), retired);
}

TEST(Reclaim, BatchIdsAscendAndAreReclaimedInOrder) {
  TestFib<Ipv4> test;
  const BatchId empty = test.fib->CommitBatch();
  EXPECT_TRUE(test.fib->Reclaimed(empty));
  test.epoch.Online(kA);
  test.Upsert(K::SourceGroup(1, 1));
  test.fib->Delete(K::SourceGroup(1, 1));
  const BatchId first = test.fib->CommitBatch();
  const BatchId rides_along = test.fib->CommitBatch();
  EXPECT_LT(empty, first);
  EXPECT_LT(first, rides_along);
  EXPECT_FALSE(test.fib->Reclaimed(first));
  EXPECT_FALSE(test.fib->Reclaimed(rides_along));
  test.epoch.Quiescent(kA);
  test.Upsert(K::SourceGroup(1, 2));
  test.fib->Delete(K::SourceGroup(1, 2));
  const BatchId second = test.fib->CommitBatch();
  test.fib->Poll();
  EXPECT_TRUE(test.fib->Reclaimed(first));
  EXPECT_TRUE(test.fib->Reclaimed(rides_along));
  EXPECT_FALSE(test.fib->Reclaimed(second));
}

TEST(Reclaim, AnyNumberOfBatchesMayWait) {
  TestFib<Ipv4> test;
  test.epoch.Online(kA);
  for (uint32_t n = 0; n < 5'000; ++n) test.Upsert(K::SourceGroup(n, 1));
  BatchId first{};
  BatchId last{};
  for (uint32_t n = 0; n < 5'000; ++n) {
    test.fib->Delete(K::SourceGroup(n, 1));
    last = test.fib->CommitBatch();
    if (n == 0) first = last;
  }
  EXPECT_EQ(test.fib->Poll(), 0u);
  test.epoch.Quiescent(kA);
  // One more, begun after the report: it alone goes on waiting, wherever it was queued.
  test.Upsert(K::SourceGroup(1, 2));
  test.fib->Delete(K::SourceGroup(1, 2));
  const BatchId late = test.fib->CommitBatch();
  test.fib->Poll();
  EXPECT_TRUE(test.fib->Reclaimed(first));
  EXPECT_FALSE(test.fib->Reclaimed(late));
  test.epoch.Quiescent(kA);
  test.fib->Poll();
  EXPECT_TRUE(test.fib->Reclaimed(late));
  EXPECT_EQ(test.fib->retired(), 0u);
}

TEST(Reclaim, ABacklogAtItsBoundRefusesUpsertsAndNoDelete) {
  constexpr uint32_t kEntries = 100;
  constexpr uint32_t kBound = 16;
  TestFib<Ipv4> test(Small(kEntries, kBound));
  test.epoch.Online(kA);
  for (uint32_t n = 0; n < kEntries; ++n) ASSERT_EQ(test.Upsert(K::SourceGroup(n, 1)), std::nullopt);
  for (uint32_t n = 0; n < kBound; ++n) ASSERT_EQ(test.Upsert(K::SourceGroup(n, 1)), std::nullopt);
  EXPECT_EQ(test.Upsert(K::SourceGroup(1, 1)), Refusal::kBacklog);
  EXPECT_EQ(test.Upsert(K::SourceGroup(1, 2)), Refusal::kBacklog);
  for (uint32_t n = 0; n < kEntries; ++n) EXPECT_NE(test.fib->Delete(K::SourceGroup(n, 1)), kNoEntry);
  EXPECT_EQ(test.fib->retired(), kEntries + kBound);
  EXPECT_EQ(test.Upsert(K::SourceGroup(1, 1)), Refusal::kBacklog);
  test.fib->CommitBatch();
  test.epoch.Quiescent(kA);
  test.fib->Poll(kEntries);
  EXPECT_EQ(test.Upsert(K::SourceGroup(1, 1)), Refusal::kBacklog) << "sixteen still wait";
  test.fib->Poll(1);
  EXPECT_EQ(test.Upsert(K::SourceGroup(1, 1)), std::nullopt);
}

TEST(Reclaim, AReaderWithAnOldTableFindsWhatWasThere) {
  TestFib<Ipv4> test;
  test.epoch.Online(kA);
  constexpr uint32_t kOld = 100;
  constexpr uint32_t kNew = 20'000;
  std::vector<uint32_t> indices;
  for (uint32_t n = 0; n < kOld; ++n) {
    test.Upsert(K::SourceGroup(n, 1), {}, MakeStamp(n));
    indices.push_back(test.fib->Find(K::SourceGroup(n, 1)));
  }
  const auto old_view = test.fib->View();
  // Through many growths, with deletes in each generation of the table.
  for (uint32_t n = 0; n < kNew; ++n) {
    test.Upsert(K::SourceGroup(n, 2), {}, MakeStamp(n));
    if (n % 2 == 0) test.fib->Delete(K::SourceGroup(n, 2));
    if (n % 500 == 0) test.fib->CommitBatch();
  }
  for (uint32_t n = 0; n < kOld; ++n) {
    const auto key = K::SourceGroup(n, 1);
    uint32_t index;
    old_view.Lookup(&key, 1, &index);
    ASSERT_EQ(index, indices[n]);
  }
  test.fib->CommitBatch();
  test.epoch.Quiescent(kA);
  test.fib->Poll();
  EXPECT_EQ(test.fib->retired(), 0u);
  // Slots of old generations were not taken out of the new one's quarantine or contents.
  for (uint32_t n = 0; n < kNew; ++n) ASSERT_EQ(test.Lookup(K::SourceGroup(n, 2)) != kNoEntry, n % 2 == 1) << n;
  for (uint32_t n = 0; n < kOld; ++n) ASSERT_EQ(test.Lookup(K::SourceGroup(n, 1)), indices[n]) << n;
}

}  // namespace
}  // namespace mgmd::dataplane
