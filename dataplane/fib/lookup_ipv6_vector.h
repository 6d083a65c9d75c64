#ifndef MGMD_DATAPLANE_FIB_LOOKUP_IPV6_VECTOR_H_
#define MGMD_DATAPLANE_FIB_LOOKUP_IPV6_VECTOR_H_

// What the variants with vector registers have in common: a key fills 256 bits (lookup_ipv6.h says what a variant is).

#include <immintrin.h>

#include <cstdint>

#include "dataplane/fib/lookup_passes.h"

namespace mgmd::dataplane {

struct Ipv6VariantBase {
  [[gnu::always_inline]] static __m256i Load(const void* key) {
    return _mm256_loadu_si256(static_cast<const __m256i*>(key));
  }

  [[gnu::always_inline]] static uint64_t HashOf(const HashSeed<Ipv6>& seed, const FibKey<Ipv6>& key) {
    const __m256i sums = _mm256_add_epi32(Load(&key), Load(seed.addends));
    const __m256i products = _mm256_mul_epu32(sums, _mm256_srli_epi64(sums, 32));
    const __m128i two = _mm_add_epi64(_mm256_castsi256_si128(products), _mm256_extracti128_si256(products, 1));
    return Mix(seed, static_cast<uint64_t>(_mm_cvtsi128_si64(two)) + static_cast<uint64_t>(_mm_extract_epi64(two, 1)));
  }

  [[gnu::always_inline]] static bool Same(const FibKey<Ipv6>& one, const FibKey<Ipv6>& other) {
    const __m256i differences = _mm256_xor_si256(Load(&one), Load(&other));
    return _mm256_testz_si256(differences, differences) != 0;
  }
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_LOOKUP_IPV6_VECTOR_H_
