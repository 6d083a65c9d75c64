#ifndef MGMD_CONTROL_MGM_STATE_SLOT_ORDER_H_
#define MGMD_CONTROL_MGM_STATE_SLOT_ORDER_H_

// Lists of what there is one of for an interface at most, ascending by its slot.

#include <algorithm>
#include <vector>

#include "common/interface.h"

namespace mgmd::mgm {

// Where the slot stands in the list, or would stand.
template <class Item>
typename std::vector<Item>::iterator PlaceIn(std::vector<Item>& list, InterfaceSlot slot) {
  return std::lower_bound(list.begin(), list.end(), slot,
                          [](const Item& item, InterfaceSlot wanted) { return Value(item.slot) < Value(wanted); });
}

// Null: it is not in the list.
template <class Item>
Item* FindIn(std::vector<Item>& list, InterfaceSlot slot) {
  const auto place = PlaceIn(list, slot);
  return place != list.end() && place->slot == slot ? &*place : nullptr;
}

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_STATE_SLOT_ORDER_H_
