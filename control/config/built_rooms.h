#ifndef MGMD_CONTROL_CONFIG_BUILT_ROOMS_H_
#define MGMD_CONTROL_CONFIG_BUILT_ROOMS_H_

// Which parts of the configuration have something behind them in this build. The keys of the others are known and
// their form is checked, and then they are an error, so that nothing is configured that does not happen.
// Whoever builds a room turns its line in kBuiltRooms.

#include <type_traits>

#include "common/ip_family.h"

namespace mgmd::config {

struct BuiltRooms {
  bool api = false;               // [api]
  bool igmp = false;              // [igmp]
  bool ipv6 = false;              // IPv6 wherever there is an address, a prefix, a group, or a family by name
  bool metrics = false;           // [metrics]
  bool protocol_modules = false;  // [protocol.NAME] module
  bool smcroute = false;          // [protocol.static] smcroute
  bool tap = false;               // [[interface]] tap = true

  template <class Family>
  constexpr bool has() const {
    return std::is_same_v<Family, Ipv4> || ipv6;
  }
};

inline constexpr BuiltRooms kBuiltRooms = {
    .api = false,
    .igmp = false,
    .ipv6 = true,
    .metrics = false,
    .protocol_modules = true,
    .smcroute = false,
    .tap = false,
};

inline constexpr BuiltRooms kAllRooms = {
    .api = true,
    .igmp = true,
    .ipv6 = true,
    .metrics = true,
    .protocol_modules = true,
    .smcroute = true,
    .tap = true,
};

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_BUILT_ROOMS_H_
