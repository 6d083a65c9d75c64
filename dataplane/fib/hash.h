#ifndef MGMD_DATAPLANE_FIB_HASH_H_
#define MGMD_DATAPLANE_FIB_HASH_H_

// The hash of a FIB key: secret multiplications, since whoever sends packets chooses sources and groups and must not
// be able to choose buckets. Every table has a seed of its own from the system's random source.
//
// The function is built of 64-bit low multiplications, shifts and exclusive-ors only, so that all lookup variants
// compute the same value, eight keys at a time where the machine can. A multiplication carries upwards only: the
// bucket numbers are taken from the top of the product, where every bit of the key has had its say.
//
// Cost: two multiplications for an IPv4 key, five for an IPv6 key.

#include <cstdint>
#include <cstring>

#include "common/fib_key.h"

namespace mgmd::dataplane {

struct HashSeed {
  uint64_t whitening = 0;
  uint64_t first = 1;   // odd
  uint64_t second = 1;  // odd

  static HashSeed Random();
};

inline uint64_t Hash(const HashSeed& seed, const FibKey<Ipv4>& key) {
  uint64_t hash = (key.bits() ^ seed.whitening) * seed.first;
  hash ^= hash >> 32;
  return hash * seed.second;
}

inline uint64_t Hash(const HashSeed& seed, const FibKey<Ipv6>& key) {
  static_assert(sizeof(FibKey<Ipv6>) == 32);
  uint64_t words[4];
  std::memcpy(words, &key, sizeof(words));
  uint64_t hash = seed.whitening;
  for (const uint64_t word : words) {
    hash = (hash ^ word) * seed.first;
    hash ^= hash >> 32;
  }
  return hash * seed.second;
}

// The two candidate buckets of a key in a table of 2^bits buckets, from disjoint parts of the hash.
inline constexpr uint32_t kMaxBucketBits = 28;
inline uint32_t FirstBucket(uint64_t hash, uint32_t bits) {
  return static_cast<uint32_t>(hash >> (64 - bits));
}
inline uint32_t SecondBucket(uint64_t hash, uint32_t bits) {
  return static_cast<uint32_t>(hash >> (64 - 2 * bits)) & ((uint32_t{1} << bits) - 1);
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_HASH_H_
