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

// 0: it has no such element.
template <class Family>
uint16_t FlagsOf(MfeOf<Family>& mfe, const Interface<Family>& interface) {
  const OilElement* element = mfe.oil.Find(interface.slot);
  return element == nullptr ? 0 : element->flags;
}

}  // namespace

template <class Family>
void OilEdits<Family>::Changed(uint32_t mfe, uint16_t active, const Interface<Family>& interface) {
  writer_.MarkDirty(mfe);
  mfes_.OilChanged(mfe);
  mfe_alerts_.AlertEdge(mfe, active, interface.holder());
}

template <class Family>
void OilEdits<Family>::SetFlags(uint32_t mfe, const Interface<Family>& interface, uint16_t flags) {
  auto& changed = cache_[mfe];
  const uint16_t active = changed.active;
  OilElement* element = changed.oil.Find(interface.slot);
  if (element == nullptr && IsHeld(flags)) {
    cache_.AddOif(mfe, interface.slot, flags);
  } else if (element != nullptr && IsHeld(flags)) {
    cache_.SetOifFlags(changed, *element, flags);
  } else if (element != nullptr) {
    cache_.RemoveOif(mfe, element);
  }
  if (changed.active != active) Changed(mfe, active, interface);
}

template <class Family>
void OilEdits<Family>::Join(FibKey<Family> key, const Interface<Family>& interface, bool as_igmp) {
  cache_.ForEachIn(CoveredBy(key), [&](uint32_t mfe) {
    auto& changed = cache_[mfe];
    if (!MayHaveOif(changed, key, interface, ssm_)) return;
    uint16_t flags = AfterJoin(FlagsOf(changed, interface), as_igmp);
    if (as_igmp && questions_.IgmpVetoes(changed.key, changed.iif_slot(), interface)) flags = AfterVeto(flags, true);
    SetFlags(mfe, interface, flags);
  });
}

template <class Family>
void OilEdits<Family>::Leave(FibKey<Family> key, const Interface<Family>& interface, bool as_igmp) {
  cache_.ForEachIn(CoveredBy(key), [&](uint32_t mfe) {
    auto& changed = cache_[mfe];
    const uint16_t flags = FlagsOf(changed, interface);
    if (flags == 0 || !Covers(key, changed.key, ssm_)) return;
    const auto members = memberships_.MembersOn(changed.key, interface.slot);
    if (as_igmp ? members.igmp : members.owner) return;
    SetFlags(mfe, interface, AfterLeave(flags, as_igmp));
  });
}

template <class Family>
void OilEdits<Family>::Edit(FibKey<Family> key, const Interface<Family>& interface, bool as_igmp, bool add) {
  cache_.ForEachIn(CoveredBy(key), [&](uint32_t mfe) {
    auto& changed = cache_[mfe];
    if (!MayHaveOif(changed, key, interface, ssm_)) return;
    SetFlags(mfe, interface, AfterForward(FlagsOf(changed, interface), as_igmp, add));
  });
}

template <class Family>
void OilEdits<Family>::Keep(const Interface<Family>& interface, uint16_t bits) {
  const ChunkedList<uint32_t> mfes = interface.oif_mfes;
  for (size_t i = 0; i < mfes.size(); ++i) {
    const uint32_t mfe = mfes[i];
    auto& changed = cache_[mfe];
    const uint16_t flags = changed.Is(Mfe::kAlive) ? FlagsOf(changed, interface) : 0;
    if ((flags & bits) != flags) SetFlags(mfe, interface, flags & bits);
  }
}

template <class Family>
void OilEdits<Family>::EndEditsOfIgmp(const Interface<Family>& interface) {
  if (interface.edits_of_igmp == 0) return;
  Keep(interface, static_cast<uint16_t>(~(OilElement::kIgmpForwarded | OilElement::kIgmpSuppressed)));
}

template <class Family>
void OilEdits<Family>::EndOwners(const Interface<Family>& interface) {
  Keep(interface, OilElement::kIgmpJoined | OilElement::kIgmpForwarded | OilElement::kIgmpSuppressed);
}

template class OilEdits<Ipv4>;
template class OilEdits<Ipv6>;

}  // namespace mgmd::mgm
