#ifndef MGMD_CONTROL_CONFIG_EAL_LCORES_H_
#define MGMD_CONTROL_CONFIG_EAL_LCORES_H_

// What EAL's arguments tell about lcores, as DPDK reads them: -c MASK, -l LIST, --lcores MAP and --main-lcore ID.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mgmd::config {

struct EalLcores {
  // Absent if no argument names them (EAL then takes every CPU) or it cannot be read (EAL will say so).
  std::optional<std::set<uint32_t>> lcores;
  // As --main-lcore says, otherwise the lowest of `lcores`; absent if neither is known.
  std::optional<uint32_t> main;
};

EalLcores ReadLcores(const std::vector<std::string>& eal_args);

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_EAL_LCORES_H_
