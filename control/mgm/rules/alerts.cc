#include "control/mgm/rules/alerts.h"

namespace mgmd::mgm {

template <class Family>
void Alerts<Family>::Deliver() {
  if (calls_.running()) return;
  while (!queue_.empty()) {
    const Alert<Family> alert = queue_.Pop();
    if (!clients_.Is(alert.client, alert.handle)) continue;
    ++delivered_;
    switch (alert.kind) {
      case AlertKind::kJoin:
        calls_.Call(alert.client, "JOIN", Context::kAlert,
                    [&](ClientCallbacksOf<Family>& client) { client.Join(alert.key, alert.membership); });
        break;
      case AlertKind::kPrune:
        DeliverPrune(alert);
        break;
      case AlertKind::kLocalJoin:
        calls_.Call(alert.client, "LOCAL_JOIN", Context::kAlert,
                    [&](ClientCallbacksOf<Family>& client) { client.LocalJoin(alert.key, alert.interface); });
        break;
      case AlertKind::kLocalLeave:
        calls_.Call(alert.client, "LOCAL_LEAVE", Context::kAlert,
                    [&](ClientCallbacksOf<Family>& client) { client.LocalLeave(alert.key, alert.interface); });
        break;
    }
  }
}

template <class Family>
void Alerts<Family>::DeliverPrune(const Alert<Family>& alert) {
  uint32_t timeout = Lifetimes<Family>::kDefaultTimeout;
  calls_.Call(alert.client, "PRUNE", Context::kAlert, [&](ClientCallbacksOf<Family>& client) {
    client.Prune(alert.key, alert.interface, alert.membership, timeout);
  });
  if (alert.membership || timeout == Lifetimes<Family>::kDefaultTimeout) return;
  const uint32_t mfe = cache_.Find(alert.key);
  // Who has lost the MFE to another says nothing about its life.
  if (mfe == kNoMfe || cache_[mfe].iif_slot() == kNoSlot ||
      interfaces_[cache_[mfe].iif_slot()].holder() != alert.client) {
    return;
  }
  lifetimes_.SetRest(mfe, timeout);
}

template <class Family>
MfeState Alerts<Family>::StateOf(FibKey<Family> key) const {
  const uint32_t mfe = cache_.Find(key);
  if (mfe == kNoMfe || cache_[mfe].Is(Mfe::kOrphan | Mfe::kLeaving)) return {};
  // Who has not been told yet that the last oif went believes that there is one.
  const bool empty = cache_[mfe].active == 0 && !cache_[mfe].Is(Mfe::kPruneInGrace);
  return {interfaces_[cache_[mfe].iif_slot()].holder(), empty};
}

template <class Family>
void Alerts<Family>::NoteBefore(FibKey<Family> key) {
  if (changes_.has_value()) changes_->before.try_emplace(key, StateOf(key));
}

template <class Family>
void Alerts<Family>::NoteBefore(const MfeOf<Family>& mfe, uint16_t active) {
  if (!changes_.has_value()) return;
  MfeState before = StateOf(mfe.key);
  before.empty = active == 0 && !mfe.Is(Mfe::kPruneInGrace);
  changes_->before.try_emplace(mfe.key, before);
}

template class Alerts<Ipv4>;
template class Alerts<Ipv6>;

}  // namespace mgmd::mgm
