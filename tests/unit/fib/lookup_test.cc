// Invariant: the most specific entry wins, source-specific groups match (S,G) only, and all instruction sets give the
// same answers for batches of every size.

#include "dataplane/fib/lookup.h"

#include <gtest/gtest.h>

#include <random>

#include "dataplane/fib/table_state.h"
#include "tests/support/families.h"
#include "tests/support/instruction_sets.h"
#include "tests/unit/fib/fib_test_support.h"

namespace mgmd::dataplane {
namespace {

template <class Family>
class LookupTest : public ::testing::Test {};
TYPED_TEST_SUITE(LookupTest, BothFamilies);

TYPED_TEST(LookupTest, TheMostSpecificEntryWins) {
  using K = Keys<TypeParam>;
  TestFib<TypeParam> test;
  const auto packet = K::SourceGroup(1, 0x105);
  // From the least specific on: each one takes over.
  const FibKey<TypeParam> entries[] = {FibKey<TypeParam>::AllGroups(), K::Wildcard(0x105, 16), K::Wildcard(0x105, 8),
                                       K::Wildcard(0x105, 1),          K::Wildcard(0x105, 0),  packet};
  EXPECT_EQ(test.Lookup(packet), kNoEntry);
  for (const auto& key : entries) {
    EXPECT_EQ(test.Upsert(key), std::nullopt);
    EXPECT_EQ(test.Lookup(packet), test.fib->Find(key)) << key.ToString();
  }
  // And back: each one's deletion uncovers the one before.
  for (size_t i = std::size(entries); i-- > 0;) {
    EXPECT_EQ(test.Lookup(packet), test.fib->Find(entries[i])) << entries[i].ToString();
    EXPECT_NE(test.fib->Delete(entries[i]), kNoEntry);
  }
  EXPECT_EQ(test.Lookup(packet), kNoEntry);
}

TYPED_TEST(LookupTest, WildcardsCoverTheirGroupsOnly) {
  using K = Keys<TypeParam>;
  TestFib<TypeParam> test;
  test.Upsert(K::Wildcard(0x100, 4));
  test.Upsert(K::Wildcard(0x200, 0));
  const uint32_t prefix = test.fib->Find(K::Wildcard(0x100, 4));
  EXPECT_EQ(test.Lookup(K::SourceGroup(9, 0x100)), prefix);
  EXPECT_EQ(test.Lookup(K::SourceGroup(9, 0x10F)), prefix);
  EXPECT_EQ(test.Lookup(K::SourceGroup(9, 0x110)), kNoEntry);
  EXPECT_EQ(test.Lookup(K::SourceGroup(9, 0x0FF)), kNoEntry);
  EXPECT_EQ(test.Lookup(K::SourceGroup(1, 0x200)), test.Lookup(K::SourceGroup(2, 0x200)));
  EXPECT_EQ(test.Lookup(K::SourceGroup(9, 0x201)), kNoEntry);
}

TYPED_TEST(LookupTest, SourceSpecificGroupsMatchNoWildcard) {
  using K = Keys<TypeParam>;
  TestFib<TypeParam> test;
  const auto packet = K::SourceSpecific(1, 7);
  test.Upsert(FibKey<TypeParam>::AllGroups());
  test.Upsert(FibKey<TypeParam>::AnySource(packet.group()));
  EXPECT_EQ(test.Lookup(packet), kNoEntry);
  EXPECT_NE(test.Lookup(K::SourceGroup(1, 7)), kNoEntry);
  test.Upsert(packet);
  EXPECT_EQ(test.Lookup(packet), test.fib->Find(packet));
}

// Groups of every range, before the first and past the last key of a batch, in each instruction set; none where there
// are no ranges.
TYPED_TEST(LookupTest, SourceSpecificGroupsAreThoseOfTheRangesThatAreGiven) {
  using K = Keys<TypeParam>;
  using Prefix = typename TypeParam::Prefix;
  constexpr int kRangeBits = 4;
  for (const InstructionSet set : testing::SupportedInstructionSets()) {
    for (uint32_t count = 0; count <= 4; ++count) {
      // Of sixteen groups each, with as many between.
      std::vector<Prefix> prefixes;
      for (uint32_t range = 0; range < count; ++range) {
        prefixes.emplace_back(K::SourceGroup(1, range * 32).group(), TypeParam::kAddressBits - kRangeBits);
      }
      TestFib<TypeParam> test({.instructions = set}, {"worker 0"}, SsmRanges<TypeParam>(prefixes));
      test.Upsert(FibKey<TypeParam>::AllGroups());
      test.Upsert(K::SourceGroup(1, 3));
      const uint32_t wildcard = test.fib->Find(FibKey<TypeParam>::AllGroups());
      std::vector<FibKey<TypeParam>> keys;
      for (uint32_t group = 0; group < 4 * 32; group += 2) keys.push_back(K::SourceGroup(1, group + 1));
      ASSERT_EQ(keys.size(), kMaxLookup);
      std::vector<uint32_t> found(keys.size());
      test.fib->View().Lookup(keys.data(), keys.size(), found.data());
      for (uint32_t i = 0; i < keys.size(); ++i) {
        const uint32_t group = 2 * i + 1;
        const bool in_range = group % 32 < 16 && group / 32 < count;
        const uint32_t expected = group == 3 ? test.fib->Find(keys[i]) : in_range ? kNoEntry : wildcard;
        ASSERT_EQ(found[i], expected) << keys[i].ToString() << " with " << count << " ranges";
        test.Upsert(keys[i]);
        ASSERT_EQ(test.fib->entry(test.fib->Find(keys[i])).Has(kSourceSpecific), in_range) << keys[i].ToString();
      }
    }
  }
}

// The same entries for every set; seeds differ from table to table, so that the answers are compared by the
// entry's contents.
TYPED_TEST(LookupTest, AllInstructionSetsGiveTheSameAnswers) {
  using K = Keys<TypeParam>;
  constexpr uint32_t kSizes[] = {0, 1, 100, 5'000, 60'000};
  for (const uint32_t size : kSizes) {
    std::vector<std::unique_ptr<TestFib<TypeParam>>> fibs;
    for (const InstructionSet set : testing::SupportedInstructionSets()) {
      FibOptions options;
      options.instructions = set;
      fibs.push_back(std::make_unique<TestFib<TypeParam>>(options));
      for (uint32_t n = 0; n < size; ++n) {
        const auto key = n % 5 == 0 ? K::Wildcard(n, n % 3 * 4) : K::SourceGroup(n, n / 2);
        fibs.back()->Upsert(key, {}, MakeStamp(n));
      }
    }
    std::mt19937_64 random(size);
    for (size_t count = 0; count <= kMaxLookup; ++count) {
      std::vector<FibKey<TypeParam>> keys;
      while (keys.size() < count) {
        const auto n = static_cast<uint32_t>(random() % (size * 2 + 1));
        keys.push_back(K::SourceGroup(random() % 2 == 0 ? n : n + 1, n / 2));
      }
      std::vector<uint32_t> expected(count + 1, 77);
      fibs[0]->fib->View().Lookup(keys.data(), count, expected.data());
      ASSERT_EQ(expected[count], 77u) << "written beyond the end";
      for (size_t other = 1; other < fibs.size(); ++other) {
        std::vector<uint32_t> indices(count + 1, 77);
        fibs[other]->fib->View().Lookup(keys.data(), count, indices.data());
        ASSERT_EQ(indices[count], 77u) << "written beyond the end";
        for (size_t i = 0; i < count; ++i) {
          ASSERT_EQ(indices[i] == kNoEntry, expected[i] == kNoEntry);
          ASSERT_EQ(fibs[other]->fib->entry(indices[i]).accept, fibs[0]->fib->entry(expected[i]).accept);
        }
      }
    }
  }
}

// A bucket of IPv6 has 32 bits of a key's hash: a second key with the same bits comes once in four thousand million, so
// the bucket is made by hand.
TEST(Lookup, AnotherKeyWithTheSameSignatureIsPassedOver) {
  using K = Keys<Ipv6>;
  const std::vector<Ipv6FibKey> entry_keys = {{}, K::SourceGroup(1, 1), K::SourceGroup(2, 2), K::SourceGroup(3, 3)};
  const Ipv6FibKey stranger = K::SourceGroup(4, 4);
  std::vector<Bucket<Ipv6>> buckets(2), none(2);
  TableState<Ipv6> table, wildcard;
  table.buckets = buckets.data();
  table.bits = 1;
  wildcard.buckets = none.data();
  wildcard.bits = 1;
  const LookupState<Ipv6> state{
      .source_group = &table, .wildcard = &wildcard, .entry_keys = entry_keys.data(), .lengths = {}};
  for (const Ipv6FibKey& key : {entry_keys[3], stranger}) {
    for (Bucket<Ipv6>& bucket : buckets) {
      for (uint32_t index = 1; index < entry_keys.size(); ++index)
        bucket.Insert(index, key, Hash(table.seed, key), index);
    }
    for (const InstructionSet set : testing::SupportedInstructionSets()) {
      uint32_t found = 77;
      FindLookupFunction<Ipv6>(set)(state, &key, 1, &found);
      EXPECT_EQ(found, key == stranger ? kNoEntry : 3u) << Name(set);
    }
  }
}

}  // namespace
}  // namespace mgmd::dataplane
