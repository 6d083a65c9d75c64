// The lookup in plain C++ with atomics: for machines without wide registers, for ThreadSanitizer, and for IPv6.

#include <cstring>

#include "dataplane/fib/lookup_functions.h"
#include "dataplane/fib/lookup_ipv4.h"
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

struct Ipv6Probe {
  using Family = Ipv6;
  using Key = FibKey<Ipv6>;

  static void HashAll(const TableState<Ipv6>& table, const Key* keys, size_t count, Candidates<Ipv6>& candidates) {
    HashOneByOne(table, keys, count, candidates);
  }

  static uint32_t Find(const Bucket<Ipv6>& bucket, const Key& key, uint64_t hash, const Key* entry_keys) {
    const uint64_t signature = Bucket<Ipv6>::Signature(hash);
    for (const std::atomic<uint64_t>& slot : bucket.words) {
      const uint64_t word = slot.load(std::memory_order_acquire);
      const auto index = static_cast<uint32_t>(word);
      if (word - index == signature && entry_keys[index] == key) return index;
    }
    return bucket.displaced().load(std::memory_order_relaxed);
  }

  static uint64_t FindInFirst(const Candidates<Family>& candidates, const Key* keys, size_t count,
                              const Key* entry_keys, uint32_t* answers) {
    return FindOneByOne<Ipv6Probe>(candidates, keys, 0, count, entry_keys, answers);
  }

  static bool IsIn(const SsmRange<Ipv6>& range, const Key& key) { return range.Has(key.group()); }

  static Key WildcardKey(const Key& key, int length) { return Key::AnySource(key.group(), length); }
};

}  // namespace

void LookupPortable(const LookupState<Ipv4>& state, const FibKey<Ipv4>* keys, size_t count, uint32_t* entries) {
  LookupAll<Ipv4Probe>(state, keys, count, entries);
}

void LookupPortable(const LookupState<Ipv6>& state, const FibKey<Ipv6>* keys, size_t count, uint32_t* entries) {
  LookupAll<Ipv6Probe>(state, keys, count, entries);
}

}  // namespace mgmd::dataplane
