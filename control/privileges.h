#ifndef MGMD_CONTROL_PRIVILEGES_H_
#define MGMD_CONTROL_PRIVILEGES_H_

// What the process may do that not every process of its user may: its Linux capabilities (capabilities(7)).
//
//   from the start      those that ports and hugepages are opened with; every other one is gone for good, also for what
//                       mgmd or a module executes: nothing is inheritable or ambient, and no_new_privs is set
//   from "ready" on     those that ports are opened with when their devices come later or again, and that put back what
//                       was changed on the host
//
// What is not there is not missed until something needs it, so that an ordinary user's mgmd runs where nothing does.
// The user and group stay as they are.

#include "absl/status/status.h"
#include "control/config/config.h"

namespace mgmd {

// Before the process has other threads, and before anything is opened for it. FAILED_PRECONDITION: a port of the
// configuration needs a capability that is not there; names both.
absl::Status KeepPrivilegesForStart(const config::Config& config);

// When everything stands, on every thread (every_thread.h). Says in the log what is left.
absl::Status KeepPrivilegesForRunning(const config::Config& config);

}  // namespace mgmd

#endif  // MGMD_CONTROL_PRIVILEGES_H_
