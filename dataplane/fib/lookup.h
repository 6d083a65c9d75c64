#ifndef MGMD_DATAPLANE_FIB_LOOKUP_H_
#define MGMD_DATAPLANE_FIB_LOOKUP_H_

// Bulk lookup: one function, written once for each instruction set, picked when a FIB is created. All give the same
// answers.

#include <cstddef>
#include <cstdint>

#include "common/fib_key.h"
#include "common/instruction_set.h"
#include "common/ssm_ranges.h"

namespace mgmd::dataplane {

template <class Family>
struct TableState;

// Keys of one call.
inline constexpr size_t kMaxLookup = 64;

// Which lengths of group prefix have wildcard entries: bit n stands for (*,G/n).
template <class Family>
struct GroupLengths {
  static constexpr size_t kWords = Family::kAddressBits / 64 + 1;
  uint64_t words[kWords] = {};
};

// What one lookup reads: everything a reader has loaded once.
template <class Family>
struct LookupState {
  const TableState<Family>* source_group = nullptr;
  const TableState<Family>* wildcard = nullptr;
  const FibKey<Family>* entry_keys = nullptr;  // by entry index; families whose keys do not fit a bucket
  GroupLengths<Family> lengths;
  // SsmRanges::ranges(); the first is there even where there are none, and has no group.
  const SsmRange<Family>* ssm = nullptr;
  size_t ssm_count = 0;
};

// Looks `count` (S,G) keys up, at most kMaxLookup, and stores an entry index or kNoEntry for each.
template <class Family>
using LookupFunction = void (*)(const LookupState<Family>& state, const FibKey<Family>* keys, size_t count,
                                uint32_t* entries);

// The function for the instruction set.
template <class Family>
LookupFunction<Family> FindLookupFunction(InstructionSet set);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_LOOKUP_H_
