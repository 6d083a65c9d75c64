#ifndef MGMD_CONTROL_VIEWS_MEMBERSHIPS_H_
#define MGMD_CONTROL_VIEWS_MEMBERSHIPS_H_

// Who has joined what of a family, where: a row for each interface of each joined entry, in pages as routes are
// (routes.h). Control thread, while the Group Manager runs.

#include <cstddef>
#include <optional>
#include <vector>

#include "common/fib_key.h"
#include "common/interface.h"
#include "control/mgm/rows_per_turn.h"

namespace mgmd::views {

template <class Family>
struct MembershipOf {
  FibKey<Family> key;  // (S,G), (*,G), (*,G/len) or (*,*)
  InterfaceIdOf<Family> interface;
  bool by_owner = false;   // the protocol that owns the interface has joined
  bool by_igmp = false;    // IGMP has
  bool igmp_held = false;  // ... and is to join it again after a change of owner; its streams go on until then
};

// A place in the order of memberships: by group and source, wildcards first in their group, then by slot.
template <class Family>
struct MembershipPlaceOf {
  FibKey<Family> key;
  InterfaceSlot slot{};

  bool operator==(const MembershipPlaceOf&) const = default;
};

template <class Family>
struct MembershipPageOf {
  std::vector<MembershipOf<Family>> memberships;
  std::optional<MembershipPlaceOf<Family>> next;  // where the next page begins; nothing: there is no more
};

// Memberships from `from` on, from the first if there is none; at most `limit`, and at most mgm::kRowsPerTurn. There
// may be fewer, or none, and a next page all the same: where many entries have just been left.
template <class Family>
MembershipPageOf<Family> ReadMemberships(std::optional<MembershipPlaceOf<Family>> from, size_t limit);

}  // namespace mgmd::views

#endif  // MGMD_CONTROL_VIEWS_MEMBERSHIPS_H_
