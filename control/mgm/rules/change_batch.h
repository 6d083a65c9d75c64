#ifndef MGMD_CONTROL_MGM_RULES_CHANGE_BATCH_H_
#define MGMD_CONTROL_MGM_RULES_CHANGE_BATCH_H_

// Many changes as one: what must be known of the time before them, so that nobody hears of what came
// and went in between.

#include <functional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/fib_key.h"
#include "control/mgm/rules/alert_queue.h"
#include "control/mgm/state/client_registry.h"

namespace mgmd::mgm {

// An MFE as the holder of its iif knows it.
struct MfeState {
  ClientIndex holder = kNoClient;  // kNoClient: there is no such MFE, or nobody to know it
  bool empty = true;               // it has no oif, and the holder may know that

  bool IsKnownTo(ClientIndex client) const { return client != kNoClient && holder == client; }
};

template <class Family>
struct ChangeBatch {
  size_t first_alert = 0;  // in the queue
  // As they were before the batch; of those that it changes.
  absl::flat_hash_map<FibKey<Family>, MfeState> before;
};

// What is left of the alerts of a batch, which are `alerts` in their order, where each client is told
// of each entry once: what has changed on the whole. `now(key)` is the MfeState after the batch.
template <class Family>
std::vector<Alert<Family>> NetAlerts(const ChangeBatch<Family>& batch, const std::vector<Alert<Family>>& alerts,
                                     const std::function<MfeState(FibKey<Family>)>& now);

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_CHANGE_BATCH_H_
