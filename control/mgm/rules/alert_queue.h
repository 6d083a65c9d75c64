#ifndef MGMD_CONTROL_MGM_RULES_ALERT_QUEUE_H_
#define MGMD_CONTROL_MGM_RULES_ALERT_QUEUE_H_

// Alerts wait here until the change that caused them is complete and with the forwarder, and are
// then delivered first in, first out. What the callees' own calls cause queues up after them, so that
// the alerts for one entry are never reordered.

#include <cstdint>
#include <vector>

#include "common/fib_key.h"
#include "common/interface.h"
#include "control/mgm/rules/shrink.h"
#include "control/mgm/state/client_registry.h"

namespace mgmd::mgm {

enum class AlertKind : uint8_t { kLocalJoin, kLocalLeave, kJoin, kPrune };

template <class Family>
struct Alert {
  FibKey<Family> key;
  ClientHandle handle{};  // of the client when the alert was queued: a later one with its index gets nothing
  // kPrune: the iif, or, of a wildcard's membership, where it went; kLocal*: where the receivers are.
  InterfaceIdOf<Family> interface;
  ClientIndex client = kNoClient;
  AlertKind kind = AlertKind::kJoin;
  bool membership = false;  // bMemberUpdate, bMemberDelete
};

template <class Family>
class AlertQueue {
 public:
  void Push(const Alert<Family>& alert) { alerts_.push_back(alert); }
  bool empty() const { return next_ == alerts_.size(); }
  size_t size() const { return alerts_.size() - next_; }
  // Where the next alert will stand; good until one is taken.
  size_t end() const { return alerts_.size(); }
  // Takes out those from the place on.
  std::vector<Alert<Family>> TakeFrom(size_t place) {
    const auto first = alerts_.begin() + static_cast<ptrdiff_t>(place);
    std::vector<Alert<Family>> taken(first, alerts_.end());
    alerts_.erase(first, alerts_.end());
    return taken;
  }
  Alert<Family> Pop() {
    const Alert<Family> alert = alerts_[next_++];
    if (next_ == alerts_.size()) {
      next_ = 0;
      ClearAndShrink(alerts_);
    }
    return alert;
  }

 private:
  std::vector<Alert<Family>> alerts_;
  size_t next_ = 0;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_ALERT_QUEUE_H_
