#ifndef MGMD_DATAPLANE_FIB_HASH_H_
#define MGMD_DATAPLANE_FIB_HASH_H_

// The hash of a FIB key: secret numbers, since whoever sends packets chooses sources and groups and must not be able to
// choose buckets. Every table has a seed of its own from the system's random source.
//
// What it promises, for any two keys whatever they are: two IPv4 keys never have the same hash, and two IPv6 keys have
// it under at most 2^-32 of the seeds; keys that have not, have the same first of 2^bits buckets under at most
// 2^(1-bits) of the seeds.
//
// How. A key becomes one word, and the word is mixed.
//
//   IPv4  the key is a word.
//   IPv6  NH (Black, Halevi, Krawczyk, Krovetz, Rogaway: UMAC, 1999): to each 32-bit half of the key's four words a
//         secret half of its own is added, modulo 2^32; the two halves of each word are multiplied, and the four
//         products added up modulo 2^64. Not a chain from word to word, where the next word could take a difference in
//         the top bits of one back, whatever the seed is.
//   Mix   multiplication by an odd number, the upper half into the lower, multiplication by another odd number: each
//         step is a bijection, so no two words become one; the bucket numbers are taken from the top of the last
//         product, where every bit of the word has had its say (Dietzfelbinger et al. 1997: multiplication and shift).
//
// All of it is 64-bit low multiplications, shifts, additions and exclusive-ors, so that all lookup variants compute the
// same value, eight keys at a time where the machine can.
//
// Always inline, since it is compiled for several instruction sets (common/instruction_set.h).
//
// Cost: two multiplications for an IPv4 key, six for an IPv6 key, four of them side by side.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/fib_key.h"

namespace mgmd::dataplane {

template <class Family>
struct HashSeed;

template <>
struct HashSeed<Ipv4> {
  uint64_t whitening = 0;
  uint64_t first = 1;   // odd
  uint64_t second = 1;  // odd

  static HashSeed Random();
};

template <>
struct HashSeed<Ipv6> {
  uint64_t addends[4] = {};
  uint64_t first = 1;   // odd
  uint64_t second = 1;  // odd

  static HashSeed Random();
};

template <class Family>
[[gnu::always_inline]] inline uint64_t Mix(const HashSeed<Family>& seed, uint64_t word) {
  uint64_t hash = word * seed.first;
  hash ^= hash >> 32;
  return hash * seed.second;
}

[[gnu::always_inline]] inline uint64_t Hash(const HashSeed<Ipv4>& seed, const FibKey<Ipv4>& key) {
  return Mix(seed, key.bits() ^ seed.whitening);
}

[[gnu::always_inline]] inline uint64_t Hash(const HashSeed<Ipv6>& seed, const FibKey<Ipv6>& key) {
  static_assert(sizeof(FibKey<Ipv6>) == sizeof(seed.addends));
  uint64_t words[4];
  std::memcpy(words, &key, sizeof(words));
  uint64_t sum = 0;
  for (size_t i = 0; i < 4; ++i) {
    const uint64_t low = static_cast<uint32_t>(words[i] + seed.addends[i]);
    const uint64_t high = static_cast<uint32_t>((words[i] >> 32) + (seed.addends[i] >> 32));
    sum += low * high;
  }
  return Mix(seed, sum);
}

// The two candidate buckets of a key in a table of 2^bits buckets, from disjoint parts of the hash.
inline constexpr uint32_t kMaxBucketBits = 28;
inline uint32_t FirstBucket(uint64_t hash, uint32_t bits) { return static_cast<uint32_t>(hash >> (64 - bits)); }
inline uint32_t SecondBucket(uint64_t hash, uint32_t bits) {
  return static_cast<uint32_t>(hash >> (64 - 2 * bits)) & ((uint32_t{1} << bits) - 1);
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_HASH_H_
