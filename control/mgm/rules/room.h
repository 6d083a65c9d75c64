#ifndef MGMD_CONTROL_MGM_RULES_ROOM_H_
#define MGMD_CONTROL_MGM_RULES_ROOM_H_

// Room for another MFE. Where a limit is met an idle MFE goes for the new one: one whose packet counter has not moved
// since it was last looked at, a second ago or more. The MFEs that share the limit are looked at in turn, some in each
// call, as the hand of a clock goes round; so a stream that flows stays, however fast the hand is, and one of a source
// that sent a single packet goes when the hand comes to it for the second time.
//
// Negative MFEs have a limit of their own, beyond which the oldest idle ones go. In a full table they go first, and for
// a stream that somebody wants one goes whether it is idle or not: what nobody wants keeps no place from it.

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "absl/status/status.h"
#include "common/forwarder.h"
#include "control/mgm/group_manager_types.h"
#include "control/mgm/guarded_observer.h"
#include "control/mgm/rules/mfes.h"
#include "control/mgm/state/mfe_limits.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

template <class Family>
class Room {
 public:
  // MFEs that are asked whether they are idle before a limit refuses another one.
  static constexpr size_t kLooks = 32;
  // Interfaces, of whomever, that the search for those of an owner steps over at most; the next one goes on from there.
  static constexpr size_t kInterfaces = 256;
  // Negative MFEs that one call looks at where there are too many; a turn of Poll() looks at the rest.
  static constexpr size_t kNegativePerCall = 64;
  // Those that are looked at for one place in a full table, most of which may have to stay.
  static constexpr size_t kNegativeLooks = 256;
  // Negative MFEs of flowing streams that are spared for one place; then the oldest goes.
  static constexpr size_t kSpared = 16;

  Room(Tables<Family>& tables, MfeLimits<Family>& limits, uint32_t max_negative, Forwarder<Family>& forwarder,
       Clock& clock, GuardedObserver<Family>& observer, Mfes<Family>& mfes)
      : interfaces_(tables.interfaces),
        memberships_(tables.memberships),
        cache_(tables.cache),
        limits_(limits),
        max_negative_(max_negative),
        forwarder_(forwarder),
        clock_(clock),
        observer_(observer),
        mfes_(mfes) {}

  // False: a limit refuses the MFE, and has said so. `iif` kNoSlot: not known yet, or none.
  bool Make(std::initializer_list<Limit> limits, FibKey<Family> key, InterfaceSlot iif);
  // What the last refusal says to people.
  absl::Status Refusal() const;

  // Drops the oldest of the negative MFEs that are too many; looks at so many at most. Returns how many went.
  size_t MakeForNegative(size_t looks);
  // Whether there are too many, and not all of them have been looked at in vain.
  bool HasSurplusOfNegative() const;

 private:
  bool IsMet(Limit limit, FibKey<Family> key, InterfaceSlot iif) const;
  // Whether the stream has oifs, as far as can be said before its way is known.
  bool IsWanted(FibKey<Family> key) const;
  // The MFE that makes room; kNoMfe: there is none.
  uint32_t FindForRoom(Limit limit, FibKey<Family> key, InterfaceSlot iif);
  // The negative MFE that goes first: the oldest idle one, or, unless it has to be `idle`, the oldest.
  uint32_t FindNegative(size_t& looks, bool idle);
  // Whether the stream of a negative MFE has gone on since that was asked before.
  bool Flows(uint32_t mfe);
  uint32_t FindIdle(Limit limit, FibKey<Family> key, InterfaceSlot iif);
  uint32_t FindIdleIn(OrderRange<Family> range, KeyOrder<Family>& hand, size_t looks);
  uint32_t FindIdleOf(const Interface<Family>& iif, size_t& looks);
  uint32_t FindIdleOf(ClientIndex owner);
  bool IsIdle(uint32_t mfe);

  InterfaceTable<Family>& interfaces_;
  const Memberships<Family>& memberships_;
  MfeCache<Family>& cache_;
  MfeLimits<Family>& limits_;
  const uint32_t max_negative_;
  Forwarder<Family>& forwarder_;
  Clock& clock_;
  GuardedObserver<Family>& observer_;
  Mfes<Family>& mfes_;
  Limit refused_by_ = Limit::kAll;  // the last one that refused
  size_t negative_kept_ = 0;        // looks since the last negative MFE that went
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_ROOM_H_
