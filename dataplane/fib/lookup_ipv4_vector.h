#ifndef MGMD_DATAPLANE_FIB_LOOKUP_IPV4_VECTOR_H_
#define MGMD_DATAPLANE_FIB_LOOKUP_IPV4_VECTOR_H_

// FindInFirst() for the IPv4 probes with vector registers: four answers share one store and one test for displaced
// keys.

#include <immintrin.h>

#include "dataplane/fib/lookup_ipv4.h"

namespace mgmd::dataplane {

template <class Probe>
inline uint64_t FindFourAtATime(const Candidates<Ipv4>& candidates, const FibKey<Ipv4>* keys, size_t count,
                                uint32_t* answers) {
  uint64_t displaced = 0;
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const auto find = [&](size_t k) {
      return static_cast<int>(Probe::Find(*candidates.first[i + k], keys[i + k], 0, nullptr));
    };
    __m128i four = _mm_cvtsi32_si128(find(0));
    four = _mm_insert_epi32(four, find(1), 1);
    four = _mm_insert_epi32(four, find(2), 2);
    four = _mm_insert_epi32(four, find(3), 3);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(answers + i), four);
    // kDisplaced is the sign.
    displaced |= static_cast<uint64_t>(_mm_movemask_ps(_mm_castsi128_ps(four))) << i;
  }
  return displaced | FindOneByOne<Probe>(candidates, keys, i, count, nullptr, answers);
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_LOOKUP_IPV4_VECTOR_H_
