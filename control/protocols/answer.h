#ifndef MGMD_CONTROL_PROTOCOLS_ANSWER_H_
#define MGMD_CONTROL_PROTOCOLS_ANSWER_H_

// What the Group Manager answers a protocol, as a status.

#include <string_view>

#include "absl/status/status.h"
#include "control/mgm/mgm.h"

namespace mgmd::protocols {

// `code`: what a function of mgm.h, mgm_ext.h or host.h returned; `protocol`: the name of the protocol; `what` it asked
// for. FAILED_PRECONDITION: the manager does not run, or not for this caller now, or the code is none of its own.
absl::Status StatusOf(DWORD code, std::string_view protocol, std::string_view what);

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_ANSWER_H_
