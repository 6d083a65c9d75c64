#ifndef MGMD_DATAPLANE_FIB_GROWING_TABLE_H_
#define MGMD_DATAPLANE_FIB_GROWING_TABLE_H_

// The published hash table of a FIB and, while that one is crowded, the larger one that will take its place, which is
// made in parts: a turn of control fetches a piece of its memory or copies some buckets, so that no turn waits for the
// rest. Control thread.
//
// Workers see the published table and no other, whole and always as it is; their look-ups know nothing of this. Until
// the larger table is complete nobody reads it but this class, so that what is said in bucket.h does not concern it:
// a slot that is emptied there is free at once.
//
// Why nothing is missing from the larger one, and nothing is old in it. A key of the published table never moves, and
// its buckets are copied in their order. Up to where copying has come, what is done to a slot of the published table
// is done to the key in the larger one in the same call; what is done further on is copied later as it is then.
//
// A key that finds no place in the published table, in spite of all that, is not waited for: then the rest is copied at
// once (TakeLarger()). With random keys that is about one growth in a hundred, by the load at which a table is crowded
// (Bucket::kCrowdedAt). In a batch of many entries nothing is copied in parts, since no turn ends before the batch
// does.
//
// Cost: a change in the part that has been copied touches the lines of its key in both tables.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "dataplane/fib/table.h"

namespace mgmd::dataplane {

template <class Family>
class GrowingTable {
 public:
  using Key = FibKey<Family>;

  explicit GrowingTable(std::unique_ptr<Table<Family>> table) : table_(std::move(table)) {}

  bool valid() const { return table_ != nullptr; }
  const Table<Family>& table() const { return *table_; }
  size_t bytes() const { return table_->bytes() + (larger_ != nullptr ? larger_->bytes() : 0); }

  // --- Changes of the published table: table.h

  void Insert(Place place, const Key& key, uint64_t hash, uint32_t index) {
    table_->Insert(place, key, hash, index);
    if (IsCopied(place)) CopyInto(key, index);
  }
  void Replace(Place place, const Key& key, uint32_t index) {
    table_->Replace(place, index);
    if (IsCopied(place)) larger_->Replace(larger_->Find(key, larger_->HashOf(key)), index);
  }
  void Remove(Place place, const Key& key, uint64_t hash) {
    const bool copied = IsCopied(place);
    table_->Remove(place, hash);
    if (!copied) return;
    const uint64_t larger_hash = larger_->HashOf(key);
    const Place larger_place = larger_->Find(key, larger_hash);
    larger_->Remove(larger_place, larger_hash);
    larger_->EndQuarantine(larger_place);
  }
  void EndQuarantine(Place place) { table_->EndQuarantine(place); }

  // --- Growth

  // Does a part of what is to be done, if anything is: begins, fetches a piece of memory, or copies so many buckets, at
  // least one. Returns whether there was anything.
  bool Step(uint32_t at_once) {
    if (complete()) return false;
    if (larger_ == nullptr) return Begin();
    if (!larger_->FetchNext()) CopyTo(copied_ + std::min(at_once, table_->buckets() - copied_));
    return true;
  }
  // Whether the larger table is to be published.
  bool complete() const { return larger_ != nullptr && copied_ == table_->buckets(); }
  // The larger table, which is complete.
  std::unique_ptr<Table<Family>> TakeLarger() { return std::move(larger_); }
  // The same for a key that has found no place, now: a table with a place for it; null: see Table::Rebuild().
  std::unique_ptr<Table<Family>> TakeLarger(const Key& key) {
    if (larger_ != nullptr) CopyTo(table_->buckets());
    std::unique_ptr<Table<Family>> larger = std::move(larger_);
    if (larger != nullptr && larger->FindFree(larger->HashOf(key)) != kNoPlace) return larger;
    return table_->Rebuild(key);
  }
  // What was taken has been published: it is the table from now on. Returns the one before.
  std::unique_ptr<Table<Family>> Exchange(std::unique_ptr<Table<Family>> larger) {
    std::swap(table_, larger);
    not_below_ = 0;
    return larger;
  }

 private:
  bool IsCopied(Place place) const { return larger_ != nullptr && Table<Family>::BucketNumber(place) < copied_; }

  bool Begin() {
    if (!table_->crowded() || table_->live() < not_below_) return false;
    larger_ = table_->CreateLarger();
    copied_ = 0;
    if (larger_ == nullptr) GiveUp();
    return larger_ != nullptr;
  }
  // Until there are some more keys: with the memory that there is, or this seed, it would be in vain.
  void GiveUp() {
    larger_ = nullptr;
    not_below_ = table_->live() + table_->live() / 16;
  }
  void CopyTo(uint32_t end) {
    if (!larger_->CopyLive(*table_, copied_, end)) return GiveUp();
    copied_ = end;
  }
  void CopyInto(const Key& key, uint32_t index) {
    const uint64_t hash = larger_->HashOf(key);
    const Place place = larger_->FindFree(hash);
    if (place == kNoPlace) return GiveUp();
    larger_->Insert(place, key, hash, index);
  }

  std::unique_ptr<Table<Family>> table_;
  std::unique_ptr<Table<Family>> larger_;  // null: none is made
  uint32_t copied_ = 0;                    // buckets of table_ that larger_ has
  uint32_t not_below_ = 0;                 // keys from which on it is tried again
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_GROWING_TABLE_H_
