#ifndef MGMD_CONTROL_MEMBERSHIP_WANTED_H_
#define MGMD_CONTROL_MEMBERSHIP_WANTED_H_

// What is wanted of a group on an interface, and the calls to the Group Manager that make another thing of it.
//
// Pure. Any thread. Cost: a walk over the sources of both.

#include <cstdint>
#include <optional>
#include <vector>

#include "control/membership/protocol.h"

namespace mgmd::membership {

template <class Family>
struct Wanted {
  using Address = typename Family::Address;

  bool any = false;                // every source but those that are blocked
  std::vector<Address> joined{};   // ascending; the (S,G) that are held beside, or instead of, (*,G)
  std::vector<Address> blocked{};  // ascending; none where not any

  bool is_nothing() const { return !any && joined.empty(); }
  bool operator==(const Wanted&) const = default;
};

enum class Call : uint8_t {
  kJoin,    // Add, JOIN
  kLeave,   // Delete, JOIN
  kBlock,   // Delete, FORWARD: this source is not forwarded, though (*,G) is joined
  kUnblock  // Add, FORWARD
};

template <class Family>
struct MembershipCall {
  Call call = Call::kJoin;
  std::optional<typename Family::Address> source{};  // none: (*,G)

  bool operator==(const MembershipCall&) const = default;
};

// The calls, in an order in which nothing that is wanted before and after stops in between: what begins is added before
// what ends is taken away, and what is not wanted of (*,G) is blocked before (S,G) are left.
template <class Family>
std::vector<MembershipCall<Family>> CallsBetween(const Wanted<Family>& before, const Wanted<Family>& after);

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_WANTED_H_
