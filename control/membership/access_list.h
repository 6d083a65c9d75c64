#ifndef MGMD_CONTROL_MEMBERSHIP_ACCESS_LIST_H_
#define MGMD_CONTROL_MEMBERSHIP_ACCESS_LIST_H_

// Which groups, of which sources, hosts may ask for: rules in order, of which the first that fits decides. What none
// fits is denied where some rule permits anything, and permitted where all of them deny: a list of what may be had says
// all that may, a list of what may not says all that may not. An empty list permits everything.
//
// A plain value. Any thread. Cost of a question: a look at each rule, up to the one that decides.

#include <algorithm>
#include <vector>

#include "control/membership/protocol.h"

namespace mgmd::membership {

template <class Family>
struct AccessRule {
  bool permit = false;
  typename Family::Prefix groups{};
  typename Family::Prefix sources{};  // 0.0.0.0/0, ::/0: any

  bool operator==(const AccessRule&) const = default;
};

template <class Family>
class AccessList {
 public:
  using Address = typename Family::Address;
  using Rule = AccessRule<Family>;

  AccessList() = default;
  explicit AccessList(std::vector<Rule> rules)
      : rules_(std::move(rules)),
        otherwise_(std::none_of(rules_.begin(), rules_.end(), [](const Rule& rule) { return rule.permit; })) {}

  bool Permits(const Address& group, const Address& source) const {
    for (const Rule& rule : rules_) {
      if (rule.groups.Contains(group) && rule.sources.Contains(source)) return rule.permit;
    }
    return otherwise_;
  }

  // Whether the group may be had of any source, whichever it is: what a host asks for that names none.
  bool PermitsAnySource(const Address& group) const {
    for (const Rule& rule : rules_) {
      if (!rule.groups.Contains(group)) continue;
      if (!rule.permit) return false;
      if (rule.sources.length() == 0) return true;
    }
    return otherwise_;
  }

  // Whether there may be a source of which the group may be had.
  bool PermitsSomeSource(const Address& group) const {
    for (const Rule& rule : rules_) {
      if (!rule.groups.Contains(group)) continue;
      if (rule.permit) return true;
      if (rule.sources.length() == 0) return false;
    }
    return otherwise_;
  }

  bool operator==(const AccessList&) const = default;

 private:
  std::vector<Rule> rules_;
  bool otherwise_ = true;
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_ACCESS_LIST_H_
