#ifndef MGMD_DATAPLANE_FIB_ENTRY_H_
#define MGMD_DATAPLANE_FIB_ENTRY_H_

// A FIB entry as workers see it: one cache line with everything that decides a packet.
//
// An entry is filled by the control thread, published by one store, and from then on immutable until the grace
// period after its removal has ended. A change of a stream is a new entry. Workers
// never write to an entry.
//
// An entry is named by its index. The same number is its counter index: every upsert takes a new entry, so both are
// taken, retired and reused together, and a worker can prefetch the counter line before it has read the entry.
//
// Cost: one line up to kInlineOifs outgoing interfaces; above that all of them stand together in the overflow arena,
// sixteen to a line.

#include <cstdint>

#include "common/interface.h"

namespace mgmd::dataplane {

// Lookup's answer for a key without entry. Entry 0 exists, is all zero but for its accept stamp, and is never
// published: its line may be prefetched and read like any other.
inline constexpr uint32_t kNoEntry = 0;

inline constexpr uint16_t kInlineOifs = 13;

enum EntryFlags : uint16_t {
  // A negative entry for want of a route: packets are dropped as `no_route` and not as `no_receivers`.
  kNoRoute = 1,
  // All its groups are source-specific. The FIB's own, which knows the ranges.
  kSourceSpecific = 2,
};

struct alignas(64) FibEntry {
  Stamp accept;
  uint16_t flags = 0;       // EntryFlags
  uint16_t oif_count = 0;   // 0: a negative entry
  uint32_t overflow = 0;    // first oif in the overflow arena, where oif_count > kInlineOifs
  Stamp oifs[kInlineOifs];  // where oif_count <= kInlineOifs

  bool Has(EntryFlags flag) const { return (flags & flag) != 0; }
};
static_assert(sizeof(FibEntry) == 64);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_ENTRY_H_
