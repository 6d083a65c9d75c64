#ifndef MGMD_COMMON_OIF_INDEX_H_
#define MGMD_COMMON_OIF_INDEX_H_

// Finds the counters of an oif in a list by one look, however long the list.
//
// Kept by whoever reads many lists: Load() costs a store for each oif, and nothing is ever cleared, since a place
// counts only where the list agrees with it. One thread. Memory: four octets for each slot up to the highest seen.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "common/forwarder.h"

namespace mgmd {

class OifIndex {
 public:
  void Load(const std::vector<OifCounters>& oifs) {
    for (size_t place = 0; place < oifs.size(); ++place) Set(oifs[place].oif, place);
  }
  // Null: the slot is not in the list, which is the one that was loaded last, with what Add() added.
  template <class List>
  auto* Find(List& oifs, InterfaceSlot slot) const {
    const size_t place = Value(slot) < places_.size() ? places_[Value(slot)] : oifs.size();
    return place < oifs.size() && oifs[place].oif == slot ? &oifs[place] : nullptr;
  }
  // The slot is not in the list.
  OifCounters& Add(std::vector<OifCounters>& oifs, InterfaceSlot slot) {
    Set(slot, oifs.size());
    return oifs.emplace_back(OifCounters{.oif = slot});
  }

 private:
  void Set(InterfaceSlot slot, size_t place) {
    if (Value(slot) >= places_.size()) places_.resize(std::max<size_t>(Value(slot) + 1, 2 * places_.size()));
    places_[Value(slot)] = static_cast<uint32_t>(place);
  }

  std::vector<uint32_t> places_;
};

}  // namespace mgmd

#endif  // MGMD_COMMON_OIF_INDEX_H_
