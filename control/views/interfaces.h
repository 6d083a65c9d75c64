#ifndef MGMD_CONTROL_VIEWS_INTERFACES_H_
#define MGMD_CONTROL_VIEWS_INTERFACES_H_

// Interfaces of a family with who is on them and what hangs on them, in pages as routes are (routes.h). Control thread,
// while the Group Manager runs.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/interface.h"
#include "control/mgm/rows_per_turn.h"

namespace mgmd::views {

template <class Family>
struct InterfaceOf {
  InterfaceIdOf<Family> id;
  std::string owner;  // empty: none
  bool igmp = false;
  // The rows MGMD_INTERFACE of common/counter_table.def.
#define MGMD_INTERFACE(field, ...) uint64_t field = 0;
#include "common/counter_table.def"
};

template <class Family>
struct InterfacePageOf {
  std::vector<InterfaceOf<Family>> interfaces;  // ascending; all that anybody is or was on
  std::optional<InterfaceIdOf<Family>> next;    // where the next page begins; nothing: there is no more
  size_t total = 0;
};

// Interfaces from `from` on, at most `limit` and at most mgm::kRowsPerTurn.
template <class Family>
InterfacePageOf<Family> ReadInterfaces(std::optional<InterfaceIdOf<Family>> from, size_t limit);

}  // namespace mgmd::views

#endif  // MGMD_CONTROL_VIEWS_INTERFACES_H_
