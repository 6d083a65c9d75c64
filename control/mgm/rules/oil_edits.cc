#include "control/mgm/rules/oil_edits.h"

#include <vector>

namespace mgmd::mgm {
namespace {

// Whether state for the key can make the interface an oif of the MFE. An orphan stays without oifs
// until it is decided again: nothing can arrive for it (A15).
template <class Family>
bool MayHaveOif(const MfeOf<Family>& mfe, FibKey<Family> key, const Interface<Family>& interface,
                const SsmRanges<Family>& ssm) {
  return Covers(key, mfe.key, ssm) && mfe.iif_slot() != interface.slot && !mfe.Is(Mfe::kOrphan);
}

}  // namespace

template <class Family>
void OilEdits<Family>::Changed(uint32_t mfe, uint16_t active, const Interface<Family>& interface) {
  writer_.MarkDirty(mfe);
  mfes_.OilChanged(mfe);
  mfe_alerts_.AlertEdge(mfe, active, interface.holder());
}

template <class Family>
void OilEdits<Family>::Join(FibKey<Family> key, const Interface<Family>& interface) {
  cache_.ForEachIn(CoveredBy(key), [&](uint32_t mfe) {
    auto& changed = cache_[mfe];
    if (!MayHaveOif(changed, key, interface, ssm_)) return;
    const uint16_t active = changed.active;
    if (auto* element = changed.oil.Find(interface.slot)) {
      if (element->active()) return;
      cache_.SetOifFlags(changed, *element, element->flags & ~OilElement::kAnySuppressed);
    } else {
      cache_.AddOif(mfe, interface.slot, 0);
    }
    Changed(mfe, active, interface);
  });
}

template <class Family>
void OilEdits<Family>::Leave(FibKey<Family> key, const Interface<Family>& interface) {
  cache_.ForEachIn(CoveredBy(key), [&](uint32_t mfe) {
    auto& changed = cache_[mfe];
    OilElement* element = changed.oil.Find(interface.slot);
    if (element == nullptr || !Covers(key, changed.key, ssm_)) return;
    if ((element->flags & OilElement::kAnyForwarded) != 0) return;
    if (memberships_.IsMember(changed.key, interface.slot)) return;
    const uint16_t active = changed.active;
    cache_.RemoveOif(mfe, element);
    if (changed.active == active) return;  // it was suppressed
    Changed(mfe, active, interface);
  });
}

template <class Family>
void OilEdits<Family>::Edit(FibKey<Family> key, const Interface<Family>& interface, bool as_igmp, bool add) {
  const uint16_t forwarded = as_igmp ? OilElement::kIgmpForwarded : OilElement::kForwarded;
  const uint16_t suppressed = as_igmp ? OilElement::kIgmpSuppressed : OilElement::kSuppressed;
  cache_.ForEachIn(CoveredBy(key), [&](uint32_t mfe) {
    auto& changed = cache_[mfe];
    if (!MayHaveOif(changed, key, interface, ssm_)) return;
    const uint16_t active = changed.active;
    OilElement* element = changed.oil.Find(interface.slot);
    if (add && element == nullptr) {
      cache_.AddOif(mfe, interface.slot, forwarded);
    } else if (add) {
      const uint16_t kept = element->flags & OilElement::kAnyForwarded;
      cache_.SetOifFlags(changed, *element, kept | forwarded);
    } else if (element != nullptr && memberships_.IsMember(changed.key, interface.slot)) {
      const uint16_t kept = element->flags & OilElement::kAnySuppressed;
      cache_.SetOifFlags(changed, *element, kept | suppressed);
    } else if (element != nullptr) {
      cache_.RemoveOif(mfe, element);
    }
    if (changed.active == active) return;
    Changed(mfe, active, interface);
  });
}

template <class Family>
void OilEdits<Family>::EndEditsOfIgmp(Interface<Family>& interface) {
  if (interface.edits_of_igmp == 0) return;
  const std::vector<uint32_t> mfes = interface.oif_mfes;
  for (const uint32_t mfe : mfes) {
    auto& changed = cache_[mfe];
    if (!changed.Is(Mfe::kAlive)) continue;
    OilElement* element = changed.oil.Find(interface.slot);
    if (!element->is_igmps()) continue;
    const uint16_t active = changed.active;
    const uint16_t left = element->flags & ~(OilElement::kIgmpForwarded | OilElement::kIgmpSuppressed);
    if (left != 0 || memberships_.IsMember(changed.key, interface.slot)) {
      cache_.SetOifFlags(changed, *element, left);
    } else {
      cache_.RemoveOif(mfe, element);
    }
    if (changed.active == active) continue;
    Changed(mfe, active, interface);
  }
}

template class OilEdits<Ipv4>;
template class OilEdits<Ipv6>;

}  // namespace mgmd::mgm
