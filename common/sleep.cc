#include "common/sleep.h"

#include <sys/prctl.h>
#include <time.h>

namespace mgmd {

void SleepUs(uint32_t microseconds) {
  constexpr unsigned long kSlackNs = 1000;
  [[maybe_unused]] thread_local const int once = prctl(PR_SET_TIMERSLACK, kSlackNs);
  const timespec time{.tv_sec = 0, .tv_nsec = long{1000} * microseconds};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
}

}  // namespace mgmd
