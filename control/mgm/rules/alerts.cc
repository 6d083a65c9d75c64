#include "control/mgm/rules/alerts.h"

namespace mgmd::mgm {

void Alerts::Deliver() {
  if (calls_.running()) return;
  while (!queue_.empty()) {
    const Alert alert = queue_.Pop();
    if (!clients_.Is(alert.client, alert.handle)) continue;
    ++delivered_;
    switch (alert.kind) {
      case Alert::Kind::kJoin:
        calls_.Call(alert.client, "JOIN", Context::kAlert,
                    [&](ClientCallbacks& client) { client.Join(alert.key, alert.membership); });
        break;
      case Alert::Kind::kPrune:
        DeliverPrune(alert);
        break;
      case Alert::Kind::kLocalJoin:
        calls_.Call(alert.client, "LOCAL_JOIN", Context::kAlert,
                    [&](ClientCallbacks& client) { client.LocalJoin(alert.key, alert.interface); });
        break;
      case Alert::Kind::kLocalLeave:
        calls_.Call(alert.client, "LOCAL_LEAVE", Context::kAlert,
                    [&](ClientCallbacks& client) { client.LocalLeave(alert.key, alert.interface); });
        break;
    }
  }
}

void Alerts::DeliverPrune(const Alert& alert) {
  uint32_t timeout = Lifetimes::kDefaultTimeout;
  calls_.Call(alert.client, "PRUNE", Context::kAlert,
              [&](ClientCallbacks& client) { client.Prune(alert.key, alert.interface, alert.membership, timeout); });
  if (alert.membership || timeout == Lifetimes::kDefaultTimeout) return;
  const uint32_t mfe = cache_.Find(alert.key);
  // Who has lost the MFE to another says nothing about its life.
  if (mfe == kNoMfe || cache_[mfe].iif_slot() == kNoSlot ||
      interfaces_[cache_[mfe].iif_slot()].holder() != alert.client) {
    return;
  }
  lifetimes_.SetRest(mfe, timeout);
}

MfeState Alerts::StateOf(Ipv4FibKey key) const {
  const uint32_t mfe = cache_.Find(key);
  if (mfe == kNoMfe || cache_[mfe].Is(Mfe::kOrphan | Mfe::kLeaving)) return {};
  // Who has not been told yet that the last oif went believes that there is one.
  const bool empty = cache_[mfe].active == 0 && !cache_[mfe].Is(Mfe::kPruneInGrace);
  return {interfaces_[cache_[mfe].iif_slot()].holder(), empty};
}

void Alerts::NoteBefore(Ipv4FibKey key) {
  if (changes_.has_value()) changes_->before.try_emplace(key, StateOf(key));
}

void Alerts::NoteBefore(const Mfe& mfe, uint16_t active) {
  if (!changes_.has_value()) return;
  MfeState before = StateOf(mfe.key);
  before.empty = active == 0 && !mfe.Is(Mfe::kPruneInGrace);
  changes_->before.try_emplace(mfe.key, before);
}

Alerts::Batch::Batch(Alerts& alerts) : alerts_(alerts) {
  alerts_.changes_.emplace();
  alerts_.changes_->first_alert = alerts_.queue_.end();
}

void Alerts::Batch::DropWhatCancelsOut() {
  const ChangeBatch& changes = *alerts_.changes_;
  const std::vector<Alert> queued = alerts_.queue_.TakeFrom(changes.first_alert);
  const auto now = [this](Ipv4FibKey key) { return alerts_.StateOf(key); };
  for (const Alert& alert : NetAlerts(changes, queued, now)) alerts_.queue_.Push(alert);
}

}  // namespace mgmd::mgm
