// The lookup with 512-bit registers: a bucket's keys in one compare, eight keys hashed at a time.

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
  // Up to this size (64 KiB) a table stays in the nearest caches: nothing is fetched ahead, and Hash() and
  // FirstBucket() are done eight at a time. In larger tables the fetches would wait for the way from the vector
  // registers through memory: key by key is faster there. What is stored beyond `count` means nothing.
  static constexpr uint32_t kNearTableBits = 10;

  static void HashAll(const TableState<Ipv4>& table, const Key* keys, size_t count, Candidates<Ipv4>& candidates) {
    static_assert(sizeof(Key) == sizeof(uint64_t) && sizeof(Bucket<Ipv4>) == 1 << 6);
    if (table.bits > kNearTableBits) return HashOneByOne(table, keys, count, candidates);
    using Words = uint64_t __attribute__((vector_size(64)));
    const auto base = reinterpret_cast<uint64_t>(table.buckets);
    for (size_t i = 0; i < count; i += 8) {
      Words hash = reinterpret_cast<Words>(_mm512_maskz_loadu_epi64(Below(count - i), keys + i));
      hash = (hash ^ table.seed.whitening) * table.seed.first;
      hash ^= hash >> 32;
      hash *= table.seed.second;
      const Words first = base + ((hash >> (64 - table.bits)) << 6);
      _mm512_store_si512(candidates.hashes + i, reinterpret_cast<__m512i>(hash));
      _mm512_store_si512(candidates.first + i, reinterpret_cast<__m512i>(first));
    }
  }

  static uint32_t Find(const Bucket<Ipv4>& bucket, const Key& key, uint64_t /*hash*/, const Key* /*entry_keys*/) {
    constexpr __mmask8 kKeyWords = (1u << Bucket<Ipv4>::kSlots) - 1;
    const __m512i wanted = _mm512_set1_epi64(static_cast<long long>(key.bits()));
    const __mmask8 match = _mm512_mask_cmpeq_epi64_mask(kKeyWords, _mm512_load_si512(&bucket), wanted);
    // Key words before the index, which is therefore not taken from the line just loaded: see bucket.h.
    __atomic_signal_fence(__ATOMIC_ACQUIRE);
    return AnswerOf(bucket, _cvtmask8_u32(match));
  }

  static uint64_t FindInFirst(const Candidates<Ipv4>& candidates, const Key* keys, size_t count,
                              const Key* /*entry_keys*/, uint32_t* answers) {
    return FindFourAtATime<Ipv4Probe>(candidates, keys, count, answers);
  }

 private:
  // The first `count` of eight.
  static __mmask8 Below(size_t count) { return static_cast<__mmask8>(count >= 8 ? 0xFF : (1u << count) - 1); }
};

struct Ipv6Variant : Ipv6VariantBase {
  static uint32_t Matches(const Bucket<Ipv6>& bucket, uint64_t signature) {
    constexpr __mmask8 kWords = (1u << Bucket<Ipv6>::kSlots) - 1;
    const __m512i wanted = _mm512_set1_epi64(static_cast<long long>(signature >> 32));
    const __m512i signatures = _mm512_maskz_srli_epi64(kWords, _mm512_load_si512(&bucket), 32);
    return _cvtmask8_u32(_mm512_mask_cmpeq_epi64_mask(kWords, signatures, wanted));
  }
};

}  // namespace

void LookupAvx512(const LookupState<Ipv4>& state, const FibKey<Ipv4>* keys, size_t count, uint32_t* entries) {
  LookupAll<Ipv4Probe>(state, keys, count, entries);
}

void LookupAvx512(const LookupState<Ipv6>& state, const FibKey<Ipv6>* keys, size_t count, uint32_t* entries) {
  LookupAll<Ipv6Probe<Ipv6Variant>>(state, keys, count, entries);
}

}  // namespace mgmd::dataplane
