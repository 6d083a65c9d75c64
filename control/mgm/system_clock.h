#ifndef MGMD_CONTROL_MGM_SYSTEM_CLOCK_H_
#define MGMD_CONTROL_MGM_SYSTEM_CLOCK_H_

// The system's monotonic clock as the manager's.

#include <chrono>

#include "control/mgm/group_manager.h"

namespace mgmd::mgm {

class SystemClock : public Clock {
 public:
  Time Now() override { return std::chrono::duration_cast<Time>(std::chrono::steady_clock::now().time_since_epoch()); }
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_SYSTEM_CLOCK_H_
