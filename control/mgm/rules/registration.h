#ifndef MGMD_CONTROL_MGM_RULES_REGISTRATION_H_
#define MGMD_CONTROL_MGM_RULES_REGISTRATION_H_

// Clients come and go.

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/mgm/guarded_observer.h"
#include "control/mgm/state/enumerations.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

template <class Family>
class Registration {
 public:
  Registration(Tables<Family>& tables, Enumerations<Family>& enumerations, GuardedObserver<Family>& observer)
      : clients_(tables.clients), memberships_(tables.memberships), enumerations_(enumerations), observer_(observer) {}

  // Errors: group_manager.h. `handle`, never used before, is the client's unless it has one by the other family.
  // Returns the client's.
  absl::StatusOr<ClientHandle> Register(ClientHandle handle, ClientId id,
                                        std::unique_ptr<ClientCallbacksOf<Family>> callbacks);
  absl::Status Deregister(ClientHandle handle);

 private:
  ClientRegistry<Family>& clients_;
  Memberships<Family>& memberships_;
  Enumerations<Family>& enumerations_;
  GuardedObserver<Family>& observer_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_REGISTRATION_H_
