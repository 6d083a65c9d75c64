#include "control/mgm/rules/mfe_alerts.h"

#include <algorithm>

namespace mgmd::mgm {

void MfeAlerts::AlertEdge(uint32_t mfe, uint16_t before, ClientIndex changed_holder) {
  Mfe& changed = cache_[mfe];
  if ((before == 0) == (changed.active == 0) || changed.Is(Mfe::kOrphan | Mfe::kLeaving)) return;
  alerts_.NoteBefore(changed, before);
  const Interface& iif = interfaces_[changed.iif_slot()];
  const ClientIndex holder = iif.holder();
  if (holder == kNoClient || holder == changed_holder) return;
  if (changed.Is(Mfe::kPruneInGrace)) {
    // It has not been told that the last oif went: no news that there is one again, nor that the
    // next one went, too.
    if (changed.active != 0) changed.Set(Mfe::kPruneInGrace, false);
    return;
  }
  alerts_.Push(changed.active != 0 ? Alert::Kind::kJoin : Alert::Kind::kPrune, holder, changed.key, iif.id, false);
}

void MfeAlerts::AlertInstalled(uint32_t mfe) {
  const Mfe& installed = cache_[mfe];
  if (installed.Is(Mfe::kOrphan)) return;
  const Interface& iif = interfaces_[installed.iif_slot()];
  if (installed.active == 0) {
    alerts_.Push(Alert::Kind::kPrune, iif.holder(), installed.key, iif.id, false);
  } else if (HasOifsOfOthers(installed, iif.holder())) {
    alerts_.Push(Alert::Kind::kJoin, iif.holder(), installed.key, iif.id, false);
  }
}

bool MfeAlerts::AlertMove(uint32_t mfe, InterfaceSlot new_iif) {
  Mfe& moved = cache_[mfe];
  if (moved.Is(Mfe::kOrphan | Mfe::kLeaving)) return false;
  const Interface& iif = interfaces_[moved.iif_slot()];
  const ClientIndex loser = iif.holder();
  if (new_iif != kNoSlot && interfaces_[new_iif].holder() == loser) return false;
  if (!HasOifsOfOthers(moved, loser) && !moved.Is(Mfe::kPruneInGrace)) return false;
  moved.Set(Mfe::kLeaving, true);
  alerts_.Push(Alert::Kind::kPrune, loser, moved.key, iif.id, false);
  return true;
}

void MfeAlerts::AlertPruneAfterGrace(uint32_t mfe) {
  const Mfe& held = cache_[mfe];
  if (held.Is(Mfe::kOrphan | Mfe::kLeaving)) return;
  const Interface& iif = interfaces_[held.iif_slot()];
  if (HasOifsOfOthers(held, iif.holder())) return;
  alerts_.Push(Alert::Kind::kPrune, iif.holder(), held.key, iif.id, false);
}

bool MfeAlerts::HasOifsOfOthers(const Mfe& mfe, ClientIndex holder) const {
  const auto elements = mfe.oil.elements();
  return std::any_of(elements.begin(), elements.end(), [&](const OilElement& element) {
    return element.active() && interfaces_[InterfaceSlot{element.slot}].holder() != holder;
  });
}

}  // namespace mgmd::mgm
