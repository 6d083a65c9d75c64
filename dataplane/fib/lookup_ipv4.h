#ifndef MGMD_DATAPLANE_FIB_LOOKUP_IPV4_H_
#define MGMD_DATAPLANE_FIB_LOOKUP_IPV4_H_

// What the IPv4 probes of all variants have in common (lookup_passes.h says what a probe is).

#include <cstddef>
#include <cstdint>

#include "dataplane/fib/key_bits.h"
#include "dataplane/fib/lookup_passes.h"

namespace mgmd::dataplane {

struct Ipv4ProbeBase {
  using Family = Ipv4;
  using Key = FibKey<Ipv4>;

  // `match` has a bit for each slot that holds the key. One load serves hit and miss: without a match the position is
  // that of `displaced`, which stands after the indices. The key words were loaded before. Acquire: the index may be
  // that of a replacement, stored after the key was loaded, and its entry is read next.
  static uint32_t AnswerOf(const Bucket<Ipv4>& bucket, unsigned match) {
    const auto position = static_cast<uint32_t>(__builtin_ctz(match | 1u << Bucket<Ipv4>::kSlots));
    return bucket.values[position].load(std::memory_order_acquire);
  }

  static void HashAll(const TableState<Ipv4>& table, const Key* keys, size_t count, Candidates<Ipv4>& candidates) {
    HashOneByOne(table, keys, count, candidates);
  }

  static bool IsIn(const SsmRange<Ipv4>& range, const Key& key) {
    return range.HasWord(static_cast<uint32_t>(key.bits()));
  }

  // FibKey::AnySource() for the key's group, 1 <= length <= 32.
  static Key WildcardKey(const Key& key, int length) {
    const auto mask = static_cast<uint32_t>(~uint64_t{0} << (Ipv4::kAddressBits - length));
    return KeyBits::Key(static_cast<uint64_t>(length) << 32 | (key.bits() & mask));
  }
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_LOOKUP_IPV4_H_
