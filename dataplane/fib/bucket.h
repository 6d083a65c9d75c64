#ifndef MGMD_DATAPLANE_FIB_BUCKET_H_
#define MGMD_DATAPLANE_FIB_BUCKET_H_

// A bucket of the FIB's hash table: one cache line that the control thread changes while workers read it.
//
// IPv4: five keys inline, five indices, and a word that tells of displaced keys: whose first candidate is this bucket,
// but which stand in their second. A reader that misses here and sees no displaced key is done with one line.
//
//   byte 0      keys[5]    one 64-bit word each
//   byte 40     values[5]  the slots' entry indices, 32 bits each
//   byte 60     displaced  0, or kDisplaced and their count
//
// The life of a slot:
//
//   free         key 0, index 0
//   live         the index is stored first, then the key with release; a replacement is one store of the index
//   quarantined  the key is stored as 0; the index stays, so that the slot is not taken
//   free again   index 0, after the grace period
//
// Why a reader needs no lock and no second look. It loads a key word, compares, and then loads the index of that slot:
// x86 keeps loads in program order (TSO), the compiler is kept from exchanging them, and the portable variant says the
// same in C++ (acquire on key and index), which ThreadSanitizer checks. Whoever reads the key K therefore reads an
// index that was stored no earlier than the one published with K. Between K and another key in the same slot lies a
// quarantine, and a quarantine does not end before this reader has been quiescent: so the index is one that K had
// during this turn of the reader's loop. It is an old one at worst, whose entry is still intact. Key words are never
// torn: they are aligned, and an aligned 64-bit piece of a vector load is read at once on every x86 processor.
//
// A key that is present is never missed: nothing moves. `displaced` is raised before a displaced key is stored, and
// lowered after it has been removed.
//
// IPv6: keys do not fit, and a slot is one 64-bit word of 32 bits of hash and the index; the key stands beside the
// entry and is compared there. A word changes at once and needs no quarantine.

#include <atomic>
#include <cstdint>

#include "common/fib_key.h"
#include "dataplane/fib/entry.h"
#include "dataplane/fib/key_bits.h"

namespace mgmd::dataplane {

// No entry index has this bit: a lookup takes "in the second candidate, if at all" for an answer like any other.
inline constexpr uint32_t kDisplaced = uint32_t{1} << 31;

template <class Family>
struct Bucket;

template <>
struct alignas(64) Bucket<Ipv4> {
  static constexpr uint32_t kSlots = 5;
  // An insert stays in its first candidate while fewer slots than this are taken, and goes into the emptier one from
  // then on. Measured on random keys with 2^19 buckets: at the load of 1,000,000 entries 9 % are displaced, and the
  // first insert that finds both candidates full comes at a load of 0.44 (always the emptier one: 27 % and 0.53).
  static constexpr uint32_t kPreferFirstBelow = 3;
  // Percent of a table's slots, from which on a larger one is made: see kPreferFirstBelow. One in a hundred tables of
  // 2^18 buckets has a key without a place before that, or while as many come as do in 300 turns of control.
  static constexpr uint32_t kCrowdedAt = 39;

  std::atomic<uint64_t> keys[kSlots];
  std::atomic<uint32_t> values[kSlots + 1];  // the slots' indices, then `displaced`

  // --- Control thread

  std::atomic<uint32_t>& displaced() { return values[kSlots]; }
  const std::atomic<uint32_t>& displaced() const { return values[kSlots]; }

  bool Taken(uint32_t slot) const { return Index(slot) != 0; }
  bool Live(uint32_t slot) const { return keys[slot].load(std::memory_order_relaxed) != 0; }
  uint32_t Index(uint32_t slot) const { return values[slot].load(std::memory_order_relaxed); }
  FibKey<Ipv4> Key(uint32_t slot, const FibKey<Ipv4>* /*entry_keys*/) const {
    return KeyBits::Key(keys[slot].load(std::memory_order_relaxed));
  }
  bool Holds(uint32_t slot, const FibKey<Ipv4>& key, uint64_t /*hash*/, const FibKey<Ipv4>* /*entry_keys*/) const {
    return keys[slot].load(std::memory_order_relaxed) == key.bits();
  }
  void Insert(uint32_t slot, const FibKey<Ipv4>& key, uint64_t /*hash*/, uint32_t index) {
    values[slot].store(index, std::memory_order_relaxed);
    keys[slot].store(key.bits(), std::memory_order_release);
  }
  void Replace(uint32_t slot, uint32_t index) { values[slot].store(index, std::memory_order_release); }
  void Remove(uint32_t slot) { keys[slot].store(0, std::memory_order_release); }
  void EndQuarantine(uint32_t slot) { values[slot].store(0, std::memory_order_relaxed); }
};
static_assert(sizeof(Bucket<Ipv4>) == 64);

template <>
struct alignas(64) Bucket<Ipv6> {
  static constexpr uint32_t kSlots = 7;
  // As above: so that 1,000,000 entries stay in 2^18 buckets, the first insert without a place must come late. Of
  // simulated tables 1.7 % had one before a load of 0.57 (always the first candidate below 5: 25 to 45 %), for which
  // 14 % of the keys are displaced at 0.545 instead of 6.4 %.
  static constexpr uint32_t kPreferFirstBelow = 4;
  static constexpr uint32_t kCrowdedAt = 55;

  std::atomic<uint64_t> words[kSlots];  // signature << 32 | index; 0: free
  std::atomic<uint32_t> displaced_keys;

  // Never zero, and of bits that no table up to 2^kMaxBucketBits takes a first bucket from.
  static uint64_t Signature(uint64_t hash) { return (hash << 32) | uint64_t{1} << 32; }

  // --- Control thread

  std::atomic<uint32_t>& displaced() { return displaced_keys; }
  const std::atomic<uint32_t>& displaced() const { return displaced_keys; }

  bool Taken(uint32_t slot) const { return words[slot].load(std::memory_order_relaxed) != 0; }
  bool Live(uint32_t slot) const { return Taken(slot); }
  uint32_t Index(uint32_t slot) const { return static_cast<uint32_t>(words[slot].load(std::memory_order_relaxed)); }
  const FibKey<Ipv6>& Key(uint32_t slot, const FibKey<Ipv6>* entry_keys) const { return entry_keys[Index(slot)]; }
  bool Holds(uint32_t slot, const FibKey<Ipv6>& key, uint64_t hash, const FibKey<Ipv6>* entry_keys) const {
    const uint64_t word = words[slot].load(std::memory_order_relaxed);
    return word >> 32 == Signature(hash) >> 32 && entry_keys[static_cast<uint32_t>(word)] == key;
  }
  void Insert(uint32_t slot, const FibKey<Ipv6>& /*key*/, uint64_t hash, uint32_t index) {
    words[slot].store(Signature(hash) | index, std::memory_order_release);
  }
  void Replace(uint32_t slot, uint32_t index) {
    const uint64_t signature = words[slot].load(std::memory_order_relaxed) >> 32 << 32;
    words[slot].store(signature | index, std::memory_order_release);
  }
  void Remove(uint32_t slot) { words[slot].store(0, std::memory_order_release); }
  void EndQuarantine(uint32_t /*slot*/) {}
};
static_assert(sizeof(Bucket<Ipv6>) == 64);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_BUCKET_H_
