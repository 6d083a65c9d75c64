#ifndef MGMD_TESTS_UNIT_FIB_FIB_HISTORY_H_
#define MGMD_TESTS_UNIT_FIB_FIB_HISTORY_H_

// A random life of a FIB beside a std::map with the lookup rules on top, for either family: upserts, deletes, commits,
// readers that come, go and report, reclamation. Differences are GoogleTest failures.

#include <gtest/gtest.h>

#include <map>

#include "tests/support/choices.h"
#include "tests/unit/fib/fib_test_support.h"

namespace mgmd::dataplane {

template <class Family>
class FibHistory {
 public:
  explicit FibHistory(support::Choices& choices) : choices_(choices), test_(SmallOptions()) {}

  // Small rounds of life, with deletes in long runs now and then.
  void Step() {
    const uint32_t dice = Random(100);
    if (dice < 55) {
      Upsert();
    } else if (dice < 85) {
      const Key key = RandomKey();
      EXPECT_EQ(test_.fib->Delete(key) != kNoEntry, model_.erase(key) == 1);
    } else if (dice < 94) {
      test_.fib->CommitBatch();
    } else if (dice < 97) {
      test_.fib->Poll(dice == 94 ? 3 : SIZE_MAX);
    } else if (dice < 98) {
      // Tables grow in parts and, where that comes too late, at once.
      if (Random(10) == 0) DeleteAll();
      test_.fib->GrowAhead(Random(8) + 1);
    } else {
      StepReader(Random(2));
    }
  }

  // Compares a batch of random lookups.
  void CheckLookups() {
    std::vector<Key> keys;
    const size_t count = Random(kMaxLookup + 1);
    while (keys.size() < count) keys.push_back(RandomSourceGroup());
    std::vector<uint32_t> indices(count, UINT32_MAX);
    test_.fib->View().Lookup(keys.data(), count, indices.data());
    for (size_t i = 0; i < count; ++i) ExpectSame(keys[i], indices[i], ModelLookup(keys[i]));
  }

  // Compares every entry, and that no counter index is lost.
  void CheckEverything() {
    EXPECT_EQ(test_.fib->size(), model_.size());
    size_t visited = 0;
    test_.fib->ForEach([&](const Key& key, uint32_t index) {
      ++visited;
      const auto entry = model_.find(key);
      ExpectSame(key, index, entry == model_.end() ? nullptr : &entry->second);
    });
    EXPECT_EQ(visited, model_.size());
    for (const auto& [key, value] : model_) ExpectSame(key, test_.fib->Find(key), &value);
    // Every counter index belongs to an entry or waits for its grace period.
    EXPECT_EQ(test_.sink.alive(), model_.size() + test_.fib->retired());
  }

  // Everything deleted, all readers offline, every grace period over: nothing may be left.
  void End() {
    DeleteAll();
    const BatchId last = test_.fib->CommitBatch();
    test_.epoch.Offline(ReaderId{0});
    test_.epoch.Offline(ReaderId{1});
    test_.fib->Poll();
    EXPECT_TRUE(test_.fib->Reclaimed(last));
    EXPECT_EQ(test_.fib->retired(), 0u);
    EXPECT_EQ(test_.fib->size(), 0u);
    EXPECT_EQ(test_.sink.alive(), 0u);
  }

  // How often an upsert met each bound.
  int backlogs() const { return backlogs_; }
  int full() const { return full_; }

 private:
  using Key = FibKey<Family>;

  struct Value {
    Stamp accept;
    uint16_t flags = 0;
    std::vector<Stamp> oifs;
  };

  static FibOptions SmallOptions() {
    FibOptions options;
    options.max_entries = 900;
    options.max_retired = 400;
    options.max_overflow_lines = 1 << 16;
    return options;
  }

  uint32_t Random(uint32_t below) { return choices_.Below(below); }

  // Among few addresses, so that keys recur and wildcards cover (S,G) keys.
  Key RandomSourceGroup() {
    if (Random(20) == 0) return Keys<Family>::SourceSpecific(Random(8), Random(64));
    return Keys<Family>::SourceGroup(Random(40), Random(64));
  }
  Key RandomKey() {
    constexpr int kFreeBits[] = {0, 2, 3, 6, 9};
    switch (Random(8)) {
      case 0:
        return Keys<Family>::Wildcard(Random(64), kFreeBits[Random(5)]);
      case 1:
        return Random(10) == 0 ? Key::AllGroups() : Keys<Family>::Wildcard(Random(64), 0);
      default:
        return RandomSourceGroup();
    }
  }

  void Upsert() {
    constexpr uint16_t kFlags[] = {0, kNoRoute, 1 << 15, kNoRoute | 1 << 15};
    constexpr uint32_t kOifCounts[] = {0, 1, 2, 4, 5, 12, 13, 14, 16, 17, 33, 300};
    const Key key = RandomKey();
    const uint32_t seed = Random(UINT32_MAX);
    Value value{MakeStamp(seed), kFlags[Random(4)], MakeOifs(seed, kOifCounts[Random(12)])};
    const bool backlog = test_.fib->retired() >= SmallOptions().max_retired;
    const bool full = model_.size() >= SmallOptions().max_entries && !model_.contains(key);
    const auto refused = test_.Upsert(key, value.oifs, value.accept, value.flags);
    if (backlog) {
      EXPECT_EQ(refused, Refusal::kBacklog);
    } else if (full) {
      EXPECT_EQ(refused, Refusal::kTableFull);
    } else {
      EXPECT_EQ(refused, std::nullopt);
    }
    if (Keys<Family>::IsSourceSpecific(key)) value.flags |= kSourceSpecific;
    if (!refused.has_value()) model_[key] = std::move(value);
    backlogs_ += refused == Refusal::kBacklog;
    full_ += refused == Refusal::kTableFull;
  }

  void DeleteAll() {
    for (const auto& [key, value] : model_) EXPECT_NE(test_.fib->Delete(key), kNoEntry);
    model_.clear();
  }

  void StepReader(uint32_t reader) {
    bool& online = online_[reader];
    if (Random(8) == 0) {
      online ? test_.epoch.Offline(ReaderId{reader}) : test_.epoch.Online(ReaderId{reader});
      online = !online;
    } else if (online) {
      test_.epoch.Quiescent(ReaderId{reader});
    }
  }

  const Value* ModelLookup(const Key& key) const {
    if (const auto exact = model_.find(key); exact != model_.end()) return &exact->second;
    if (Keys<Family>::IsSourceSpecific(key)) return nullptr;
    for (int length = Family::kAddressBits; length >= Family::kAllGroupsLength; --length) {
      if (const auto entry = model_.find(Key::AnySource(key.group(), length)); entry != model_.end()) {
        return &entry->second;
      }
    }
    return nullptr;
  }

  void ExpectSame(const Key& key, uint32_t index, const Value* value) {
    ASSERT_EQ(index != kNoEntry, value != nullptr) << key.ToString();
    if (value == nullptr) return;
    const FibEntry& entry = test_.fib->entry(index);
    EXPECT_EQ(entry.accept, value->accept) << key.ToString();
    EXPECT_EQ(entry.flags, value->flags) << key.ToString();
    EXPECT_EQ(test_.OifsOf(index), value->oifs) << key.ToString();
  }

  support::Choices& choices_;
  TestFib<Family> test_;
  std::map<Key, Value> model_;
  bool online_[2] = {};
  int backlogs_ = 0;
  int full_ = 0;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_TESTS_UNIT_FIB_FIB_HISTORY_H_
