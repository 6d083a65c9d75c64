#ifndef MGMD_CONTROL_CONFIG_BUILT_ROOMS_H_
#define MGMD_CONTROL_CONFIG_BUILT_ROOMS_H_

// Which parts of the configuration have something behind them in this build. The keys of the others are known and
// their form is checked, and then they are an error, so that nothing is configured that does not happen.
// Whoever builds a room takes its line away.

namespace mgmd::config {

// By default those of this build, which has none of them.
struct BuiltRooms {
  bool api = false;       // [api]
  bool metrics = false;   // [metrics]
  bool smcroute = false;  // [protocol.static] smcroute
};

inline constexpr BuiltRooms kAllRooms = {
    .api = true,
    .metrics = true,
    .smcroute = true,
};

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_BUILT_ROOMS_H_
