#ifndef MGMD_CONTROL_CONFIGURED_TWINS_H_
#define MGMD_CONTROL_CONFIGURED_TWINS_H_

// From a configuration to the twins of its interfaces.

#include <span>
#include <vector>

#include "control/config/config.h"
#include "control/local/twin/twins.h"
#include "control/plane/plane.h"

namespace mgmd {

// Of each interface with `tap = true`.
std::vector<local::TwinSettings> ConfiguredTwins(std::span<const config::Interface> interfaces, plane::Plane& plane);

}  // namespace mgmd

#endif  // MGMD_CONTROL_CONFIGURED_TWINS_H_
