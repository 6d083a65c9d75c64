// The lookup with 256-bit registers: four keys in one compare, the fifth beside it.

#include <immintrin.h>

#include "dataplane/fib/lookup_functions.h"
#include "dataplane/fib/lookup_ipv4.h"
#include "dataplane/fib/lookup_ipv4_vector.h"
#include "dataplane/fib/lookup_ipv6.h"
#include "dataplane/fib/lookup_ipv6_vector.h"
#include "dataplane/fib/lookup_passes.h"

namespace mgmd::dataplane {
namespace {

struct Ipv4Probe : Ipv4ProbeBase {
  static uint32_t Find(const Bucket<Ipv4>& bucket, const Key& key, uint64_t /*hash*/, const Key* /*entry_keys*/) {
    const __m256i wanted = _mm256_set1_epi64x(static_cast<long long>(key.bits()));
    const __m256i keys = _mm256_load_si256(reinterpret_cast<const __m256i*>(&bucket));
    const __m256d equal = _mm256_castsi256_pd(_mm256_cmpeq_epi64(keys, wanted));
    auto match = static_cast<unsigned>(_mm256_movemask_pd(equal));
    match |= static_cast<unsigned>(bucket.keys[4].load(std::memory_order_relaxed) == key.bits()) << 4;
    // Key words before the index: see bucket.h.
    __atomic_signal_fence(__ATOMIC_ACQUIRE);
    return AnswerOf(bucket, match);
  }

  static uint64_t FindInFirst(const Candidates<Ipv4>& candidates, const Key* keys, size_t count,
                              const Key* /*entry_keys*/, uint32_t* answers) {
    return FindFourAtATime<Ipv4Probe>(candidates, keys, count, answers);
  }
};

struct Ipv6Variant : Ipv6VariantBase {
  static constexpr uint32_t kSlotBits = (1u << Bucket<Ipv6>::kSlots) - 1;

  static uint32_t Matches(const Bucket<Ipv6>& bucket, uint64_t signature) {
    const __m256i wanted = _mm256_set1_epi64x(static_cast<long long>(signature >> 32));
    const auto* const words = reinterpret_cast<const __m256i*>(&bucket);
    const auto equal = [&](const __m256i* four) {
      const __m256i signatures = _mm256_srli_epi64(_mm256_load_si256(four), 32);
      return static_cast<uint32_t>(_mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(signatures, wanted))));
    };
    return (equal(words) | equal(words + 1) << 4) & kSlotBits;
  }
};

}  // namespace

void LookupAvx2(const LookupState<Ipv4>& state, const FibKey<Ipv4>* keys, size_t count, uint32_t* entries) {
  LookupAll<Ipv4Probe>(state, keys, count, entries);
}

void LookupAvx2(const LookupState<Ipv6>& state, const FibKey<Ipv6>* keys, size_t count, uint32_t* entries) {
  LookupAll<Ipv6Probe<Ipv6Variant>>(state, keys, count, entries);
}

}  // namespace mgmd::dataplane
