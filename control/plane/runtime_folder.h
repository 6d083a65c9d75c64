#ifndef MGMD_CONTROL_PLANE_RUNTIME_FOLDER_H_
#define MGMD_CONTROL_PLANE_RUNTIME_FOLDER_H_

// The folder in which DPDK keeps what a running process shows of itself, its telemetry socket above all.

#include <string>

#include "absl/status/status.h"

namespace mgmd::plane {

// Under which DPDK makes its folder "dpdk": $RUNTIME_DIRECTORY, for root /var/run, otherwise $XDG_RUNTIME_DIR, and
// without it /tmp.
std::string RuntimeBase();

// Makes the folder "dpdk" there for this user alone, where there is none. DPDK takes one that is there as it is;
// PERMISSION_DENIED where that would let another user replace its sockets. Where it cannot be made at all the answer is
// OK: DPDK can do without.
absl::Status SecureRuntimeFolder(const std::string& base);

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_RUNTIME_FOLDER_H_
