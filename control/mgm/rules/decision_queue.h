#ifndef MGMD_CONTROL_MGM_RULES_DECISION_QUEUE_H_
#define MGMD_CONTROL_MGM_RULES_DECISION_QUEUE_H_

// What is to be decided without a packet: MFEs that may have another way now, in the order in which that was noticed
// and so many a second, a hundredth of them each 10 ms; and keys that are to have an MFE at once but have none, which
// are tried again each second.

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "control/mgm/group_manager_types.h"
#include "control/mgm/state/mfe_cache.h"

namespace mgmd::mgm {

template <class Family>
class DecisionQueue {
 public:
  static constexpr uint32_t kPerSecond = 10000;
  static constexpr std::chrono::milliseconds kTurn{10};  // after which more may be decided

  DecisionQueue(MfeCache<Family>& cache, Clock& clock)
      : cache_(cache), clock_(clock), tokens_(kPerSecond), filled_(clock.Now()) {}

  // The key is decided (again) when its turn comes.
  void Add(FibKey<Family> key);
  bool empty() const { return queue_.empty(); }
  // Before TakeNext(): for each turn that has passed some more may be decided.
  void Refill();
  // Nothing: none waits, or enough have been decided.
  std::optional<FibKey<Family>> TakeNext();
  // When the next one may be decided; nothing: none waits.
  std::optional<Time> NextTurn() const;

  // The key is to have an MFE, but there is no room, or no way; and no longer so.
  void AddMissing(FibKey<Family> key, RefusedBy by) { missing_[key] = by; }
  void RemoveMissing(FibKey<Family> key) { missing_.erase(key); }
  const absl::flat_hash_map<FibKey<Family>, RefusedBy>& missing() const { return missing_; }
  // Puts all that is missing into the queue.
  void RetryMissing();
  // ... if it is time to. Returns whether it was.
  bool RetryMissingIfDue();
  std::optional<Time> NextRetry() const;

 private:
  static constexpr std::chrono::seconds kRetry{1};

  MfeCache<Family>& cache_;
  Clock& clock_;
  std::deque<FibKey<Family>> queue_;
  int64_t tokens_;  // decisions that may be made
  Time filled_;     // to the turn
  absl::flat_hash_map<FibKey<Family>, RefusedBy> missing_;
  Time missing_tried_{};
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_DECISION_QUEUE_H_
