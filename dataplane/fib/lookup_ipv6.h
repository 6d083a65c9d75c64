#ifndef MGMD_DATAPLANE_FIB_LOOKUP_IPV6_H_
#define MGMD_DATAPLANE_FIB_LOOKUP_IPV6_H_

// The IPv6 probe of all variants (lookup_passes.h says what a probe is). A bucket has signatures and indices, the keys
// stand beside the entries: two lines for each key, the second known when the first has come. So FindInFirst() takes
// the index of the first slot with the key's signature in all buckets, and fetches its key, before it compares one.
//
// A Variant, a type of each file's own, has:
//   static uint64_t HashOf(const HashSeed<Ipv6>&, const Key&)          Hash()
//   static uint32_t Matches(const Bucket<Ipv6>&, uint64_t signature)   bit n: slot n has it, or had it just now
//   static bool Same(const Key&, const Key&)

#include <cstddef>
#include <cstdint>

#include "dataplane/fib/lookup_passes.h"

namespace mgmd::dataplane {

template <class Variant>
struct Ipv6Probe {
  using Family = Ipv6;
  using Key = FibKey<Ipv6>;

  static void HashAll(const TableState<Ipv6>& table, const Key* keys, size_t count, Candidates<Ipv6>& candidates) {
    for (size_t i = 0; i < count; ++i) {
      candidates.hashes[i] = Variant::HashOf(table.seed, keys[i]);
      candidates.first[i] = &table.buckets[FirstBucket(candidates.hashes[i], table.bits)];
      __builtin_prefetch(candidates.first[i]);
    }
  }

  static uint32_t Find(const Bucket<Ipv6>& bucket, const Key& key, uint64_t hash, const Key* entry_keys) {
    for (uint32_t left = Variant::Matches(bucket, Bucket<Ipv6>::Signature(hash)); left != 0; left &= left - 1) {
      const uint32_t index = IndexIn(bucket, left);
      if (Variant::Same(entry_keys[index], key)) return index;
    }
    return bucket.displaced().load(std::memory_order_relaxed);
  }

  static uint64_t FindInFirst(const Candidates<Ipv6>& candidates, const Key* keys, size_t count, const Key* entry_keys,
                              uint32_t* answers) {
    uint32_t indices[kMaxLookup];
    uint64_t matched = 0;
    for (size_t i = 0; i < count; ++i) {
      const Bucket<Ipv6>& bucket = *candidates.first[i];
      const uint32_t matches = Variant::Matches(bucket, Bucket<Ipv6>::Signature(candidates.hashes[i]));
      matched |= uint64_t{matches != 0} << i;
      // Without a match that of another key, in the last slot, or kNoEntry.
      indices[i] = IndexIn(bucket, matches | 1u << (Bucket<Ipv6>::kSlots - 1));
      __builtin_prefetch(&entry_keys[indices[i]]);
    }
    uint64_t displaced = 0;
    uint64_t others = 0;
    for (size_t i = 0; i < count; ++i) {
      const uint32_t elsewhere = candidates.first[i]->displaced().load(std::memory_order_relaxed);
      const bool same = Variant::Same(entry_keys[indices[i]], keys[i]);
      answers[i] = same ? indices[i] : elsewhere;
      displaced |= uint64_t{answers[i] >> 31} << i;
      others |= uint64_t{!same} << i;
    }
    // Another key has the signature: a pair in four thousand million, or the slot has just changed.
    for (uint64_t left = matched & others; left != 0; left &= left - 1) [[unlikely]] {
        const auto i = static_cast<size_t>(__builtin_ctzll(left));
        answers[i] = Find(*candidates.first[i], keys[i], candidates.hashes[i], entry_keys);
        displaced = (displaced & ~(uint64_t{1} << i)) | uint64_t{answers[i] >> 31} << i;
      }
    return displaced;
  }

  static bool IsIn(const SsmRange<Ipv6>& range, const Key& key) { return range.Has(key.group()); }

  static Key WildcardKey(const Key& key, int length) { return Key::AnySource(key.group(), length); }

 private:
  // Of the first slot in the mask. Acquire: its key is read next.
  static uint32_t IndexIn(const Bucket<Ipv6>& bucket, uint32_t slots) {
    return static_cast<uint32_t>(bucket.words[__builtin_ctz(slots)].load(std::memory_order_acquire));
  }
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_LOOKUP_IPV6_H_
