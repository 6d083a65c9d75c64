#ifndef MGMD_CONTROL_VIEWS_MEMBERSHIPS_H_
#define MGMD_CONTROL_VIEWS_MEMBERSHIPS_H_

// Who has joined what, where: a row for each interface of each joined entry, in pages as routes are (routes.h). Control
// thread, while the Group Manager runs.

#include <cstddef>
#include <optional>
#include <vector>

#include "common/fib_key.h"
#include "common/interface.h"
#include "control/mgm/rows_per_turn.h"

namespace mgmd::views {

struct Membership {
  Ipv4FibKey key;  // (S,G), (*,G), (*,G/len) or (*,*)
  InterfaceId interface;
  bool by_owner = false;  // the protocol that owns the interface has joined
  bool by_igmp = false;   // IGMP has
};

// A place in the order of memberships: by group and source, wildcards first in their group, then by slot.
struct MembershipPlace {
  Ipv4FibKey key;
  InterfaceSlot slot{};

  bool operator==(const MembershipPlace&) const = default;
};

struct MembershipPage {
  std::vector<Membership> memberships;
  std::optional<MembershipPlace> next;  // where the next page begins; nothing: there is no more
};

// Memberships from `from` on, from the first if there is none; at most `limit`, and at most mgm::kRowsPerTurn. There
// may be fewer, or none, and a next page all the same: where many entries have just been left.
MembershipPage ReadMemberships(std::optional<MembershipPlace> from, size_t limit);

}  // namespace mgmd::views

#endif  // MGMD_CONTROL_VIEWS_MEMBERSHIPS_H_
