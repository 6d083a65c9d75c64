#ifndef MGMD_TESTS_FAKES_MANUAL_CLOCK_H_
#define MGMD_TESTS_FAKES_MANUAL_CLOCK_H_

// The manager's clock, which a test sets.

#include <chrono>

#include "control/mgm/group_manager_types.h"

namespace mgmd::mgm {

class ManualClock : public Clock {
 public:
  Time Now() override { return now; }
  Time now{std::chrono::hours(1)};
};

}  // namespace mgmd::mgm

#endif  // MGMD_TESTS_FAKES_MANUAL_CLOCK_H_
