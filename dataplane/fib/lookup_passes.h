#ifndef MGMD_DATAPLANE_FIB_LOOKUP_PASSES_H_
#define MGMD_DATAPLANE_FIB_LOOKUP_PASSES_H_

// The bulk lookup that all variants share; included by the lookup_*.cc files only, each of which is compiled for
// another instruction set and brings a Probe type of its own. No inline function of any other header that could be
// left out of line belongs here or in those files: the linker would keep one copy of it for all.
//
// A Probe has:
//   using Family
//   struct Answer { bool hit; uint32_t value; }
//       on a hit the entry index; on a miss the bucket's count of displaced keys
//   static void HashAll(const HashSeed&, const Key* keys, size_t count, uint64_t* hashes)
//   static Answer Find(const Bucket&, const Key&, uint64_t hash, const Key* entry_keys)
//   static bool MatchesWildcards(const Key&)
//   static Key WildcardKey(const Key&, int length)
//
// Two passes: all first candidates are fetched before the first one is compared, so that the misses of 64 keys
// overlap. One key in eleven at most (bucket.h) needs its second candidate: those are fetched together as well.
// What is left after (S,G) is tried in the wildcard table, length by length, most specific first; that table is small
// and stays in the cache.

#include <cstddef>
#include <cstdint>

#include "dataplane/fib/lookup.h"
#include "dataplane/fib/table_state.h"

namespace mgmd::dataplane {

template <class Probe>
inline void LookupInTable(const TableState<typename Probe::Family>& table,
                          const FibKey<typename Probe::Family>* entry_keys,
                          const FibKey<typename Probe::Family>* keys, size_t count, uint32_t* entries) {
  const auto* const buckets = table.buckets;
  const uint32_t bits = table.bits;
  uint64_t hashes[kMaxLookup];
  uint8_t again[kMaxLookup];
  size_t again_count = 0;

  Probe::HashAll(table.seed, keys, count, hashes);
  for (size_t i = 0; i < count; ++i) __builtin_prefetch(&buckets[FirstBucket(hashes[i], bits)]);
  for (size_t i = 0; i < count; ++i) {
    const auto answer = Probe::Find(buckets[FirstBucket(hashes[i], bits)], keys[i], hashes[i], entry_keys);
    entries[i] = answer.hit ? answer.value : kNoEntry;
    again[again_count] = static_cast<uint8_t>(i);
    again_count += !answer.hit & (answer.value != 0);
  }

  for (size_t j = 0; j < again_count; ++j) __builtin_prefetch(&buckets[SecondBucket(hashes[again[j]], bits)]);
  for (size_t j = 0; j < again_count; ++j) {
    const size_t i = again[j];
    const auto answer = Probe::Find(buckets[SecondBucket(hashes[i], bits)], keys[i], hashes[i], entry_keys);
    entries[i] = answer.hit ? answer.value : kNoEntry;
  }
}

template <class Probe>
inline void LookupInWildcards(const LookupState<typename Probe::Family>& state,
                              const FibKey<typename Probe::Family>* keys, size_t count, uint32_t* entries) {
  uint8_t missed[kMaxLookup];
  size_t missed_count = 0;
  for (size_t i = 0; i < count; ++i) {
    missed[missed_count] = static_cast<uint8_t>(i);
    missed_count += (entries[i] == kNoEntry) & Probe::MatchesWildcards(keys[i]);
  }

  FibKey<typename Probe::Family> candidates[kMaxLookup];
  uint32_t found[kMaxLookup];
  for (size_t word = GroupLengths<typename Probe::Family>::kWords; word-- > 0;) {
    uint64_t lengths = state.lengths.words[word];
    while (lengths != 0 && missed_count != 0) {
      const int bit = 63 - __builtin_clzll(lengths);
      lengths &= ~(uint64_t{1} << bit);
      const int length = static_cast<int>(word) * 64 + bit;
      for (size_t j = 0; j < missed_count; ++j) candidates[j] = Probe::WildcardKey(keys[missed[j]], length);
      LookupInTable<Probe>(*state.wildcard, state.entry_keys, candidates, missed_count, found);
      size_t left = 0;
      for (size_t j = 0; j < missed_count; ++j) {
        entries[missed[j]] = found[j];
        missed[left] = missed[j];
        left += found[j] == kNoEntry;
      }
      missed_count = left;
    }
  }
}

template <class Probe>
inline void LookupAll(const LookupState<typename Probe::Family>& state,
                      const FibKey<typename Probe::Family>* keys, size_t count, uint32_t* entries) {
  LookupInTable<Probe>(*state.source_group, state.entry_keys, keys, count, entries);
  uint64_t any_length = 0;
  for (const uint64_t lengths : state.lengths.words) any_length |= lengths;
  if (any_length != 0) LookupInWildcards<Probe>(state, keys, count, entries);
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_LOOKUP_PASSES_H_
