#ifndef MGMD_CONTROL_MGM_RULES_SHRINK_H_
#define MGMD_CONTROL_MGM_RULES_SHRINK_H_

// Lists that are filled and emptied for each batch: what a large batch has taken is given back, what an ordinary one
// takes is kept, so that it allocates nothing.

#include <cstddef>
#include <vector>

namespace mgmd::mgm {

// Places that a list of changes keeps between two batches.
inline constexpr size_t kKeptPlaces = 65536;

template <class Item>
void ClearAndShrink(std::vector<Item>& list) {
  list.clear();
  if (list.capacity() > kKeptPlaces) list.shrink_to_fit();
}

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_SHRINK_H_
