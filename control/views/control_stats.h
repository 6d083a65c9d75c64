#ifndef MGMD_CONTROL_VIEWS_CONTROL_STATS_H_
#define MGMD_CONTROL_VIEWS_CONTROL_STATS_H_

// What the control thread counts: the rows MGMD_CONTROL of common/counter_table.def. Written by it, read by any.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

#include "control/views/counts.h"

namespace mgmd::views {

struct ControlStats {
  // Of the clock in whose ticks durations stand here.
  static constexpr uint64_t kTicksPerSecond = std::chrono::nanoseconds(std::chrono::seconds(1)).count();

#define MGMD_CONTROL(field, ...) std::atomic<uint64_t> field = 0;
#include "common/counter_table.def"
};

// In order of the table. Any thread.
std::vector<NamedCount> ReadControl(const ControlStats& stats);

}  // namespace mgmd::views

#endif  // MGMD_CONTROL_VIEWS_CONTROL_STATS_H_
