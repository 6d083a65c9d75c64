#ifndef MGMD_TESTS_UNIT_FIB_FIB_TEST_SUPPORT_H_
#define MGMD_TESTS_UNIT_FIB_FIB_TEST_SUPPORT_H_

// What the FIB's tests share: stamps, and a sink that holds the FIB to the rules of counter indices.

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/fib/mfib.h"
#include "tests/support/keys.h"

namespace mgmd::dataplane {

inline Stamp MakeStamp(uint32_t value) {
  return {.slot = static_cast<uint16_t>(value), .epoch = static_cast<uint16_t>(value >> 16)};
}

inline std::vector<Stamp> MakeOifs(uint32_t seed, size_t count) {
  std::vector<Stamp> oifs;
  for (size_t i = 0; i < count; ++i) oifs.push_back(MakeStamp(seed * 7919 + static_cast<uint32_t>(i)));
  return oifs;
}

// Fails the test when a counter index is taken before it was folded, folded twice, or folded with another key or
// other oifs than its entry had. The test announces what it is about to upsert.
template <class Family>
class CheckingSink : public CounterSink<Family> {
 public:
  struct Life {
    FibKey<Family> key;
    std::vector<Stamp> oifs;
  };

  void Expect(const FibKey<Family>& key, std::vector<Stamp> oifs) { next_ = {key, std::move(oifs)}; }

  void Prepare(uint32_t counter) override {
    EXPECT_NE(counter, kNoEntry);
    EXPECT_TRUE(lives_.emplace(counter, next_).second) << "counter " << counter << " taken before it was folded";
  }

  void Fold(const FibKey<Family>& key, uint32_t counter, const FibEntry& entry, const Stamp* oifs) override {
    const auto life = lives_.find(counter);
    ASSERT_NE(life, lives_.end()) << "counter " << counter << " folded without a life";
    EXPECT_EQ(life->second.key, key);
    EXPECT_EQ(life->second.oifs, std::vector<Stamp>(oifs, oifs + entry.oif_count));
    lives_.erase(life);
    folded_.push_back(counter);
  }

  // Counter indices that were prepared and not folded.
  size_t alive() const { return lives_.size(); }
  // In the order of folding.
  const std::vector<uint32_t>& folded() const { return folded_; }

 private:
  Life next_;
  std::map<uint32_t, Life> lives_;
  std::vector<uint32_t> folded_;
};

// A FIB with its sink and readers.
template <class Family>
struct TestFib {
  explicit TestFib(const FibOptions& options = {}, std::vector<std::string> readers = {"worker 0", "worker 1"},
                   const SsmRanges<Family>& ssm = {})
      : epoch(std::move(readers)), fib(Mfib<Family>::Create(options, epoch, sink, ssm)) {}

  std::optional<Refusal> Upsert(const FibKey<Family>& key, std::vector<Stamp> oifs = {}, Stamp accept = {},
                                uint16_t flags = 0) {
    sink.Expect(key, oifs);
    return fib->Upsert(key, {.accept = accept, .flags = flags, .oifs = oifs}).refused;
  }

  uint32_t Lookup(const FibKey<Family>& key) const {
    uint32_t index = UINT32_MAX;
    fib->View().Lookup(&key, 1, &index);
    return index;
  }

  std::vector<Stamp> OifsOf(uint32_t index) const {
    const auto oifs = fib->Oifs(fib->entry(index));
    return {oifs.begin(), oifs.end()};
  }

  CheckingSink<Family> sink;
  Epoch epoch;
  std::unique_ptr<Mfib<Family>> fib;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_TESTS_UNIT_FIB_FIB_TEST_SUPPORT_H_
