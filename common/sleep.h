#ifndef MGMD_COMMON_SLEEP_H_
#define MGMD_COMMON_SLEEP_H_

#include <cstdint>

namespace mgmd {

// Sleeps on the calling thread, whose timers are then exact to a microsecond, and not to 50 as the kernel has it by
// default. Less than a second; a signal ends it early.
void SleepUs(uint32_t microseconds);

}  // namespace mgmd

#endif  // MGMD_COMMON_SLEEP_H_
