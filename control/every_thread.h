#ifndef MGMD_CONTROL_EVERY_THREAD_H_
#define MGMD_CONTROL_EVERY_THREAD_H_

// Reaches every thread of the process, whoever has made it: mgmd, DPDK, a protocol module. What Linux keeps for each
// thread by itself (capabilities) is changed for all of them so.
//
// A thread is reached by a signal, whose handler makes the call. libpsx of Debian's libcap would only know the threads
// that code linked with it has made, which DPDK's and the C++ library's shared objects are not.

#include <sys/types.h>

#include <csignal>
#include <functional>

#include "absl/status/status.h"

namespace mgmd {

// The signal, whose handler is CallOnThreads()'s while that is busy and anybody's else.
inline int EveryThreadSignal() { return SIGRTMAX; }

// Blocks all signals on the calling thread but that one.
void BlockSignals();

// Makes the call, which is async-signal-safe, once on each thread for which `done` is false, until it is true for all
// of them, also those that are made meanwhile. System calls that they are in go on, or end with EINTR where signal(7)
// says that they always do. DEADLINE_EXCEEDED names a thread that has not come in a second: it blocks the signal. One
// call at a time, on any thread.
absl::Status CallOnThreads(void (*call)(), const std::function<bool(pid_t thread)>& done);

}  // namespace mgmd

#endif  // MGMD_CONTROL_EVERY_THREAD_H_
