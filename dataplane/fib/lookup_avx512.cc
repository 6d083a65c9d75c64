// The lookup with 512-bit registers: a bucket's keys in one compare, eight keys hashed at a time.

#include <immintrin.h>

#include "dataplane/fib/lookup_ipv4.h"
#include "dataplane/fib/lookup_passes.h"
#include "dataplane/fib/lookup_variants.h"

namespace mgmd::dataplane {
namespace {

struct Ipv4Probe : Ipv4ProbeBase {
  // Hash() and FirstBucket(), eight at a time; what is stored behind `count` means nothing.
  static void HashAll(const TableState<Ipv4>& table, const Key* keys, size_t count, Candidates<Ipv4>& candidates) {
    static_assert(sizeof(Key) == sizeof(uint64_t) && sizeof(Bucket<Ipv4>) == 1 << 6);
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

  static unsigned Match(const Bucket<Ipv4>& bucket, const Key& key) {
    constexpr __mmask8 kKeyWords = (1u << Bucket<Ipv4>::kSlots) - 1;
    const __m512i wanted = _mm512_set1_epi64(static_cast<long long>(key.bits()));
    const unsigned match =
        _cvtmask8_u32(_mm512_mask_cmpeq_epi64_mask(kKeyWords, _mm512_load_si512(&bucket), wanted));
    // Key words before the index, which is therefore not taken from the line just loaded: see bucket.h.
    __atomic_signal_fence(__ATOMIC_ACQUIRE);
    return match;
  }

  static Answer Find(const Bucket<Ipv4>& bucket, const Key& key, uint64_t /*hash*/, const Key* /*entry_keys*/) {
    return AnswerOf(bucket, Match(bucket, key));
  }

  // Key by key only what must be; hits are told from misses sixteen at a time.
  static Misses FindInFirst(const Candidates<Ipv4>& candidates, const Key* keys, size_t count,
                            const Key* /*entry_keys*/, uint32_t* entries) {
    alignas(64) uint8_t matches[kMaxLookup] = {};
    for (size_t i = 0; i < count; ++i) {
      const unsigned match = Match(*candidates.first[i], keys[i]);
      matches[i] = static_cast<uint8_t>(match);
      entries[i] = AnswerOf(*candidates.first[i], match).value;
    }
    Misses misses;
    misses.missed = _mm512_testn_epi8_mask(_mm512_load_si512(matches), _mm512_load_si512(matches));
    for (size_t i = 0; i < count; i += 16) {
      const auto valid = static_cast<__mmask16>(count - i >= 16 ? 0xFFFF : (1u << (count - i)) - 1);
      const auto missed = static_cast<__mmask16>(misses.missed >> i);
      const __m512i values = _mm512_maskz_loadu_epi32(valid, entries + i);
      misses.displaced |= uint64_t{_mm512_mask_test_epi32_mask(missed, values, values)} << i;
      _mm512_mask_storeu_epi32(entries + i, valid & missed, _mm512_setzero_si512());
    }
    misses.missed &= count == kMaxLookup ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
    return misses;
  }

 private:
  // The first `count` of eight.
  static __mmask8 Below(size_t count) { return static_cast<__mmask8>(count >= 8 ? 0xFF : (1u << count) - 1); }
};

}  // namespace

void LookupAvx512(const LookupState<Ipv4>& state, const FibKey<Ipv4>* keys, size_t count, uint32_t* entries) {
  LookupAll<Ipv4Probe>(state, keys, count, entries);
}

}  // namespace mgmd::dataplane
