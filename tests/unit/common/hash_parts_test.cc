// Invariant: in parts or not, a table has what was added and not erased, each once, with its value; and no addition to
// many items moves more than a small share of them.

#include "common/hash_parts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "common/fib_key.h"
#include "tests/support/choices.h"

namespace mgmd {
namespace {

using Map = HashParts<absl::flat_hash_map<uint32_t, std::unique_ptr<uint32_t>>>;

TEST(HashParts, AgreeWithAMapWhileTheyGrowAndShrink) {
  support::RandomChoices choices(1);
  Map parts;
  std::map<uint32_t, uint32_t> model;
  // More come than go, until there are parts, and then more go than come.
  for (uint32_t step = 0; step < 200'000; ++step) {
    const uint32_t key = choices.Below(40'000);
    const bool growing = step < 100'000;
    if (choices.Below(8) < (growing ? 6u : 2u)) {
      const auto [item, added] = parts.Add(key, std::make_unique<uint32_t>(step));
      ASSERT_EQ(added, model.emplace(key, step).second);
      ASSERT_EQ(*item->second, model[key]) << "one that is there stays as it is";
    } else {
      ASSERT_EQ(parts.Erase(key), model.erase(key) == 1);
    }
    ASSERT_EQ(parts.size(), model.size());
    ASSERT_EQ(parts.empty(), model.empty());
    if (step == 99'999) {
      ASSERT_GT(parts.size(), Map::kWhole);
    }
  }
  for (uint32_t key = 0; key < 40'000; ++key) {
    const auto known = model.find(key);
    const auto* item = parts.Find(key);
    ASSERT_EQ(item != nullptr, known != model.end());
    if (item != nullptr) {
      ASSERT_EQ(*item->second, known->second);
    }
  }
}

template <class Key>
Key KeyOf(uint32_t n);
template <>
Ipv4FibKey KeyOf(uint32_t n) {
  return Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(0x0B000001 + n / 64), Ipv4Address(0xEE000000 + n % 64));
}
template <>
Ipv6FibKey KeyOf(uint32_t n) {
  return Ipv6FibKey::SourceGroupUnchecked(Ipv6Address::FromWords({0x20010db800000000, n / 64}),
                                          Ipv6Address::FromWords({0xff0e000000000000, n % 64}));
}

// Counts how often keys are hashed.
template <class Key>
struct Counted : Key {
  static inline size_t hashed = 0;
  explicit Counted(const Key& key) : Key(key) {}
  template <typename H>
  friend H AbslHashValue(H state, const Counted& key) {
    ++hashed;
    return H::combine(std::move(state), static_cast<const Key&>(key));
  }
};

template <class Key>
class HashPartsOf : public ::testing::Test {};
using Keys = ::testing::Types<Ipv4FibKey, Ipv6FibKey>;
TYPED_TEST_SUITE(HashPartsOf, Keys);

TYPED_TEST(HashPartsOf, NoAdditionMovesMoreThanAShare) {
  constexpr uint32_t kKeys = 1 << 18;
  using Key = Counted<TypeParam>;
  HashParts<absl::flat_hash_set<Key>> parts;
  size_t most = 0;
  for (uint32_t n = 0; n < kKeys; ++n) {
    Key::hashed = 0;
    ASSERT_TRUE(parts.Add(Key(KeyOf<TypeParam>(n))).second);
    most = std::max(most, Key::hashed);
  }
  // What grows hashes what it has. In one piece that would be most of the keys.
  EXPECT_LT(most, 4 * parts.kWhole);
  auto items = parts.Items();
  EXPECT_EQ(items.size(), kKeys);
  std::sort(items.begin(), items.end());
  EXPECT_EQ(std::unique(items.begin(), items.end()), items.end());
}

}  // namespace
}  // namespace mgmd
