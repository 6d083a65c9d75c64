#ifndef MGMD_CONTROL_MEMBERSHIP_HOST_GROUP_H_
#define MGMD_CONTROL_MEMBERSHIP_HOST_GROUP_H_

// What a host has still to say about one group: changes, each as often as the robustness variable says (RFC 9776
// section 5.1), and the answer to what it was asked (section 5.2).
//
// A change is not kept as the record that said it first: kept is what routers may not have heard yet, and each message
// says that of the state as it is by then. So a change amid the repeats of another one carries it along, and what was
// wanted and given up again is not asked for once more.
//
//   another list     ALLOW or BLOCK, whichever is right by then, of the sources that are in one of both lists alone
//   another mode     TO_EX or TO_IN with the whole list, which says whatever else was left, too
//
// Among older queriers a group is reported and left, and its sources are not spoken of.
//
// Knows nothing of time: its caller sends and counts down. Pure. Any thread. Cost: a change compares both lists.

#include <algorithm>
#include <span>
#include <vector>

#include "absl/container/btree_map.h"
#include "control/membership/filter.h"
#include "control/membership/report_packer.h"

namespace mgmd::membership {

template <class Family>
class HostGroup {
 public:
  using Address = typename Family::Address;

  const Filter<Family>& state() const { return state_; }
  bool joined() const { return !state_.is_none(); }

  // From now on this is wanted, which differs from what was. True: there is something to say about it, at once.
  bool Change(Filter<Family> to, Version mode, int robustness);
  // As if all of it had been wanted only from now on: nobody on the link may know anything.
  bool Renew(Version mode, int robustness);

  bool has_change() const { return mode_left_ > 0 || !left_.empty(); }
  // What version 3 says of it. Of older ones: its report where it is joined, else its leave.
  void AddChange(const Address& group, ReportPacker<Family>& packer) const;
  // It has been said once more.
  void CountDown();
  void DropChange();

  // Somebody asks about these sources, or about the group if there are none. `pending`: what was asked before has not
  // been answered, and is answered together with this.
  void Ask(std::span<const Address> sources, bool pending);
  // The answer of version 3, if there is any.
  void AddAnswer(const Address& group, ReportPacker<Family>& packer) const;

 private:
  Filter<Family> state_;
  int mode_left_ = 0;                     // how often the mode has still to be said; among older queriers: the group
  absl::btree_map<Address, int> left_{};  // and sources, also those that are in no list any more
  std::vector<Address> asked_{};          // ascending, each once; none: about the group
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_HOST_GROUP_H_
