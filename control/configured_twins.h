#ifndef MGMD_CONTROL_CONFIGURED_TWINS_H_
#define MGMD_CONTROL_CONFIGURED_TWINS_H_

// From a configuration to the twins of its interfaces.

#include <span>
#include <vector>

#include "control/config/config.h"
#include "control/local/twin/twins.h"
#include "control/plane/plane.h"
#include "control/views/links.h"

namespace mgmd {

// Of each interface with `tap = true`. `links`: of the interfaces, in their order, as they are now.
std::vector<local::TwinSettings> ConfiguredTwins(std::span<const config::Interface> interfaces,
                                                 std::span<const views::Link> links, plane::Plane& plane);

}  // namespace mgmd

#endif  // MGMD_CONTROL_CONFIGURED_TWINS_H_
