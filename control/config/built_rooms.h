#ifndef MGMD_CONTROL_CONFIG_BUILT_ROOMS_H_
#define MGMD_CONTROL_CONFIG_BUILT_ROOMS_H_

// Which parts of the configuration have something behind them in this build. The keys of the others are known and
// their form is checked, and then they are an error, so that nothing is configured that does not happen.
// Whoever builds a room turns its line in kBuiltRooms.

namespace mgmd::config {

struct BuiltRooms {
  bool api = false;               // [api]
  bool igmp = false;              // [igmp]
  bool metrics = false;           // [metrics]
  bool protocol_modules = false;  // [protocol.NAME] module
  bool smcroute = false;          // [protocol.static] smcroute
};

inline constexpr BuiltRooms kBuiltRooms = {
    .api = false,
    .igmp = false,
    .metrics = false,
    .protocol_modules = true,
    .smcroute = false,
};

inline constexpr BuiltRooms kAllRooms = {
    .api = true,
    .igmp = true,
    .metrics = true,
    .protocol_modules = true,
    .smcroute = true,
};

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_BUILT_ROOMS_H_
