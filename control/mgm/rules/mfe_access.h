#ifndef MGMD_CONTROL_MGM_RULES_MFE_ACCESS_H_
#define MGMD_CONTROL_MGM_RULES_MFE_ACCESS_H_

// MFEs as they are shown, and what a client may change of one by hand.

#include <cstdint>

#include "absl/status/status.h"
#include "control/mgm/group_manager_types.h"
#include "control/mgm/rules/decider.h"
#include "control/mgm/rules/mfes.h"
#include "control/mgm/rules/oil_edits.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

template <class Family>
class MfeAccess {
 public:
  MfeAccess(Tables<Family>& tables, Clock& clock, Mfes<Family>& mfes, OilEdits<Family>& oils, Decider<Family>& decider)
      : clients_(tables.clients),
        interfaces_(tables.interfaces),
        memberships_(tables.memberships),
        cache_(tables.cache),
        clock_(clock),
        mfes_(mfes),
        oils_(oils),
        decider_(decider) {}

  // Returns `info`.
  MfeInfoOf<Family>& Describe(uint32_t mfe, MfeInfoOf<Family>& info) const;
  // Errors: group_manager.h.
  absl::Status Set(ClientHandle handle, FibKey<Family> key, typename Family::Address upstream_neighbour,
                   uint32_t iif_index);

 private:
  // Null: the client has none with the index.
  const Interface<Family>* FindOf(ClientIndex client, uint32_t index) const;
  void MoveTo(const Interface<Family>& iif, uint32_t mfe);

  ClientRegistry<Family>& clients_;
  InterfaceTable<Family>& interfaces_;
  const Memberships<Family>& memberships_;
  MfeCache<Family>& cache_;
  Clock& clock_;
  Mfes<Family>& mfes_;
  OilEdits<Family>& oils_;
  Decider<Family>& decider_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_MFE_ACCESS_H_
