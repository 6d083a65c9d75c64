#ifndef MGMD_TESTS_UNIT_FIB_FIB_TEST_SUPPORT_H_
#define MGMD_TESTS_UNIT_FIB_FIB_TEST_SUPPORT_H_

// What the FIB's tests share: keys of both families from small numbers, and a sink that holds the FIB to the rules of
// counter indices.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/fib/mfib.h"

namespace mgmd::dataplane {

template <class Family>
struct Keys;

template <>
struct Keys<Ipv4> {
  static Ipv4FibKey SourceGroup(uint32_t source, uint32_t group) {
    return Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(0x0A000000 + source), Group(group));
  }
  // The group's lowest `free_bits` bits are free.
  static Ipv4FibKey Wildcard(uint32_t group, int free_bits) {
    return Ipv4FibKey::AnySource(Group(group), Ipv4::kAddressBits - free_bits);
  }
  static Ipv4FibKey SourceSpecific(uint32_t source, uint32_t group) {
    return Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(0x0A000000 + source), Ipv4Address(0xE8000000 + group));
  }
  static bool IsSourceSpecific(const Ipv4FibKey& key) { return key.group().is_source_specific(); }

 private:
  static Ipv4Address Group(uint32_t group) { return Ipv4Address(0xEF000000 + group); }
};

template <>
struct Keys<Ipv6> {
  static Ipv6FibKey SourceGroup(uint32_t source, uint32_t group) {
    return Ipv6FibKey::SourceGroupUnchecked(Address({0x20, 0x01, 0x0D, 0xB8}, source), Group(group));
  }
  static Ipv6FibKey Wildcard(uint32_t group, int free_bits) {
    return Ipv6FibKey::AnySource(Group(group), Ipv6::kAddressBits - free_bits);
  }
  static Ipv6FibKey SourceSpecific(uint32_t source, uint32_t group) {
    return Ipv6FibKey::SourceGroupUnchecked(Address({0x20, 0x01, 0x0D, 0xB8}, source),
                                            Address({0xFF, 0x3E, 0, 0}, group));
  }
  static bool IsSourceSpecific(const Ipv6FibKey& key) { return key.group().bytes()[1] == 0x3E; }

 private:
  static Ipv6Address Address(std::array<uint8_t, 4> first, uint32_t last) {
    std::array<uint8_t, 16> bytes{};
    for (size_t i = 0; i < 4; ++i) {
      bytes[i] = first[i];
      bytes[12 + i] = static_cast<uint8_t>(last >> (24 - 8 * i));
    }
    return Ipv6Address(bytes);
  }
  static Ipv6Address Group(uint32_t group) { return Address({0xFF, 0x0E, 0, 1}, group); }
};

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
  explicit TestFib(const FibOptions& options = {}, std::vector<std::string> readers = {"worker 0", "worker 1"})
      : epoch(std::move(readers)), fib(Mfib<Family>::Create(options, epoch, sink)) {}

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
