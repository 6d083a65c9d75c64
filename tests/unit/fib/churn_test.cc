// Invariant: while the writer makes, replaces and deletes entries as fast as it can, every reader finds what is always
// there, never finds what never is, and whatever it finds belongs to the key it asked for and is of one piece. An
// entry encodes its key and version in all of its fields, so that a reused or half-written one is seen; without
// vector loads ThreadSanitizer sees races too.

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "tests/support/instruction_sets.h"
#include "tests/unit/fib/fib_test_support.h"

namespace mgmd::dataplane {
namespace {

constexpr uint32_t kGroups = 400;    // keys: one source for each purpose, any of these groups
constexpr uint32_t kAlways = 1;      // replaced, never absent
constexpr uint32_t kSometimes = 2;   // made and deleted
constexpr uint32_t kNever = 3;       // no (S,G) entry: caught by wildcards where their groups are covered
constexpr uint32_t kWildGroups = 8;  // groups from kGroups on have (*,G) entries now and then

// Key number and version into every field.
Stamp AcceptOf(uint32_t id, uint32_t version) {
  return {.slot = static_cast<uint16_t>(id), .epoch = static_cast<uint16_t>(version)};
}
Stamp OifOf(uint32_t id, uint32_t version, size_t position) {
  return {.slot = static_cast<uint16_t>(id * 31 + position), .epoch = static_cast<uint16_t>(version * 7 + position)};
}
size_t OifCountOf(uint32_t id, uint32_t version) { return (id + version) % 40; }

// Whether the entry is key `id`'s, all of it of the same version.
template <class View>
bool IsOfOnePiece(const View& view, uint32_t index, uint32_t id) {
  const FibEntry& entry = view.entry(index);
  const uint32_t version = entry.accept.epoch;
  if (entry.accept != AcceptOf(id, version) || entry.oif_count != OifCountOf(id, version)) return false;
  size_t position = 0;
  for (const Stamp oif : view.Oifs(entry)) {
    if (oif != OifOf(id, version, position++)) return false;
  }
  return true;
}

template <class Family>
class Churn : public ::testing::Test {
 protected:
  class QuietSink : public CounterSink<Family> {
   public:
    void Prepare(uint32_t) override {}
    void Fold(const FibKey<Family>&, uint32_t, const FibEntry&, const Stamp*) override {}
  };

  static constexpr uint64_t kTurns = 10'000;

  static FibOptions Options(InstructionSet set) {
    FibOptions options;
    options.max_entries = 4'000;
    options.max_retired = 64;
    options.max_overflow_lines = 1 << 14;
    options.instructions = set;
    return options;
  }

  // The number that the entry of a wildcard for `group` encodes.
  static uint32_t WildId(uint32_t group) { return 50'000 + group; }
  static uint32_t Id(uint32_t source, uint32_t group) { return source * 10'000 + group; }

  void Publish(const FibKey<Family>& key, uint32_t id) {
    const uint32_t version = ++version_ & 0xFFFF;
    std::vector<Stamp> oifs;
    for (size_t i = 0; i < OifCountOf(id, version); ++i) oifs.push_back(OifOf(id, version, i));
    while (fib_->Upsert(key, {.accept = AcceptOf(id, version), .oifs = oifs}).refused.has_value()) {
      fib_->CommitBatch();
      fib_->Poll();
      std::this_thread::yield();
    }
  }

  // At least so many operations, and until the readers have had their part.
  void Write(int operations) {
    std::mt19937 random(7);
    for (int n = 0; n < operations || turns_.load(std::memory_order_relaxed) < kTurns; ++n) {
      const uint32_t group = random() % kGroups;
      const uint32_t dice = random() % 8;
      if (dice < 2) {
        Publish(Keys<Family>::SourceGroup(kAlways, group), Id(kAlways, group));
      } else if (dice < 5) {
        Publish(Keys<Family>::SourceGroup(kSometimes, group), Id(kSometimes, group));
      } else if (dice < 7) {
        fib_->Delete(Keys<Family>::SourceGroup(kSometimes, group));
      } else {
        const uint32_t wild = kGroups + group % kWildGroups;
        const auto key = Keys<Family>::Wildcard(wild, 0);
        if (fib_->Delete(key) == kNoEntry) Publish(key, WildId(wild));
      }
      if (n % 10 == 0) fib_->CommitBatch();
      if (n % 16 == 0) fib_->Poll();
      if (n % 32 < 8) fib_->GrowAhead(4);  // or at once, when that comes too late
      // Keys of one time only, so that tables fill up and are rebuilt.
      if (n % 4 == 0) {
        const auto once = [](int number) { return Keys<Family>::SourceGroup(static_cast<uint32_t>(number), 1'000); };
        Publish(once(n), 0);
        fib_->Delete(once(n % 64 == 0 ? n - 64'000 : n));
      }
    }
  }

  // Reads until told to stop; errors end the run.
  void Read(ReaderId reader) {
    std::mt19937 random(static_cast<uint32_t>(reader) + 1);
    uint64_t wrong = 0;
    uint64_t hits = 0;
    epoch_.Online(reader);
    for (uint64_t turn = 0; !stop_.load(std::memory_order_relaxed); ++turn) {
      FibKey<Family> keys[kMaxLookup];
      uint32_t sources[kMaxLookup];
      uint32_t groups[kMaxLookup];
      uint32_t indices[kMaxLookup];
      for (size_t i = 0; i < kMaxLookup; ++i) {
        sources[i] = kAlways + random() % 3;
        groups[i] = random() % (sources[i] == kNever ? kGroups + kWildGroups : kGroups);
        keys[i] = Keys<Family>::SourceGroup(sources[i], groups[i]);
      }
      const auto view = fib_->View();
      view.Lookup(keys, kMaxLookup, indices);
      for (size_t i = 0; i < kMaxLookup; ++i) {
        const bool found = indices[i] != kNoEntry;
        const bool covered = sources[i] == kNever && groups[i] >= kGroups;
        bool right = sources[i] != kAlways || found;
        if (found && sources[i] == kNever) right = covered;
        const uint32_t id = covered ? WildId(groups[i]) : Id(sources[i], groups[i]);
        if (found && right) right = IsOfOnePiece(view, indices[i], id);
        wrong += !right;
        hits += found;
      }
      ++turns_;
      epoch_.Quiescent(reader);
      if (turn % 64 == 63) {
        epoch_.Offline(reader);
        std::this_thread::yield();
        epoch_.Online(reader);
      }
    }
    epoch_.Offline(reader);
    wrong_ += wrong;
    found_ += hits;
  }

  void Run(InstructionSet set, int operations) {
    fib_ = Mfib<Family>::Create(Options(set), epoch_, sink_);
    for (uint32_t group = 0; group < kGroups; ++group) {
      Publish(Keys<Family>::SourceGroup(kAlways, group), Id(kAlways, group));
    }
    stop_ = false;
    turns_ = 0;
    std::thread first([this] { Read(ReaderId{0}); });
    std::thread second([this] { Read(ReaderId{1}); });
    Write(operations);
    stop_ = true;
    first.join();
    second.join();
    EXPECT_EQ(wrong_.load(), 0u) << Name(set);
    EXPECT_GT(found_.load(), 0u) << Name(set);
    fib_->CommitBatch();
    fib_->Poll();
    EXPECT_EQ(fib_->retired(), 0u);
  }

  QuietSink sink_;
  Epoch epoch_{{"reader 0", "reader 1"}};
  std::unique_ptr<Mfib<Family>> fib_;
  uint32_t version_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<uint64_t> turns_ = 0;
  std::atomic<uint64_t> wrong_ = 0;
  std::atomic<uint64_t> found_ = 0;
};

using Ipv4Churn = Churn<Ipv4>;
using Ipv6Churn = Churn<Ipv6>;

TEST_F(Ipv4Churn, ReadersFindTheRightEntriesWithEveryVariant) {
  for (const InstructionSet set : testing::SupportedInstructionSets()) Run(set, 100'000);
}

TEST_F(Ipv6Churn, ReadersFindTheRightEntries) { Run(BestInstructionSet(), 100'000); }

}  // namespace
}  // namespace mgmd::dataplane
