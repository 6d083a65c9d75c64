#include <algorithm>
#include <new>
#include <utility>

#include "control/mgm/group_manager.h"

// Many changes of memberships as one (A27). Each is done as a single call would do it, one after the
// other; what differs is that the forwarder gets one batch, and that alerts wait until the end,
// where those that cancel out are dropped.

namespace mgmd::mgm {

MfeState GroupManager::StateOf(Ipv4FibKey key) const {
  const uint32_t mfe = cache_.Find(key);
  if (mfe == kNoMfe || cache_[mfe].Is(Mfe::kOrphan)) return {};
  // Who has not been told yet that the last oif went believes that there is one.
  const bool empty = cache_[mfe].active == 0 && !cache_[mfe].Is(Mfe::kHeldPrune);
  return {interfaces_[cache_[mfe].iif_slot()].holder(), empty};
}

void GroupManager::NoteBefore(Ipv4FibKey key) {
  if (changes_.has_value()) changes_->before.try_emplace(key, StateOf(key));
}

void GroupManager::NoteBefore(const Mfe& mfe, uint16_t active) {
  if (!changes_.has_value()) return;
  MfeState before = StateOf(mfe.key);
  before.empty = active == 0 && !mfe.Is(Mfe::kHeldPrune);
  changes_->before.try_emplace(mfe.key, before);
}

absl::Status GroupManager::Change(ClientHandle handle, const MembershipChange& change) try {
  return change.add ? Add(handle, change.key, change.interface, change.flags)
                    : Delete(handle, change.key, change.interface, change.flags);
} catch (const std::bad_alloc&) {
  return absl::ResourceExhaustedError("no memory");
}

absl::StatusOr<std::vector<absl::Status>> GroupManager::ChangeMemberships(ClientHandle handle,
                                                                          std::span<const MembershipChange> changes) {
  if (absl::Status allowed = MayChange(); !allowed.ok()) return allowed;
  if (clients_.Find(handle) == kNoClient) return absl::InvalidArgumentError("no such client");
  std::vector<absl::Status> results;
  results.reserve(changes.size());
  changes_.emplace();
  changes_->first_alert = alerts_.end();
  struct End {
    std::optional<ChangeBatch>& changes;
    ~End() { changes.reset(); }
  };
  {
    const End end{changes_};
    for (const MembershipChange& change : changes) results.push_back(Change(handle, change));
    const std::vector<Alert> alerts = alerts_.TakeFrom(changes_->first_alert);
    const auto now = [this](Ipv4FibKey key) { return StateOf(key); };
    for (const Alert& alert : NetAlerts(*changes_, alerts, now)) alerts_.Push(alert);
  }
  // What came and went more than once has gone once.
  std::sort(deleted_.begin(), deleted_.end(), ComesBefore);
  deleted_.erase(std::unique(deleted_.begin(), deleted_.end()), deleted_.end());
  Flush();
  Deliver();
  return results;
}

}  // namespace mgmd::mgm
