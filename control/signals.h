#ifndef MGMD_CONTROL_SIGNALS_H_
#define MGMD_CONTROL_SIGNALS_H_

// The signals of the process, as bytes in a pipe that a thread of its own reads (supervisor.h): whatever thread a
// signal comes to, and whatever control is inside of, it is heard.
//
// Handlers instead of a mask or SIG_IGN, because those would be handed on to the programs that a protocol module
// starts. They restart system calls, so that nobody's read or write ends with EINTR. Once taken, signals are not given
// back: until the process has ended none of them may end it by itself.

namespace mgmd {

// A write to a pipe without a reader (SIGPIPE), or beyond the file size limit (SIGXFSZ), fails with its error and does
// nothing else. Before any output is written.
void SurviveBrokenOutputs();

// Takes every signal that would end the process, those that tell of its own faults excepted (SIGSEGV, SIGBUS, SIGFPE,
// SIGILL, SIGABRT, SIGSYS, SIGTRAP). Of those without a meaning here (IsStray) one that somebody has claimed stays his.
// Returns the read end, which does not block: a byte is the number of a signal that came. -1: the system gives no pipe.
// Once for a process, before it has other threads.
int TakeSignals();

bool IsStop(int signal);   // SIGINT, SIGTERM, SIGQUIT, and SIGXCPU and SIGPWR, by which the system asks for an end
bool IsStray(int signal);  // SIGALRM, SIGUSR2, SIGPROF, ..., and the real-time signals: they mean nothing to mgmd

}  // namespace mgmd

#endif  // MGMD_CONTROL_SIGNALS_H_
