#include "control/views/control_stats.h"

#include "common/turn_times.h"

namespace mgmd::views {

std::vector<NamedCount> ReadControl(const ControlStats& stats) {
  return {
#define MGMD_CONTROL(field, name, type, unit, ...) \
  {name, Told(unit, stats.field.load(std::memory_order_relaxed), ControlStats::kTicksPerSecond)},
#include "common/counter_table.def"
  };
}

}  // namespace mgmd::views
