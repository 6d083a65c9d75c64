#ifndef MGMD_DATAPLANE_FIB_LOOKUP_PASSES_H_
#define MGMD_DATAPLANE_FIB_LOOKUP_PASSES_H_

// The bulk lookup that all variants share; included by the lookup_*.cc files only, each of which is compiled for
// another instruction set and brings a Probe type of its own. No inline function of any other header that could be
// left out of line belongs here or in those files: the linker would keep one copy of it for all.
//
// A Probe has:
//   using Family
//   static void HashAll(const TableState&, const Key* keys, size_t count, Candidates& candidates)
//       fills in hashes and first candidates
//   struct Answer { bool hit; uint32_t value; }
//       on a hit the entry index; on a miss the bucket's count of displaced keys
//   static Answer Find(const Bucket&, const Key&, uint64_t hash, const Key* entry_keys)
//   static Misses FindInFirst(const Candidates&, const Key* keys, size_t count, const Key* entry_keys,
//                             uint32_t* entries)
//       Find() in all first candidates; kNoEntry for a miss
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

// Up to this size a table stays in the nearest caches, and fetching ahead costs more than it hides.
inline constexpr uint32_t kNearTableBits = 10;

template <class Family>
struct alignas(64) Candidates {
  uint64_t hashes[kMaxLookup];
  const Bucket<Family>* first[kMaxLookup];
};

// Bit i stands for keys[i]. `displaced` of the `missed` may stand in their second candidate.
struct Misses {
  uint64_t missed = 0;
  uint64_t displaced = 0;
};

// FindInFirst() for a Probe without a better one.
template <class Probe>
inline Misses FindOneByOne(const Candidates<typename Probe::Family>& candidates,
                           const FibKey<typename Probe::Family>* keys, size_t count,
                           const FibKey<typename Probe::Family>* entry_keys, uint32_t* entries) {
  Misses misses;
  for (size_t i = 0; i < count; ++i) {
    const auto answer = Probe::Find(*candidates.first[i], keys[i], candidates.hashes[i], entry_keys);
    entries[i] = answer.hit ? answer.value : kNoEntry;
    const uint64_t missed = answer.hit ? 0 : 1;
    misses.missed |= missed << i;
    misses.displaced |= (answer.value != 0 ? missed : 0) << i;
  }
  return misses;
}

// Stores an entry index or kNoEntry for each key; returns the keys that were missed.
template <class Probe>
inline uint64_t LookupInTable(const TableState<typename Probe::Family>& table,
                              const FibKey<typename Probe::Family>* entry_keys,
                              const FibKey<typename Probe::Family>* keys, size_t count, uint32_t* entries) {
  Candidates<typename Probe::Family> candidates;
  Probe::HashAll(table, keys, count, candidates);
  if (table.bits > kNearTableBits) {
    for (size_t i = 0; i < count; ++i) __builtin_prefetch(candidates.first[i]);
  }
  Misses misses = Probe::FindInFirst(candidates, keys, count, entry_keys, entries);

  const auto second = [&](int i) { return &table.buckets[SecondBucket(candidates.hashes[i], table.bits)]; };
  for (uint64_t left = misses.displaced; left != 0; left &= left - 1) {
    __builtin_prefetch(second(__builtin_ctzll(left)));
  }
  for (uint64_t left = misses.displaced; left != 0; left &= left - 1) {
    const int i = __builtin_ctzll(left);
    const auto answer = Probe::Find(*second(i), keys[i], candidates.hashes[i], entry_keys);
    entries[i] = answer.hit ? answer.value : kNoEntry;
    misses.missed &= ~(uint64_t{answer.hit} << i);
  }
  return misses.missed;
}

// The keys of `missed` in the wildcard table.
template <class Probe>
inline void LookupInWildcards(const LookupState<typename Probe::Family>& state, uint64_t missed,
                              const FibKey<typename Probe::Family>* keys, uint32_t* entries) {
  using Family = typename Probe::Family;
  FibKey<Family> wildcards[kMaxLookup];
  uint8_t places[kMaxLookup];  // of the wildcards' packets in `keys`
  uint32_t found[kMaxLookup];
  size_t count = 0;
  for (; missed != 0; missed &= missed - 1) {
    const int i = __builtin_ctzll(missed);
    places[count] = static_cast<uint8_t>(i);
    count += Probe::MatchesWildcards(keys[i]);
  }
  for (size_t word = GroupLengths<Family>::kWords; word-- > 0;) {
    for (uint64_t lengths = state.lengths.words[word]; lengths != 0 && count != 0;) {
      const int bit = 63 - __builtin_clzll(lengths);
      lengths &= ~(uint64_t{1} << bit);
      const int length = static_cast<int>(word) * 64 + bit;
      for (size_t j = 0; j < count; ++j) wildcards[j] = Probe::WildcardKey(keys[places[j]], length);
      LookupInTable<Probe>(*state.wildcard, state.entry_keys, wildcards, count, found);
      size_t left = 0;
      for (size_t j = 0; j < count; ++j) {
        entries[places[j]] = found[j];
        places[left] = places[j];
        left += found[j] == kNoEntry;
      }
      count = left;
    }
  }
}

template <class Probe>
inline void LookupAll(const LookupState<typename Probe::Family>& state,
                      const FibKey<typename Probe::Family>* keys, size_t count, uint32_t* entries) {
  const uint64_t missed = LookupInTable<Probe>(*state.source_group, state.entry_keys, keys, count, entries);
  if (missed != 0) LookupInWildcards<Probe>(state, missed, keys, entries);
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_LOOKUP_PASSES_H_
