#ifndef MGMD_CONTROL_PROTOCOLS_START_PROTOCOL_H_
#define MGMD_CONTROL_PROTOCOLS_START_PROTOCOL_H_

// Starts a protocol of any kind. Control thread, while the Group Manager runs.

#include <memory>

#include "absl/status/statusor.h"
#include "control/config/config.h"
#include "control/protocols/protocol.h"
#include "control/protocols/surroundings.h"

namespace mgmd::protocols {

// It has registered, taken its interfaces and joined, or the error says what was refused and nothing is left behind.
absl::StatusOr<std::unique_ptr<Protocol>> StartProtocol(const config::Protocol& protocol, const Surroundings& around);

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_START_PROTOCOL_H_
