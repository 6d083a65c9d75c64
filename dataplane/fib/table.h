#ifndef MGMD_DATAPLANE_FIB_TABLE_H_
#define MGMD_DATAPLANE_FIB_TABLE_H_

// A hash table of FIB keys as the control thread works on it. Its buckets are read by workers at the same time
// (bucket.h says why that is safe); workers find it through TableState and never see this class.
//
// A table has a fixed size and never moves a key. When both candidate buckets of a key are full, a new table with a
// new seed is built from the live slots, published in the old one's place, and the old one retired; each table has
// its own quarantine, which ends with it. A table that would be emptier than any seed can be blamed for is not built:
// the key is refused. A table that is crowded is followed by a larger one before any key is without a place, in parts
// (growing_table.h).
//
// Cost: an insert or delete touches one or two bucket lines. A rebuild touches each live key's line in the old and in
// the new table; tables double, so that it happens at most about once for each insert on average.

#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "dataplane/fib/reserved_memory.h"
#include "dataplane/fib/table_state.h"

namespace mgmd::dataplane {

// A slot of a table: bucket * kSlots + slot.
enum class Place : uint32_t {};
inline constexpr Place kNoPlace{UINT32_MAX};

template <class Family>
class Table {
 public:
  using Key = FibKey<Family>;
  using BucketType = Bucket<Family>;
  static constexpr uint32_t kSlots = BucketType::kSlots;
  static constexpr uint32_t kMinBits = 6;
  static constexpr uint32_t kUsualLoad = 77;  // percent of the slots
  // Below this load of a larger table, in percent, it is not the room that is lacking. Then other seeds are tried, so
  // many of them.
  static constexpr uint32_t kLeastLoad = 10;
  static constexpr uint32_t kSeeds = 8;

  // nullptr: no memory, or bits > kMaxBucketBits. `entry_keys` as in LookupState.
  static std::unique_ptr<Table> Create(uint32_t bits, const Key* entry_keys) {
    if (bits > kMaxBucketBits) return nullptr;
    std::unique_ptr<Table> table(new (std::nothrow) Table(bits, entry_keys));
    return table != nullptr && table->memory_.data() != nullptr ? std::move(table) : nullptr;
  }

  // A table with the live keys of this one and a place for `key`, which is not among them; this one is left as it is.
  // nullptr: no memory, or the keys find no places in any table of a bearable size. At most ten times the slots that
  // the keys need, unless this table has more already.
  std::unique_ptr<Table> Rebuild(const Key& key) const {
    // With few live keys it is the quarantine that is in the way, and with no quarantine, below the load that a table
    // of this kind reaches as a rule, it is bad luck with the seed: the size will do.
    const uint64_t slots = uint64_t{kSlots} << state_.bits;
    const bool size_will_do = live_ <= slots / 4 || (quarantined_ == 0 && live_ * uint64_t{100} <= slots * kUsualLoad);
    uint32_t bits = size_will_do ? state_.bits : state_.bits + 1;
    for (uint32_t seeds = 0; seeds < kSeeds;) {
      std::unique_ptr<Table> rebuilt = Create(bits, entry_keys_);
      if (rebuilt == nullptr) return nullptr;
      if (rebuilt->CopyLive(*this, 0, buckets()) && rebuilt->FindFree(rebuilt->HashOf(key)) != kNoPlace) return rebuilt;
      const uint64_t doubled = uint64_t{kSlots} << (bits + 1);
      if ((live_ + uint64_t{1}) * 100 >= doubled * kLeastLoad) {
        ++bits;
      } else {
        ++seeds;
      }
    }
    return nullptr;
  }

  // Of twice the size, empty. nullptr: no memory.
  std::unique_ptr<Table> CreateLarger() const { return Create(state_.bits + 1, entry_keys_); }
  // Whether keys may be without a place soon.
  bool crowded() const { return live_ * uint64_t{100} >= (uint64_t{kSlots} << state_.bits) * BucketType::kCrowdedAt; }

  // Inserts the live keys that stand in buckets `begin` to `end` of another table; in groups, so that the lines of a
  // group are fetched at the same time. False: one of them has no place.
  bool CopyLive(const Table& old, uint32_t begin, uint32_t end) {
    struct Pending {
      Key key;
      uint64_t hash;
      uint32_t index;
    };
    constexpr uint32_t kGroup = 32;
    Pending group[kGroup];
    uint32_t pending = 0;
    bool room = true;
    const auto insert_group = [&] {
      for (uint32_t i = 0; i < pending && room; ++i) {
        const Place place = FindFree(group[i].hash);
        room = place != kNoPlace;
        if (room) Insert(place, group[i].key, group[i].hash, group[i].index);
      }
      pending = 0;
    };
    old.ForEachIn(begin, end, [&](const Key& key, uint32_t index) {
      if (!room) return;
      group[pending] = {key, HashOf(key), index};
      Prefetch(group[pending].hash);
      if (++pending == kGroup) insert_group();
    });
    insert_group();
    return room;
  }

  // Fetches the next piece of the table's memory. False: it has all.
  bool FetchNext() { return memory_.FetchNext(memory_.size()); }

  const TableState<Family>& state() const { return state_; }
  uint32_t buckets() const { return uint32_t{1} << state_.bits; }
  uint32_t live() const { return live_; }
  size_t bytes() const { return memory_.size(); }

  uint64_t HashOf(const Key& key) const { return Hash(state_.seed, key); }

  void Prefetch(uint64_t hash) const { __builtin_prefetch(&First(hash), 1); }

  // Where exactly this key is live; kNoPlace if it is not.
  Place Find(const Key& key, uint64_t hash) const {
    const uint32_t first = FirstBucket(hash, state_.bits);
    if (const uint32_t slot = SlotOf(first, key, hash); slot < kSlots) return At(first, slot);
    if (state_.buckets[first].displaced().load(std::memory_order_relaxed) == 0) return kNoPlace;
    const uint32_t second = SecondBucket(hash, state_.bits);
    const uint32_t slot = SlotOf(second, key, hash);
    return slot < kSlots ? At(second, slot) : kNoPlace;
  }

  // A slot for a key that is not here; kNoPlace: both candidates are full.
  Place FindFree(uint64_t hash) const {
    const uint32_t first = FirstBucket(hash, state_.bits);
    const auto [first_taken, first_free] = Occupancy(first);
    if (first_taken < BucketType::kPreferFirstBelow) return At(first, first_free);
    const uint32_t second = SecondBucket(hash, state_.bits);
    const auto [second_taken, second_free] = Occupancy(second);
    if (second_taken < first_taken) return At(second, second_free);
    return first_taken < kSlots ? At(first, first_free) : kNoPlace;
  }

  // `place` is FindFree(hash).
  void Insert(Place place, const Key& key, uint64_t hash, uint32_t index) {
    if (IsDisplaced(place, hash)) AddDisplaced(hash, 1);
    BucketOf(place).Insert(SlotOf(place), key, hash, index);
    ++live_;
  }

  uint32_t Index(Place place) const { return BucketOf(place).Index(SlotOf(place)); }
  void Replace(Place place, uint32_t index) { BucketOf(place).Replace(SlotOf(place), index); }

  // The slot is quarantined until EndQuarantine().
  void Remove(Place place, uint64_t hash) {
    BucketOf(place).Remove(SlotOf(place));
    if (IsDisplaced(place, hash)) AddDisplaced(hash, UINT32_MAX);
    --live_;
    ++quarantined_;
  }
  void EndQuarantine(Place place) {
    BucketOf(place).EndQuarantine(SlotOf(place));
    --quarantined_;
  }
  void PrefetchPlace(Place place) const { __builtin_prefetch(&BucketOf(place), 1); }

  // Calls visit(key, index) for each live key.
  template <typename Visitor>
  void ForEach(Visitor&& visit) const {
    ForEachIn(0, buckets(), visit);
  }

  static uint32_t BucketNumber(Place place) { return static_cast<uint32_t>(place) / kSlots; }

  // The retire list's link and generation (retire_log.h).
  std::unique_ptr<Table> next_retired;
  uint64_t first_position = 0;

 private:
  Table(uint32_t bits, const Key* entry_keys) : memory_(sizeof(BucketType) << bits), entry_keys_(entry_keys) {
    state_.buckets = static_cast<BucketType*>(memory_.data());
    state_.seed = HashSeed<Family>::Random();
    state_.bits = bits;
  }

  template <typename Visitor>
  void ForEachIn(uint32_t begin, uint32_t end, Visitor&& visit) const {
    for (uint32_t bucket = begin; bucket < end; ++bucket) {
      const BucketType& line = state_.buckets[bucket];
      for (uint32_t slot = 0; slot < kSlots; ++slot) {
        if (line.Live(slot)) visit(line.Key(slot, entry_keys_), line.Index(slot));
      }
    }
  }

  static Place At(uint32_t bucket, uint32_t slot) { return Place{bucket * kSlots + slot}; }
  static uint32_t SlotOf(Place place) { return static_cast<uint32_t>(place) % kSlots; }
  BucketType& BucketOf(Place place) const { return state_.buckets[BucketNumber(place)]; }
  BucketType& First(uint64_t hash) const { return state_.buckets[FirstBucket(hash, state_.bits)]; }

  // kSlots if the key is not in the bucket.
  uint32_t SlotOf(uint32_t bucket, const Key& key, uint64_t hash) const {
    uint32_t slot = 0;
    while (slot < kSlots && !state_.buckets[bucket].Holds(slot, key, hash, entry_keys_)) ++slot;
    return slot;
  }

  // How many slots are taken, and the first that is free.
  std::pair<uint32_t, uint32_t> Occupancy(uint32_t bucket) const {
    uint32_t taken = 0;
    uint32_t free = kSlots;
    for (uint32_t slot = kSlots; slot-- > 0;) {
      const bool is_taken = state_.buckets[bucket].Taken(slot);
      taken += is_taken;
      if (!is_taken) free = slot;
    }
    return {taken, free};
  }

  bool IsDisplaced(Place place, uint64_t hash) const { return &BucketOf(place) != &First(hash); }
  // `change` is 1 or, for one less, UINT32_MAX. One writer: no read-modify-write is needed.
  void AddDisplaced(uint64_t hash, uint32_t change) {
    std::atomic<uint32_t>& displaced = First(hash).displaced();
    const uint32_t count = (displaced.load(std::memory_order_relaxed) & ~kDisplaced) + change;
    displaced.store(count == 0 ? 0 : kDisplaced | count, std::memory_order_release);
  }

  ReservedMemory memory_;
  TableState<Family> state_;
  const Key* entry_keys_;
  uint32_t live_ = 0;
  uint32_t quarantined_ = 0;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_TABLE_H_
