#ifndef MGMD_CONTROL_VIEWS_REFUSED_H_
#define MGMD_CONTROL_VIEWS_REFUSED_H_

// Routes that were refused for want of room, or of an iif, and that control tries again by itself. Control thread,
// while the Group Manager runs.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/any_family.h"

namespace mgmd::views {

struct RefusedRoute {
  AnyFibKey key;
  std::string_view by;  // a literal: "forwarder", "limits", "no_iif"
};

struct Refused {
  std::vector<RefusedRoute> some;  // IPv4's first
  uint64_t total = 0;              // of both families
};

// At most `limit` of them, and at most mgm::kRowsPerTurn of each family.
Refused ReadRefused(size_t limit);

}  // namespace mgmd::views

#endif  // MGMD_CONTROL_VIEWS_REFUSED_H_
