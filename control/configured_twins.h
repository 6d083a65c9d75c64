#ifndef MGMD_CONTROL_CONFIGURED_TWINS_H_
#define MGMD_CONTROL_CONFIGURED_TWINS_H_

// From a configuration to the twins of its interfaces, and to the addresses that are the router's own.

#include <span>
#include <vector>

#include "common/own_address.h"
#include "control/config/config.h"
#include "control/local/twin/twins.h"
#include "control/plane/plane.h"

namespace mgmd {

// Of each interface with `tap = true`.
std::vector<local::TwinSettings> ConfiguredTwins(std::span<const config::Interface> interfaces, plane::Plane& plane);

// Of interfaces without a twin those of the configuration, of the others those that the host has there and may use.
// `twins` may be null.
PerFamily<OwnAddressList> OwnAddressesOf(std::span<const config::Interface> interfaces, plane::Plane& plane,
                                         const local::Twins* twins);

}  // namespace mgmd

#endif  // MGMD_CONTROL_CONFIGURED_TWINS_H_
