// The lookup with 512-bit registers: a bucket's keys in one compare, eight keys hashed at a time.

#include <immintrin.h>

#include "dataplane/fib/lookup_ipv4.h"
#include "dataplane/fib/lookup_passes.h"
#include "dataplane/fib/lookup_variants.h"

namespace mgmd::dataplane {
namespace {

struct Ipv4Probe : Ipv4ProbeBase {
  // Hash(), eight at a time. `hashes` has room for kMaxLookup, whatever the count.
  static void HashAll(const HashSeed& seed, const Key* keys, size_t count, uint64_t* hashes) {
    static_assert(sizeof(Key) == sizeof(uint64_t));
    const __m512i whitening = _mm512_set1_epi64(static_cast<long long>(seed.whitening));
    const __m512i first = _mm512_set1_epi64(static_cast<long long>(seed.first));
    const __m512i second = _mm512_set1_epi64(static_cast<long long>(seed.second));
    for (size_t i = 0; i < count; i += 8) {
      const size_t left = count - i;
      const auto valid = static_cast<__mmask8>(left >= 8 ? 0xFF : (1u << left) - 1);
      __m512i hash = _mm512_maskz_loadu_epi64(valid, keys + i);
      hash = _mm512_mullo_epi64(_mm512_xor_si512(hash, whitening), first);
      hash = _mm512_xor_si512(hash, _mm512_srli_epi64(hash, 32));
      _mm512_storeu_si512(hashes + i, _mm512_mullo_epi64(hash, second));
    }
  }

  static Answer Find(const Bucket<Ipv4>& bucket, const Key& key, uint64_t /*hash*/, const Key* /*entry_keys*/) {
    constexpr __mmask8 kKeyWords = (1u << Bucket<Ipv4>::kSlots) - 1;
    const __m512i wanted = _mm512_set1_epi64(static_cast<long long>(key.bits()));
    const __m512i line = _mm512_load_si512(&bucket);
    const unsigned match = _mm512_mask_cmpeq_epi64_mask(kKeyWords, line, wanted);
    // Key words before the index, which is therefore not taken from the line just loaded: see bucket.h.
    __atomic_signal_fence(__ATOMIC_ACQUIRE);
    return AnswerOf(bucket, match);
  }
};

}  // namespace

void LookupAvx512(const LookupState<Ipv4>& state, const FibKey<Ipv4>* keys, size_t count, uint32_t* entries) {
  LookupAll<Ipv4Probe>(state, keys, count, entries);
}

}  // namespace mgmd::dataplane
