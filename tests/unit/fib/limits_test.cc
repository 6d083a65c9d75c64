// Invariant: a refused upsert changes nothing and leaks nothing; ceilings hold exactly; memory per entry stays within
// its promise and keys that follow a pattern fill a table as random ones do.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>

#include "dataplane/fib/overflow_arena.h"
#include "tests/unit/fib/fib_test_support.h"

namespace mgmd::dataplane {
namespace {

using K = Keys<Ipv4>;

class QuietSink : public CounterSink<Ipv4> {
 public:
  void Prepare(uint32_t) override {}
  void Fold(const Ipv4FibKey&, uint32_t, const FibEntry&, const Stamp*) override {}
};

TEST(Limits, TheCeilingCountsEntriesOfAllKindsAndLetsReplacementsThrough) {
  FibOptions options;
  options.max_entries = 10;
  TestFib<Ipv4> test(options);
  for (uint32_t n = 0; n < 8; ++n) EXPECT_EQ(test.Upsert(K::SourceGroup(n, 1)), std::nullopt);
  EXPECT_EQ(test.Upsert(K::Wildcard(1, 0)), std::nullopt);
  EXPECT_EQ(test.Upsert(Ipv4FibKey::AllGroups()), std::nullopt);
  EXPECT_EQ(test.Upsert(K::SourceGroup(8, 1)), Refusal::kTableFull);
  EXPECT_EQ(test.Upsert(K::Wildcard(2, 0)), Refusal::kTableFull);
  EXPECT_EQ(test.Upsert(K::SourceGroup(7, 1), MakeOifs(1, 3)), std::nullopt);
  EXPECT_EQ(test.fib->size(), 10u);
  EXPECT_EQ(test.fib->Find(K::SourceGroup(8, 1)), kNoEntry);
  EXPECT_NE(test.fib->Delete(K::SourceGroup(0, 1)), kNoEntry);
  EXPECT_EQ(test.Upsert(K::SourceGroup(8, 1)), std::nullopt);
}

TEST(Limits, NoMoreIsRetiredByUpsertsThanMayWait) {
  FibOptions options;
  options.max_retired = 3;
  TestFib<Ipv4> test(options);
  const auto key = K::SourceGroup(1, 1);
  for (uint32_t n = 0; n < 4; ++n) EXPECT_EQ(test.Upsert(key), std::nullopt);
  EXPECT_EQ(test.fib->retired(), 3u);
  EXPECT_EQ(test.Upsert(key), Refusal::kBacklog);
  EXPECT_NE(test.fib->Delete(key), kNoEntry) << "deletes always work";
  test.fib->CommitBatch();
  test.fib->Poll();
  EXPECT_EQ(test.Upsert(key), std::nullopt);
}

TEST(Limits, SlotsComeBackWithoutANewTable) {
  TestFib<Ipv4> test;
  for (uint32_t n = 0; n < 2000; ++n) {
    EXPECT_EQ(test.Upsert(K::SourceGroup(n, 1)), std::nullopt);
    EXPECT_NE(test.fib->Delete(K::SourceGroup(n, 1)), kNoEntry);
    test.fib->CommitBatch();
    ASSERT_EQ(test.fib->Poll(), 1u) << "the entry, and no table that was outgrown";
  }
}

TEST(Limits, AnUpsertWithoutRoomForItsOifsChangesNothing) {
  FibOptions options;
  options.max_overflow_lines = 3;
  TestFib<Ipv4> test(options);
  const auto key = K::SourceGroup(1, 1);
  EXPECT_EQ(test.Upsert(key, MakeOifs(1, 32)), std::nullopt);
  EXPECT_EQ(test.Upsert(key, MakeOifs(2, 32)), Refusal::kTableFull);
  EXPECT_EQ(test.OifsOf(test.Lookup(key)), MakeOifs(1, 32));
  EXPECT_EQ(test.Upsert(K::SourceGroup(2, 1), MakeOifs(2, 32)), Refusal::kTableFull);
  EXPECT_EQ(test.Lookup(K::SourceGroup(2, 1)), kNoEntry);
  EXPECT_EQ(test.fib->retired(), 0u);
  EXPECT_EQ(test.Upsert(key, MakeOifs(3, 13)), std::nullopt) << "inline oifs need no line";
  test.fib->CommitBatch();
  test.fib->Poll();
  EXPECT_EQ(test.Upsert(K::SourceGroup(2, 1), MakeOifs(2, 32)), std::nullopt) << "the lines came back";
}

// While it lives, the process gets `slack` octets of address space more, and no further ones.
class LittleMemory {
 public:
  explicit LittleMemory(size_t slack) {
    size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    EXPECT_EQ(getrlimit(RLIMIT_AS, &before_), 0);
    const rlimit limit = {pages * 4096 + slack, before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_AS, &limit), 0);
  }
  ~LittleMemory() { EXPECT_EQ(setrlimit(RLIMIT_AS, &before_), 0); }
  LittleMemory(const LittleMemory&) = delete;
  LittleMemory& operator=(const LittleMemory&) = delete;

 private:
  rlimit before_{};
};

TEST(Limits, AnUpsertWithoutMemoryForALargerTableLosesNoneForItsOifs) {
  QuietSink sink;
  Epoch epoch({"worker"});
  const auto fib = Mfib<Ipv4>::Create({.max_overflow_lines = 2}, epoch, sink);
  const auto oifs = MakeOifs(1, 32);
  const auto upsert = [&](uint32_t n, std::span<const Stamp> to) {
    return fib->Upsert(K::SourceGroup(n, 1), {.accept = {}, .oifs = to}).refused;
  };
  uint32_t n = 0;
  while (fib->memory().tables < 2'000'000) ASSERT_EQ(upsert(++n, {}), std::nullopt);
  {
    const LittleMemory little(1 << 20);
    while (upsert(++n, {}) == std::nullopt) ASSERT_LT(n, 1'000'000u);
    for (int again = 0; again < 3; ++again) EXPECT_EQ(upsert(n, oifs), Refusal::kTableFull);
  }
  EXPECT_EQ(upsert(n, oifs), std::nullopt);
}

TEST(Limits, LookupsTryOnlyLengthsThatHaveWildcards) {
  TestFib<Ipv4> test;
  EXPECT_EQ(test.fib->wildcard_lengths(), 0u);
  const std::vector<Ipv4FibKey> keys = {K::Wildcard(1, 0), K::Wildcard(2, 0), K::Wildcard(256, 8),
                                        Ipv4FibKey::AllGroups()};
  for (const Ipv4FibKey& key : keys) EXPECT_EQ(test.Upsert(key), std::nullopt);
  EXPECT_EQ(test.fib->wildcard_lengths(), 3u);
  size_t left[] = {3, 2, 1, 0};
  for (size_t i = 0; i < keys.size(); ++i) {
    EXPECT_NE(test.fib->Delete(keys[i]), kNoEntry);
    EXPECT_EQ(test.fib->wildcard_lengths(), left[i]);
  }
}

TEST(Limits, EveryOifCountComesBackAsItWent) {
  FibOptions options;
  TestFib<Ipv4> test(options);
  for (const size_t count : {0, 1, 12, 13, 14, 15, 16, 17, 255, 256, 257, 1024, 65535}) {
    const auto key = K::SourceGroup(static_cast<uint32_t>(count), 1);
    EXPECT_EQ(test.Upsert(key, MakeOifs(static_cast<uint32_t>(count), count)), std::nullopt);
  }
  test.fib->ForEach([&](const Ipv4FibKey& key, uint32_t index) {
    const uint32_t count = key.source().host_order() - 0x0A000000;
    EXPECT_EQ(test.OifsOf(index), MakeOifs(count, count));
  });
}

TEST(Limits, OverflowBlocksAreWholeLinesAndReusedForTheirSize) {
  OverflowArena arena(8);
  const uint32_t one = arena.Take(16);
  const uint32_t two = arena.Take(17);
  EXPECT_EQ(one % 16, 0u);
  EXPECT_EQ(two % 16, 0u);
  EXPECT_NE(one, two);
  EXPECT_EQ(arena.bytes(), 3 * 64u);
  const uint32_t four = arena.Take(64);
  EXPECT_EQ(arena.Take(17), OverflowArena::kNoBlock) << "one line is left";
  EXPECT_NE(arena.Take(1), OverflowArena::kNoBlock);
  EXPECT_EQ(arena.Take(1), OverflowArena::kNoBlock);
  arena.GiveBack(four, 64);
  arena.GiveBack(two, 17);
  EXPECT_EQ(arena.Take(32), two);
  EXPECT_EQ(arena.Take(33), four);
  EXPECT_EQ(arena.Take(33), OverflowArena::kNoBlock);
}

TEST(Limits, AMillionEntriesTakeAtMost192BytesEachWithOneWorkersCounters) {
  constexpr uint32_t kEntries = 1'000'000;
  constexpr size_t kCounterLine = 64;
  QuietSink sink;
  Epoch epoch({"worker"});
  FibOptions options;
  options.max_entries = kEntries;
  const auto fib = Mfib<Ipv4>::Create(options, epoch, sink);
  const auto oifs = MakeOifs(1, 4);
  for (uint32_t n = 0; n < kEntries; ++n) fib->Upsert(K::SourceGroup(n, n / 16), {.accept = {}, .oifs = oifs});
  fib->CommitBatch();
  fib->Poll();
  ASSERT_EQ(fib->size(), kEntries);
  EXPECT_LE(fib->memory().total() / kEntries + kCounterLine, 192u);
}

struct PatternRow {
  const char* name;
  Ipv4FibKey (*key)(uint32_t n);
};

class Patterns : public ::testing::TestWithParam<PatternRow> {};

TEST_P(Patterns, FillATableLikeRandomKeys) {
  constexpr uint32_t kKeys = 100'000;
  QuietSink sink;
  Epoch epoch({"worker"});
  const auto fib = Mfib<Ipv4>::Create({}, epoch, sink);
  for (uint32_t n = 0; n < kKeys; ++n) ASSERT_EQ(fib->Upsert(GetParam().key(n), {}).refused, std::nullopt);
  ASSERT_EQ(fib->size(), kKeys);
  // 2^16 buckets, as for random keys, and the wildcards' table at its smallest.
  EXPECT_LE(fib->memory().tables, (size_t{64} << 16) + (size_t{64} << 6));
}

Ipv4FibKey Raw(uint32_t source, uint32_t group) {
  return Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(source), Ipv4Address(group));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Patterns,
    ::testing::Values(PatternRow{"sources_in_turn", [](uint32_t n) { return Raw(0x0A000000 + n, 0xEF010101); }},
                      PatternRow{"groups_in_turn", [](uint32_t n) { return Raw(0x0A000001, 0xE1000000 + n); }},
                      PatternRow{
                          "sources_apart",
                          [](uint32_t n) { return Raw(0x01000000 + n * 4096 % 0xD0000000, 0xEF010101 + n / 851968); }},
                      PatternRow{"sources_in_their_high_bits",
                                 [](uint32_t n) {
                                   const uint32_t top = n % 199 + 1;
                                   return Raw((top < 127 ? top : top + 1) << 24, 0xEF000000 + n / 199);
                                 }},
                      PatternRow{"grid", [](uint32_t n) { return Raw(0x0A000000 + n % 317, 0xE2000000 + n / 317); }},
                      PatternRow{"both_in_step", [](uint32_t n) { return Raw(0x0A000000 + n, 0xE2000000 + n); }}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Limits, AVariantThatTheMachineLacksIsRefused) {
  QuietSink sink;
  Epoch epoch({});
  for (const InstructionSet set : kInstructionSets) {
    FibOptions options;
    options.instructions = set;
    EXPECT_EQ(Mfib<Ipv4>::Create(options, epoch, sink) != nullptr, Supported(set));
  }
}

}  // namespace
}  // namespace mgmd::dataplane
