// Invariant: a key stands in one of its two candidates and never moves; a slot is free for another key only after its
// quarantine; a bucket with displaced keys says so.

#include "dataplane/fib/table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/support/families.h"
#include "tests/support/instruction_sets.h"
#include "tests/unit/fib/fib_test_support.h"

namespace mgmd {

// A family whose hash is blind for many keys: all keys of groups in 239/8 have the same buckets under every seed.
struct Blind : Ipv4 {};

template <>
class FibKey<Blind> : public FibKey<Ipv4> {
 public:
  constexpr FibKey() = default;
  constexpr FibKey(const FibKey<Ipv4>& key) : FibKey<Ipv4>(key) {}
};

namespace dataplane {

template <>
struct alignas(64) Bucket<Blind> : Bucket<Ipv4> {};

template <>
struct HashSeed<Blind> : HashSeed<Ipv4> {
  static HashSeed Random() { return {HashSeed<Ipv4>::Random()}; }
};

uint64_t hashed_keys = 0;

uint64_t Hash(const HashSeed<Blind>& seed, const FibKey<Blind>& key) {
  ++hashed_keys;
  return key.group().host_order() >> 24 == 239 ? 0 : Hash(static_cast<const HashSeed<Ipv4>&>(seed), key);
}

}  // namespace dataplane
}  // namespace mgmd

namespace mgmd::dataplane {
namespace {

template <class Family>
class TableTest : public ::testing::Test {
 protected:
  using Key = FibKey<Family>;

  TableTest() : keys_(1 << 18), table_(Table<Family>::Create(Table<Family>::kMinBits, keys_.data())) {}

  Key KeyOf(uint32_t n) { return keys_[n] = Keys<Family>::SourceGroup(n * 31, n); }

  // Inserts key n as entry n; kNoPlace when both candidates are full.
  Place Insert(uint32_t n) {
    const Key key = KeyOf(n);
    const uint64_t hash = table_->HashOf(key);
    const Place place = table_->FindFree(hash);
    if (place != kNoPlace) table_->Insert(place, key, hash, n);
    return place;
  }
  Place Find(uint32_t n) {
    const Key key = KeyOf(n);
    return table_->Find(key, table_->HashOf(key));
  }
  void Remove(uint32_t n, Place place) { table_->Remove(place, table_->HashOf(KeyOf(n))); }

  // Fills the table until the first key finds no place; returns where the others are.
  std::map<uint32_t, Place> Fill(uint32_t n) {
    std::map<uint32_t, Place> places;
    for (Place place = Insert(n); place != kNoPlace; place = Insert(++n)) places[n] = place;
    return places;
  }

  uint64_t CountDisplaced() {
    uint64_t displaced = 0;
    for (uint32_t bucket = 0; bucket < 1u << Table<Family>::kMinBits; ++bucket) {
      const uint32_t word = table_->state().buckets[bucket].displaced();
      EXPECT_TRUE(word == 0 || word > kDisplaced);
      displaced += word & ~kDisplaced;
    }
    return displaced;
  }

  std::vector<Key> keys_;  // by entry index, as the FIB has them for IPv6
  std::unique_ptr<Table<Family>> table_;
};

TYPED_TEST_SUITE(TableTest, BothFamilies);

TYPED_TEST(TableTest, NoKeyMovesWhileOthersComeAndGo) {
  auto places = this->Fill(1);
  ASSERT_GT(places.size(), 100u);
  for (uint32_t n = 1; n <= places.size(); n += 2) this->Remove(n, places[n]);
  for (uint32_t n = 2; n <= places.size(); n += 2) EXPECT_EQ(this->Find(n), places[n]);
  for (uint32_t n = 1; n <= places.size(); n += 2) EXPECT_EQ(this->Find(n), kNoPlace);
}

TYPED_TEST(TableTest, ARebuiltTableHasTheLiveKeysAndTheirIndices) {
  auto places = this->Fill(1);
  for (uint32_t n = 1; n <= places.size(); n += 3) this->Remove(n, places[n]);
  const uint32_t live = this->table_->live();
  this->table_ = this->table_->Rebuild(this->KeyOf(static_cast<uint32_t>(places.size()) + 1));
  ASSERT_NE(this->table_, nullptr);
  EXPECT_EQ(this->table_->live(), live);
  for (uint32_t n = 1; n <= places.size(); ++n) {
    const Place place = this->Find(n);
    ASSERT_EQ(place == kNoPlace, n % 3 == 1) << n;
    if (place != kNoPlace) {
      EXPECT_EQ(this->table_->Index(place), n);
    }
  }
}

TYPED_TEST(TableTest, KeysThatCrowdInOnePlaceDoNotDoubleAHalfEmptyTable) {
  constexpr uint32_t kBits = Table<TypeParam>::kMinBits;
  const uint32_t slots = Table<TypeParam>::kSlots << kBits;
  uint32_t n = 1;
  while (this->table_->live() < slots / 2) ASSERT_NE(this->Insert(n++), kNoPlace);
  // Keys with the same two candidates, until these are full.
  const uint64_t hash = this->table_->HashOf(this->KeyOf(n));
  const auto crowds = [&](uint64_t other) {
    return FirstBucket(other, kBits) == FirstBucket(hash, kBits) &&
           SecondBucket(other, kBits) == SecondBucket(hash, kBits);
  };
  while (this->table_->FindFree(hash) != kNoPlace) {
    ASSERT_LT(++n, this->keys_.size());
    if (!crowds(this->table_->HashOf(this->KeyOf(n)))) continue;
    ASSERT_NE(this->Insert(n), kNoPlace);
  }
  const uint32_t live = this->table_->live();
  const auto another = this->KeyOf(n + 1);
  EXPECT_EQ(this->table_->Rebuild(another)->live(), live);
  // A new seed may be bad luck again, now and then: not ten times.
  const auto least_bits = [&] {
    uint32_t least = UINT32_MAX;
    for (int seed = 0; seed < 10; ++seed) least = std::min(least, this->table_->Rebuild(another)->state().bits);
    return least;
  };
  EXPECT_EQ(least_bits(), kBits);

  // With a slot in quarantine it is not known to be bad luck.
  const Place place = this->Find(1);
  this->Remove(1, place);
  EXPECT_EQ(least_bits(), kBits + 1);
  this->table_->EndQuarantine(place);
  EXPECT_EQ(least_bits(), kBits);
}

TYPED_TEST(TableTest, CountsDisplacedKeysExactly) {
  auto places = this->Fill(1);
  uint64_t displaced = 0;
  for (const auto& [n, place] : places) {
    const uint32_t first = FirstBucket(this->table_->HashOf(this->KeyOf(n)), this->table_->state().bits);
    displaced += static_cast<uint32_t>(place) / Table<TypeParam>::kSlots != first;
  }
  EXPECT_GT(displaced, 0u);
  EXPECT_EQ(this->CountDisplaced(), displaced);
  for (const auto& [n, place] : places) this->Remove(n, place);
  EXPECT_EQ(this->CountDisplaced(), 0u);
}

TEST(Ipv4TableTest, ASlotIsNotTakenBeforeItsQuarantineEnds) {
  const auto table = Table<Ipv4>::Create(Table<Ipv4>::kMinBits, nullptr);
  std::map<uint32_t, Place> places;
  const auto insert = [&](uint32_t n) {
    const Ipv4FibKey key = Keys<Ipv4>::SourceGroup(n, n);
    const Place place = table->FindFree(table->HashOf(key));
    if (place != kNoPlace) table->Insert(place, key, table->HashOf(key), n);
    return place;
  };
  for (uint32_t n = 1; n <= 100; ++n) places[n] = insert(n);
  std::set<Place> quarantined;
  for (const auto& [n, place] : places) {
    table->Remove(place, table->HashOf(Keys<Ipv4>::SourceGroup(n, n)));
    quarantined.insert(place);
  }
  std::set<Place> taken;
  for (uint32_t n = 1000; n < 2000; ++n) taken.insert(insert(n));
  for (const Place place : quarantined) EXPECT_EQ(taken.count(place), 0u);
  for (const Place place : quarantined) table->EndQuarantine(place);
  for (uint32_t n = 2000; n < 4000; ++n) taken.insert(insert(n));
  size_t reused = 0;
  for (const Place place : quarantined) reused += taken.count(place);
  EXPECT_GT(reused, 0u);
}

TEST(Ipv6TableTest, AKeyIsNotFoundByItsTagAlone) {
  std::vector<Ipv6FibKey> keys(2);
  const auto table = Table<Ipv6>::Create(Table<Ipv6>::kMinBits, keys.data());
  const Ipv6FibKey key = keys[1] = Keys<Ipv6>::SourceGroup(1, 1);
  const uint64_t hash = table->HashOf(key);
  const Place place = table->FindFree(hash);
  table->Insert(place, key, hash, 1);
  const auto lookup = [&](InstructionSet set) {
    LookupState<Ipv6> state;  // without wildcards
    state.source_group = state.wildcard = &table->state();
    state.entry_keys = keys.data();
    uint32_t entry = kDisplaced;
    FindLookupFunction<Ipv6>(set)(state, &key, 1, &entry);
    return entry;
  };
  EXPECT_EQ(table->Find(key, hash), place);
  for (const InstructionSet set : testing::SupportedInstructionSets()) EXPECT_EQ(lookup(set), 1u);

  keys[1] = Keys<Ipv6>::SourceGroup(2, 2);  // as if this key had the same tag
  EXPECT_EQ(table->Find(key, hash), kNoPlace);
  for (const InstructionSet set : testing::SupportedInstructionSets()) EXPECT_EQ(lookup(set), kNoEntry);
}

TEST(BlindTableTest, KeysThatNoSeedTellsApartAreRefusedAndNothingGrowsWithoutEnd) {
  // At the smallest size, and where ordinary keys have made the table large and half full.
  for (const uint32_t ordinary : {0u, 150u, 5000u}) {
    auto table = Table<Blind>::Create(Table<Blind>::kMinBits, nullptr);
    std::map<uint32_t, Ipv4FibKey> keys;
    uint32_t n = 0;
    const auto insert = [&](const Ipv4FibKey& key) {
      uint64_t hash = table->HashOf(key);
      if (table->FindFree(hash) == kNoPlace) {
        auto rebuilt = table->Rebuild(key);
        if (rebuilt == nullptr) return false;
        table = std::move(rebuilt);
        hash = table->HashOf(key);
      }
      const Place place = table->FindFree(hash);
      EXPECT_NE(place, kNoPlace) << "a rebuilt table has a place for its key";
      table->Insert(place, key, hash, ++n);
      keys[n] = key;
      return true;
    };
    const auto group = [](uint32_t first) { return Ipv4Address(first << 24 | 0x010101); };
    for (uint32_t source = 0; source < ordinary; ++source)
      ASSERT_TRUE(insert(Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(0x0A000000 + source), group(225))));
    uint32_t blind = 0;
    hashed_keys = 0;
    while (insert(Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(0x0A000000 + blind), group(239)))) {
      ASSERT_LT(++blind, 2 * Table<Blind>::kSlots);
      hashed_keys = 0;
    }
    EXPECT_GE(blind, Table<Blind>::kSlots);
    // Each size and seed that was tried hashed every key once: a few sizes and the seeds.
    EXPECT_LE(hashed_keys, (Table<Blind>::kSeeds + 5) * (keys.size() + 2)) << ordinary;
    // What was there is there.
    EXPECT_EQ(table->live(), keys.size());
    for (const auto& [index, key] : keys) {
      const Place place = table->Find(key, table->HashOf(key));
      ASSERT_NE(place, kNoPlace);
      EXPECT_EQ(table->Index(place), index);
    }
  }
}

}  // namespace
}  // namespace mgmd::dataplane
