// Invariant: no two keys have the same hash, whatever the sender has chosen them for, and they spread over the buckets.
// Seeds come from a generator that begins at the same place every time.

#include "dataplane/fib/hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dataplane/fib/key_bits.h"
#include "tests/unit/fib/fib_test_support.h"

namespace mgmd::dataplane {
namespace {

class Seeds {
 public:
  template <class Family>
  HashSeed<Family> Next() {
    if constexpr (std::is_same_v<Family, Ipv4>) {
      return {.whitening = random_(), .first = random_() | 1, .second = random_() | 1};
    } else {
      return {.addends = {random_(), random_(), random_(), random_()}, .first = random_() | 1, .second = random_() | 1};
    }
  }

 private:
  std::mt19937_64 random_{20261126};
};

// Octets of a key, source first.
using Octets = std::array<uint8_t, 32>;

Ipv6FibKey KeyOf(const Octets& octets) {
  std::array<uint8_t, 16> source, group;
  std::copy_n(octets.begin(), 16, source.begin());
  std::copy_n(octets.begin() + 16, 16, group.begin());
  return Ipv6FibKey::SourceGroupUnchecked(Ipv6Address(source), Ipv6Address(group));
}

constexpr Octets kPlain = {0x20, 1,    0x0D, 0xB8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1,
                           0xFF, 0x0E, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1};

// Sources that differ in the top four bits of octet 7, and of octets 11 and 15 in the same way: in a hash that takes
// one word after the other the second difference can undo the first.
std::vector<Ipv6FibKey> SourcesThatCancel() {
  std::vector<Ipv6FibKey> keys;
  for (uint8_t some = 0; some < 16; ++some) {
    for (uint8_t others = 0; others < 16; ++others) {
      Octets octets = kPlain;
      octets[7] = static_cast<uint8_t>(octets[7] ^ some << 4);
      octets[11] = static_cast<uint8_t>(octets[11] ^ others << 4);
      octets[15] = static_cast<uint8_t>(octets[15] ^ others << 4);
      keys.push_back(KeyOf(octets));
    }
  }
  return keys;
}

template <class Family>
size_t DistinctHashes(const HashSeed<Family>& seed, const std::vector<FibKey<Family>>& keys) {
  std::unordered_set<uint64_t> hashes;
  for (const auto& key : keys) hashes.insert(Hash(seed, key));
  return hashes.size();
}

// The most keys that have the same first, or the same second, of 2^bits buckets.
template <class Family>
size_t FullestBucket(const HashSeed<Family>& seed, const std::vector<FibKey<Family>>& keys, uint32_t bits) {
  std::unordered_map<uint32_t, size_t> first, second;
  size_t most = 0;
  for (const auto& key : keys) {
    const uint64_t hash = Hash(seed, key);
    most = std::max({most, ++first[FirstBucket(hash, bits)], ++second[SecondBucket(hash, bits)]});
  }
  return most;
}

TEST(Hash, TellsSourcesApartThatDifferInTheTopBitsOfSeveralWords) {
  const std::vector<Ipv6FibKey> keys = SourcesThatCancel();
  ASSERT_EQ(keys.size(), 256u);
  Seeds seeds;
  for (int n = 0; n < 200; ++n) {
    const auto seed = seeds.Next<Ipv6>();
    ASSERT_EQ(DistinctHashes(seed, keys), keys.size()) << "seed " << n;
    // Four keys to a bucket on average.
    EXPECT_LE(FullestBucket(seed, keys, 6), 20u) << "seed " << n;
  }
}

TEST(Hash, TellsKeysApartThatDifferInAnyOneOrTwoBits) {
  std::vector<Ipv6FibKey> keys = {KeyOf(kPlain)};
  const auto flip = [](Octets octets, size_t bit) {
    octets[bit / 8] = static_cast<uint8_t>(octets[bit / 8] ^ 1u << bit % 8);
    return octets;
  };
  for (size_t one = 0; one < 256; ++one) {
    keys.push_back(KeyOf(flip(kPlain, one)));
    for (size_t other = one + 1; other < 256; ++other) keys.push_back(KeyOf(flip(flip(kPlain, one), other)));
  }
  std::vector<Ipv4FibKey> short_keys;
  for (int one = 0; one < 64; ++one) {
    for (int other = one; other < 64; ++other)
      short_keys.push_back(KeyBits::Key(0x0A000001'EF010101 ^ uint64_t{1} << one ^ uint64_t{1} << other));
  }
  std::sort(short_keys.begin(), short_keys.end());
  short_keys.erase(std::unique(short_keys.begin(), short_keys.end()), short_keys.end());
  Seeds seeds;
  for (int n = 0; n < 32; ++n) {
    ASSERT_EQ(DistinctHashes(seeds.Next<Ipv6>(), keys), keys.size()) << "seed " << n;
    ASSERT_EQ(DistinctHashes(seeds.Next<Ipv4>(), short_keys), short_keys.size()) << "seed " << n;
  }
}

TEST(Hash, SpreadsKeysThatFollowAPattern) {
  // 4,096 keys in 256 buckets: sixteen on average, and random keys stay below fifty.
  std::vector<std::vector<Ipv6FibKey>> patterns(5);
  for (uint32_t n = 0; n < 4096; ++n) {
    patterns[0].push_back(Keys<Ipv6>::SourceGroup(n, 1));
    patterns[1].push_back(Keys<Ipv6>::SourceGroup(1, n));
    patterns[2].push_back(Keys<Ipv6>::SourceGroup(n, n));
    Octets octets = kPlain;
    octets[1] = static_cast<uint8_t>(n >> 4);
    octets[8] = static_cast<uint8_t>(n << 4);
    patterns[3].push_back(KeyOf(octets));
    octets = kPlain;
    octets[7] = octets[11] = octets[15] = static_cast<uint8_t>(n >> 4);
    octets[31] = static_cast<uint8_t>(n << 4);
    patterns[4].push_back(KeyOf(octets));
  }
  Seeds seeds;
  for (int n = 0; n < 20; ++n) {
    for (size_t pattern = 0; pattern < patterns.size(); ++pattern) {
      EXPECT_LE(FullestBucket(seeds.Next<Ipv6>(), patterns[pattern], 8), 50u)
          << "seed " << n << ", pattern " << pattern;
    }
  }
}

TEST(Hash, ATableOfSourcesThatCancelStaysSmall) {
  // 256 entries need two doublings of the smallest table at most.
  TestFib<Ipv6> test;
  for (const Ipv6FibKey& key : SourcesThatCancel()) ASSERT_EQ(test.Upsert(key), std::nullopt);
  EXPECT_EQ(test.fib->size(), 256u);
  EXPECT_LE(test.fib->memory().tables, (size_t{64} << 8) + (size_t{64} << 6));
  for (const Ipv6FibKey& key : SourcesThatCancel()) EXPECT_NE(test.Lookup(key), kNoEntry);
}

}  // namespace
}  // namespace mgmd::dataplane
