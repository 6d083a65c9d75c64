#ifndef MGMD_CONTROL_MGM_STATE_OIL_ELEMENT_H_
#define MGMD_CONTROL_MGM_STATE_OIL_ELEMENT_H_

// An interface in the OIL of an MFE: who holds it there, and who has suppressed it. Two may be on an interface, its
// owner and IGMP, and each holds and suppresses for itself (A25):
//
//   held        by a membership that covers the MFE, or by a FORWARD add where no membership did (A24)
//   suppressed  by the client's veto or FORWARD delete, in spite of what holds it
//
// The owner's mark silences the oif. IGMP's says only that IGMP's own membership does not count: IGMP cannot silence
// what the owner wants. Nobody's membership or mark touches the other's; an element that nothing holds is taken out of
// the OIL, with what marks it has.
//
// All of it is bits of one word, and every rule about them stands here.

#include <cstdint>

namespace mgmd::mgm {

struct OilElement {
  static constexpr uint16_t kJoined = 1;
  static constexpr uint16_t kIgmpJoined = 2;
  static constexpr uint16_t kForwarded = 4;
  static constexpr uint16_t kIgmpForwarded = 8;
  static constexpr uint16_t kSuppressed = 16;
  static constexpr uint16_t kIgmpSuppressed = 32;
  static constexpr uint16_t kAnyJoined = kJoined | kIgmpJoined;
  static constexpr uint16_t kAnyForwarded = kForwarded | kIgmpForwarded;
  // What does not follow from memberships: a narrower MFE gets it from the wildcard MFE above it.
  static constexpr uint16_t kEdits = kAnyForwarded | kSuppressed | kIgmpSuppressed;

  uint16_t slot = 0;
  uint16_t flags = 0;
  uint32_t position = 0;  // in Interface::oif_mfes

  // Whether it is an oif.
  bool active() const {
    if ((flags & kSuppressed) != 0) return false;
    return (flags & (kJoined | kAnyForwarded)) != 0 || (flags & (kIgmpJoined | kIgmpSuppressed)) == kIgmpJoined;
  }
  bool is_igmps() const { return (flags & (kIgmpForwarded | kIgmpSuppressed)) != 0; }
};

constexpr bool IsHeld(uint16_t flags) { return (flags & (OilElement::kAnyJoined | OilElement::kAnyForwarded)) != 0; }

constexpr uint16_t JoinedBits(bool by_owner, bool by_igmp) {
  return static_cast<uint16_t>((by_owner ? OilElement::kJoined : 0) | (by_igmp ? OilElement::kIgmpJoined : 0));
}
constexpr uint16_t MarkOf(bool as_igmp) { return as_igmp ? OilElement::kIgmpSuppressed : OilElement::kSuppressed; }

// What the flags are after each event. `as_igmp`: the client is IGMP, otherwise the owner.

// The client vetoes the oif. Without a membership of its own IGMP's mark would say nothing.
constexpr uint16_t AfterVeto(uint16_t flags, bool as_igmp) {
  if (as_igmp && (flags & OilElement::kIgmpJoined) == 0) return flags;
  return flags | MarkOf(as_igmp);
}
// The client joins an entry that covers the MFE.
constexpr uint16_t AfterJoin(uint16_t flags, bool as_igmp) {
  return (flags | JoinedBits(!as_igmp, as_igmp)) & ~MarkOf(as_igmp);
}
// No membership of the client's covers the MFE any more. The owner's mark goes on silencing IGMP's.
constexpr uint16_t AfterLeave(uint16_t flags, bool as_igmp) {
  return flags & ~(as_igmp ? OilElement::kIgmpJoined | OilElement::kIgmpSuppressed : OilElement::kJoined);
}
// FORWARD add: lifts the client's mark, and holds the oif where no membership does (A24). For the owner one of IGMP's
// that IGMP's own mark stops is none.
constexpr uint16_t AfterForwardAdd(uint16_t flags, bool as_igmp) {
  flags &= ~MarkOf(as_igmp);
  const bool igmp_wants =
      (flags & OilElement::kIgmpJoined) != 0 && (as_igmp || (flags & OilElement::kIgmpSuppressed) == 0);
  if ((flags & OilElement::kJoined) != 0 || igmp_wants) return flags;
  return flags | (as_igmp ? OilElement::kIgmpForwarded : OilElement::kForwarded);
}
// FORWARD delete. The owner's ends what IGMP forwards, too.
constexpr uint16_t AfterForwardDelete(uint16_t flags, bool as_igmp) {
  if (as_igmp) return AfterVeto(flags & ~OilElement::kIgmpForwarded, true);
  flags &= ~OilElement::kAnyForwarded;
  return (flags & OilElement::kAnyJoined) != 0 ? AfterVeto(flags, false) : flags;
}
constexpr uint16_t AfterForward(uint16_t flags, bool as_igmp, bool add) {
  return add ? AfterForwardAdd(flags, as_igmp) : AfterForwardDelete(flags, as_igmp);
}

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_STATE_OIL_ELEMENT_H_
