#ifndef MGMD_CONTROL_MEMBERSHIP_WANTS_H_
#define MGMD_CONTROL_MEMBERSHIP_WANTS_H_

// What several wanters want of one group, and what that comes to: what a host does with its sockets (RFC 9776 section
// 3.2), and a proxy with its downstream interfaces (RFC 4605 section 4.1).
//
// Merges can be merged: the merge of some wanters' merge and of another want is that of all of them.
//
// Pure. Any thread. Cost: Set() looks through the wanters; Merged() sorts what they include, and walks what they
// exclude.

#include <cstdint>
#include <vector>

#include "control/membership/filter.h"

namespace mgmd::membership {

using WanterId = uint32_t;  // the caller's numbers

template <class Family>
class Wants {
 public:
  // In place of what it wanted before. INCLUDE({}): it wants nothing any more. Sources in any order, also repeated.
  void Set(WanterId wanter, Filter<Family> filter);

  bool Has(WanterId wanter) const;
  bool empty() const { return wants_.empty(); }

  // Where anyone excludes: all but what all who exclude do, and nobody includes. Else whatever is included.
  Filter<Family> Merged() const;

 private:
  struct Want {
    WanterId wanter;
    Filter<Family> filter;
  };
  std::vector<Want> wants_;
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_WANTS_H_
