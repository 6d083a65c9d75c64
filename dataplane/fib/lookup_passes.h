#ifndef MGMD_DATAPLANE_FIB_LOOKUP_PASSES_H_
#define MGMD_DATAPLANE_FIB_LOOKUP_PASSES_H_

// The bulk lookup that all variants share; included by the lookup_*.cc files only, each of which is compiled for
// another instruction set and brings a Probe type of its own. No inline function of any other header that could be
// left out of line belongs here or in those files: the linker would keep one copy of it for all.
//
// A Probe has:
//   using Family
//   static void HashAll(const TableState&, const Key* keys, size_t count, Candidates& candidates)
//       fills in hashes and first candidates and fetches the latter
//   static uint32_t Find(const Bucket&, const Key&, uint64_t hash, const Key* entry_keys)
//       the key's entry index, or kNoEntry, or kDisplaced (with a count) if it may stand in its second candidate
//   static uint64_t FindInFirst(const Candidates&, const Key* keys, size_t count, const Key* entry_keys,
//                               uint32_t* answers)
//       Find() in all first candidates; returns the keys that got kDisplaced, bit i for keys[i]
//   static bool IsIn(const SsmRange&, const Key&)
//       whether the range has the key's group
//   static Key WildcardKey(const Key&, int length)
//
// Two passes: the first candidates of all keys are fetched before one of them is compared, so that the misses of 64
// keys overlap. One key in eleven at most (bucket.h) needs its second candidate. What is left after (S,G) is tried in
// the wildcard table, length by length, most specific first, but for source-specific groups; that table is small and
// stays in the cache.
//
// What limits a lookup in a large table is how soon the next batch's fetches can begin: the processor looks some 400
// instructions and 100 stores ahead. Hence few of both for each key, nothing read back at another width than it was
// stored, and no branch on what is still on its way.

#include <cstddef>
#include <cstdint>

#include "dataplane/fib/lookup.h"
#include "dataplane/fib/table_state.h"

namespace mgmd::dataplane {

// From this size on (16 MiB) much of a table is in memory, and waiting twice for the few keys that are displaced costs
// more than fetching every key's second candidate as well.
inline constexpr uint32_t kFarTableBits = 18;

// How many displaced keys are looked at in one round; see LookupInTable().
inline constexpr size_t kDisplacedRound = 8;

template <class Family>
struct alignas(64) Candidates {
  uint64_t hashes[kMaxLookup];
  const Bucket<Family>* first[kMaxLookup];
};

// HashAll() for a Probe without a better one. Each line is asked for as soon as it is known.
template <class Family>
[[gnu::always_inline]] inline void HashOneByOne(const TableState<Family>& table, const FibKey<Family>* keys,
                                                size_t count, Candidates<Family>& candidates) {
  for (size_t i = 0; i < count; ++i) {
    candidates.hashes[i] = Hash(table.seed, keys[i]);
    candidates.first[i] = &table.buckets[FirstBucket(candidates.hashes[i], table.bits)];
    __builtin_prefetch(candidates.first[i]);
  }
}

// FindInFirst() for a Probe without a better one.
template <class Probe>
inline uint64_t FindOneByOne(const Candidates<typename Probe::Family>& candidates,
                             const FibKey<typename Probe::Family>* keys, size_t begin, size_t end,
                             const FibKey<typename Probe::Family>* entry_keys, uint32_t* answers) {
  uint64_t displaced = 0;
  for (size_t i = begin; i < end; ++i) {
    answers[i] = Probe::Find(*candidates.first[i], keys[i], candidates.hashes[i], entry_keys);
    displaced |= uint64_t{answers[i] >> 31} << i;
  }
  return displaced;
}

// Stores an entry index or kNoEntry for each key.
template <class Probe>
inline void LookupInTable(const TableState<typename Probe::Family>& table,
                          const FibKey<typename Probe::Family>* entry_keys, const FibKey<typename Probe::Family>* keys,
                          size_t count, uint32_t* entries) {
  Candidates<typename Probe::Family> candidates;
  Probe::HashAll(table, keys, count, candidates);
  const auto second = [&](size_t i) { return &table.buckets[SecondBucket(candidates.hashes[i], table.bits)]; };
  if (table.bits >= kFarTableBits) {
    for (size_t i = 0; i < count; ++i) __builtin_prefetch(second(i));
  }
  const uint64_t displaced = Probe::FindInFirst(candidates, keys, count, entry_keys, entries);

  // In rounds of a fixed length, the last one filled up with a key that was there before: how many keys are displaced
  // is known late, and a branch on it would be predicted wrong in nearly every batch. The loads of one round do not
  // depend on each other and wait together.
  for (uint64_t left = displaced; left != 0;) {
    for (size_t k = 0; k < kDisplacedRound; ++k) {
      const auto i = static_cast<size_t>(__builtin_ctzll(left != 0 ? left : displaced));
      left &= left - 1;
      const uint32_t answer = Probe::Find(*second(i), keys[i], candidates.hashes[i], entry_keys);
      entries[i] = answer >= kDisplaced ? kNoEntry : answer;
    }
  }
}

template <class Probe>
inline void LookupInWildcards(const LookupState<typename Probe::Family>& state,
                              const FibKey<typename Probe::Family>* keys, size_t count, uint32_t* entries) {
  using Family = typename Probe::Family;
  FibKey<Family> wildcards[kMaxLookup];
  uint8_t places[kMaxLookup];  // of the wildcards' packets in `keys`
  uint32_t found[kMaxLookup];
  size_t missed = 0;
  // By far the most routers have one range: in a register, and no loop over ranges for each key.
  const SsmRange<Family> range = *state.ssm;
  for (size_t i = 0; i < count; ++i) {
    places[missed] = static_cast<uint8_t>(i);
    missed += (entries[i] == kNoEntry) & !Probe::IsIn(range, keys[i]);
  }
  for (size_t other = 1; other < state.ssm_count; ++other) {
    size_t left = 0;
    for (size_t j = 0; j < missed; ++j) {
      places[left] = places[j];
      left += !Probe::IsIn(state.ssm[other], keys[places[j]]);
    }
    missed = left;
  }
  for (size_t word = GroupLengths<Family>::kWords; word-- > 0;) {
    for (uint64_t lengths = state.lengths.words[word]; lengths != 0 && missed != 0;) {
      const int bit = 63 - __builtin_clzll(lengths);
      lengths &= ~(uint64_t{1} << bit);
      const int length = static_cast<int>(word) * 64 + bit;
      for (size_t j = 0; j < missed; ++j) wildcards[j] = Probe::WildcardKey(keys[places[j]], length);
      LookupInTable<Probe>(*state.wildcard, state.entry_keys, wildcards, missed, found);
      size_t left = 0;
      for (size_t j = 0; j < missed; ++j) {
        entries[places[j]] = found[j];
        places[left] = places[j];
        left += found[j] == kNoEntry;
      }
      missed = left;
    }
  }
}

template <class Probe>
inline void LookupAll(const LookupState<typename Probe::Family>& state, const FibKey<typename Probe::Family>* keys,
                      size_t count, uint32_t* entries) {
  LookupInTable<Probe>(*state.source_group, state.entry_keys, keys, count, entries);
  uint64_t any_length = 0;
  for (const uint64_t lengths : state.lengths.words) any_length |= lengths;
  if (any_length != 0) LookupInWildcards<Probe>(state, keys, count, entries);
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_LOOKUP_PASSES_H_
