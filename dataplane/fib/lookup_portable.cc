// The lookup in plain C++ with atomics: for machines without wide registers, and for ThreadSanitizer.

#include <cstring>

#include "dataplane/fib/lookup_functions.h"
#include "dataplane/fib/lookup_ipv4.h"
#include "dataplane/fib/lookup_ipv6.h"
#include "dataplane/fib/lookup_passes.h"

namespace mgmd::dataplane {
namespace {

struct Ipv4Probe : Ipv4ProbeBase {
  static uint32_t Find(const Bucket<Ipv4>& bucket, const Key& key, uint64_t /*hash*/, const Key* /*entry_keys*/) {
    unsigned match = 0;
    for (uint32_t slot = 0; slot < Bucket<Ipv4>::kSlots; ++slot) {
      match |= static_cast<unsigned>(bucket.keys[slot].load(std::memory_order_acquire) == key.bits()) << slot;
    }
    return AnswerOf(bucket, match);
  }

  static uint64_t FindInFirst(const Candidates<Family>& candidates, const Key* keys, size_t count,
                              const Key* entry_keys, uint32_t* answers) {
    return FindOneByOne<Ipv4Probe>(candidates, keys, 0, count, entry_keys, answers);
  }
};

struct Ipv6Variant {
  static uint64_t HashOf(const HashSeed<Ipv6>& seed, const FibKey<Ipv6>& key) { return Hash(seed, key); }

  static uint32_t Matches(const Bucket<Ipv6>& bucket, uint64_t signature) {
    uint32_t matches = 0;
    for (uint32_t slot = 0; slot < Bucket<Ipv6>::kSlots; ++slot) {
      const uint64_t word = bucket.words[slot].load(std::memory_order_relaxed);
      matches |= static_cast<uint32_t>((word ^ signature) >> 32 == 0) << slot;
    }
    return matches;
  }

  static bool Same(const FibKey<Ipv6>& one, const FibKey<Ipv6>& other) {
    uint64_t a[4], b[4];
    static_assert(sizeof(one) == sizeof(a));
    std::memcpy(a, &one, sizeof(a));
    std::memcpy(b, &other, sizeof(b));
    return ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3])) == 0;
  }
};

}  // namespace

void LookupPortable(const LookupState<Ipv4>& state, const FibKey<Ipv4>* keys, size_t count, uint32_t* entries) {
  LookupAll<Ipv4Probe>(state, keys, count, entries);
}

void LookupPortable(const LookupState<Ipv6>& state, const FibKey<Ipv6>* keys, size_t count, uint32_t* entries) {
  LookupAll<Ipv6Probe<Ipv6Variant>>(state, keys, count, entries);
}

}  // namespace mgmd::dataplane
