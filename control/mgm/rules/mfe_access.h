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

class MfeAccess {
 public:
  MfeAccess(Tables& tables, Clock& clock, Mfes& mfes, OilEdits& oils, Decider& decider)
      : clients_(tables.clients),
        interfaces_(tables.interfaces),
        memberships_(tables.memberships),
        cache_(tables.cache),
        clock_(clock),
        mfes_(mfes),
        oils_(oils),
        decider_(decider) {}

  // Returns `info`.
  MfeInfo& Describe(uint32_t mfe, MfeInfo& info) const;
  // Errors: group_manager.h.
  absl::Status Set(ClientHandle handle, Ipv4FibKey key, Ipv4Address upstream_neighbor, uint32_t iif_index);

 private:
  // Null: the client has none with the index.
  const Interface* FindOf(ClientIndex client, uint32_t index) const;
  void MoveTo(const Interface& iif, uint32_t mfe);

  ClientRegistry& clients_;
  InterfaceTable& interfaces_;
  const Memberships& memberships_;
  MfeCache& cache_;
  Clock& clock_;
  Mfes& mfes_;
  OilEdits& oils_;
  Decider& decider_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_MFE_ACCESS_H_
