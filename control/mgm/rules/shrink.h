#ifndef MGMD_CONTROL_MGM_RULES_SHRINK_H_
#define MGMD_CONTROL_MGM_RULES_SHRINK_H_

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
