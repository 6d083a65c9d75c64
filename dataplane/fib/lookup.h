#ifndef MGMD_DATAPLANE_FIB_LOOKUP_H_
#define MGMD_DATAPLANE_FIB_LOOKUP_H_

// Bulk lookup and its variants: one function, built once for each width of the machine's registers, picked at start.
// All variants give the same answers.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/fib_key.h"

namespace mgmd::dataplane {

template <class Family>
struct TableState;

// Keys of one call.
inline constexpr size_t kMaxLookup = 64;

enum class LookupVariant : uint8_t { kPortable, kAvx2, kAvx512 };

// "portable", "avx2", "avx512".
std::string_view Name(LookupVariant variant);
// Whether this machine can run the variant and this build may: ThreadSanitizer sees no data race through vector
// loads, so that under it only the portable variant, which uses atomics, is supported.
bool Supported(LookupVariant variant);
LookupVariant BestLookupVariant();

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
};

// Looks `count` (S,G) keys up, at most kMaxLookup, and stores an entry index or kNoEntry for each.
template <class Family>
using LookupFunction = void (*)(const LookupState<Family>& state, const FibKey<Family>* keys, size_t count,
                                uint32_t* entries);

// The variant's function; a family without the variant has its portable one.
template <class Family>
LookupFunction<Family> FindLookupFunction(LookupVariant variant);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_LOOKUP_H_
