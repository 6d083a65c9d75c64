#include "control/mgm/rules/mfe_alerts.h"

#include <algorithm>

namespace mgmd::mgm {

template <class Family>
void MfeAlerts<Family>::AlertEdge(uint32_t mfe, uint16_t before, ClientIndex changed_holder) {
  auto& changed = cache_[mfe];
  if ((before == 0) == (changed.active == 0) || changed.Is(Mfe::kOrphan | Mfe::kLeaving)) return;
  alerts_.NoteBefore(changed, before);
  const auto& iif = interfaces_[changed.iif_slot()];
  const ClientIndex holder = iif.holder();
  if (holder == kNoClient || holder == changed_holder) return;
  if (changed.Is(Mfe::kPruneInGrace)) {
    // It has not been told that the last oif went: no news that there is one again, nor that the
    // next one went, too.
    if (changed.active != 0) changed.Set(Mfe::kPruneInGrace, false);
    return;
  }
  alerts_.Push(changed.active != 0 ? AlertKind::kJoin : AlertKind::kPrune, holder, changed.key, iif.id, false);
}

template <class Family>
void MfeAlerts<Family>::AlertInstalled(uint32_t mfe) {
  const auto& installed = cache_[mfe];
  if (installed.Is(Mfe::kOrphan)) return;
  const auto& iif = interfaces_[installed.iif_slot()];
  if (installed.active == 0) {
    alerts_.Push(AlertKind::kPrune, iif.holder(), installed.key, iif.id, false);
  } else if (HasOifsOfOthers(installed, iif.holder())) {
    alerts_.Push(AlertKind::kJoin, iif.holder(), installed.key, iif.id, false);
  }
}

template <class Family>
bool MfeAlerts<Family>::AlertMove(uint32_t mfe, InterfaceSlot new_iif) {
  auto& moved = cache_[mfe];
  if (moved.Is(Mfe::kOrphan | Mfe::kLeaving)) return false;
  const auto& iif = interfaces_[moved.iif_slot()];
  const ClientIndex loser = iif.holder();
  if (new_iif != kNoSlot && interfaces_[new_iif].holder() == loser) return false;
  if (!HasOifsOfOthers(moved, loser) && !moved.Is(Mfe::kPruneInGrace)) return false;
  moved.Set(Mfe::kLeaving, true);
  alerts_.Push(AlertKind::kPrune, loser, moved.key, iif.id, false);
  return true;
}

template <class Family>
void MfeAlerts<Family>::AlertPruneAfterGrace(uint32_t mfe) {
  const auto& held = cache_[mfe];
  if (held.Is(Mfe::kOrphan | Mfe::kLeaving)) return;
  const auto& iif = interfaces_[held.iif_slot()];
  if (HasOifsOfOthers(held, iif.holder())) return;
  alerts_.Push(AlertKind::kPrune, iif.holder(), held.key, iif.id, false);
}

template <class Family>
void MfeAlerts<Family>::FollowOifs(const Interface<Family>& interface, ClientIndex before) {
  for (size_t i = 0; i < interface.oif_mfes.size(); ++i) {
    auto& followed = cache_[interface.oif_mfes[i]];
    if (!followed.Is(Mfe::kAlive) || followed.Is(Mfe::kOrphan | Mfe::kLeaving)) continue;
    if (!followed.oil.Find(interface.slot)->active()) continue;
    const auto& iif = interfaces_[followed.iif_slot()];
    const ClientIndex holder = iif.holder();
    if (holder != before && holder != interface.holder()) continue;
    const auto elements = followed.oil.elements();
    const bool others = std::any_of(elements.begin(), elements.end(), [&](const OilElement& element) {
      const InterfaceSlot slot{element.slot};
      return slot != interface.slot && element.active() && interfaces_[slot].holder() != holder;
    });
    if (others) continue;
    alerts_.Push(holder == before ? AlertKind::kJoin : AlertKind::kPrune, holder, followed.key, iif.id, false);
  }
}

template <class Family>
bool MfeAlerts<Family>::HasOifsOfOthers(const MfeOf<Family>& mfe, ClientIndex holder) const {
  const auto elements = mfe.oil.elements();
  return std::any_of(elements.begin(), elements.end(), [&](const OilElement& element) {
    return element.active() && interfaces_[InterfaceSlot{element.slot}].holder() != holder;
  });
}

template class MfeAlerts<Ipv4>;
template class MfeAlerts<Ipv6>;

}  // namespace mgmd::mgm
