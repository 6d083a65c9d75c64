#ifndef MGMD_DATAPLANE_FIB_TABLE_STATE_H_
#define MGMD_DATAPLANE_FIB_TABLE_STATE_H_

// What workers know of a hash table. Immutable but for the buckets' insides; one line.

#include <cstdint>

#include "dataplane/fib/bucket.h"
#include "dataplane/fib/hash.h"

namespace mgmd::dataplane {

template <class Family>
struct alignas(64) TableState {
  Bucket<Family>* buckets = nullptr;
  HashSeed<Family> seed;
  uint32_t bits = 0;  // 2^bits buckets
};
static_assert(sizeof(TableState<Ipv4>) == 64 && sizeof(TableState<Ipv6>) == 64);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_TABLE_STATE_H_
