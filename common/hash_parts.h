#ifndef MGMD_COMMON_HASH_PARTS_H_
#define MGMD_COMMON_HASH_PARTS_H_

// A hash table for what may come by the million: no insertion takes long.
//
// A hash table doubles in one piece. With a million entries that is tens of milliseconds within one insertion, while
// nothing else is done on its thread. Here the entries are spread by their hashes over kParts tables of Abseil's, each
// of which doubles by itself: an insertion moves about 1/kParts of the entries at most. Up to kWhole entries stand in
// one, so that a small table, of which there may be many, takes no more memory and time than Abseil's.
//
// `Table` is an absl::flat_hash_map or absl::flat_hash_set. Pointers are good until the next insertion.
//
// As with Abseil's tables, what an insertion leaves that finds no memory is good for nothing, not even for destruction.
//
// Cost: a second hash of the key, once there are parts.

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"

namespace mgmd {

template <class Table>
class HashParts {
 public:
  using Key = typename Table::key_type;
  using Item = typename Table::value_type;
  static constexpr int kPartBits = 6;
  static constexpr size_t kParts = size_t{1} << kPartBits;
  static constexpr size_t kWhole = 8192;

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }

  // Null: it is not there.
  const Item* Find(const Key& key) const {
    const Table& table = const_cast<HashParts*>(this)->TableOf(key);
    const auto found = table.find(key);
    return found == table.end() ? nullptr : &*found;
  }

  // The item with the key, made of it and the values if there was none; and whether there was none.
  template <class... Values>
  std::pair<Item*, bool> Add(const Key& key, Values&&... values) {
    if (whole_.size() == kWhole) Spread();
    const auto [place, added] = AddTo(TableOf(key), key, std::forward<Values>(values)...);
    size_ += added;
    return {const_cast<Item*>(&*place), added};
  }

  // Whether it was there.
  bool Erase(const Key& key) {
    const size_t erased = TableOf(key).erase(key);
    size_ -= erased;
    return erased != 0;
  }

  // Copies of all, in any order.
  std::vector<Item> Items() const {
    std::vector<Item> items(whole_.begin(), whole_.end());
    items.reserve(size_);
    for (const Table& part : parts_) items.insert(items.end(), part.begin(), part.end());
    return items;
  }

 private:
  // By the top of the hash; the tables look at the rest.
  static size_t PartOf(const Key& key) { return absl::Hash<Key>()(key) >> (64 - kPartBits); }
  Table& TableOf(const Key& key) { return parts_.empty() ? whole_ : parts_[PartOf(key)]; }
  static constexpr bool kIsMap = requires { typename Table::mapped_type; };

  template <class... Values>
  static auto AddTo(Table& table, const Key& key, Values&&... values) {
    if constexpr (kIsMap) {
      return table.try_emplace(key, std::forward<Values>(values)...);
    } else {
      return table.insert(key);
    }
  }
  static const Key& KeyOf(const Item& item) {
    if constexpr (kIsMap) {
      return item.first;
    } else {
      return item;
    }
  }
  void Spread() {
    std::vector<Table> parts(kParts);
    for (Table& part : parts) part.reserve(2 * kWhole / kParts);
    for (auto& item : whole_) parts[PartOf(KeyOf(item))].insert(std::move(item));
    parts_ = std::move(parts);
    whole_ = Table();
  }

  Table whole_;               // empty once there are parts
  std::vector<Table> parts_;  // none, or kParts
  size_t size_ = 0;
};

}  // namespace mgmd

#endif  // MGMD_COMMON_HASH_PARTS_H_
