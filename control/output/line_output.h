#ifndef MGMD_CONTROL_OUTPUT_LINE_OUTPUT_H_
#define MGMD_CONTROL_OUTPUT_LINE_OUTPUT_H_

// A file, pipe, terminal or socket that gets whole lines, whatever happens to it.
//
// No system call on it waits where the kernel allows: pipes and terminals that were inherited are opened anew, since
// O_NONBLOCK would otherwise hold for whoever else has them. Where that is not allowed, no more is written than fits.
//
//   full disk, RLIMIT_FSIZE   a file of our own is cut back to its last whole line, and the line is written again when
//                             there is room; of a file shared with others the line is finished then
//   FIFO without a reader     waits for one; a new reader begins with a whole line
//   full pipe                has got whole lines, as far as they are not longer than PIPE_BUF
//   reader that has gone      of an inherited pipe or a socket: nothing more can be written, ever
//
// Threads: one at a time. Signals: those that the thread would get (SIGPIPE, SIGXFSZ) are blocked by its owner.

#include <chrono>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "control/output/path.h"

namespace mgmd::output {

// Of threads that write: control's calls get ten times their share of a core, and they are never starved.
inline constexpr int kNice = 10;

// Decides how long Write() goes on trying.
class Patience {
 public:
  virtual ~Patience() = default;
  // Asked at least every kSlice while nothing can be written. False: it gives up.
  virtual bool GoesOn() = 0;
  // Something was written.
  virtual void Progressed() {}
  // Why nothing can be written now, once for each trouble.
  virtual void Trouble(const std::string& what) = 0;
};

class LineOutput {
 public:
  static constexpr std::chrono::milliseconds kSlice{50};
  static constexpr std::chrono::milliseconds kRetry{250};  // after an error that may go away

  // Creates the file or begins it anew; FIFOs, devices and /dev/stdout, /dev/stderr, /dev/fd/N are written to as they
  // are. A FIFO needs no reader yet.
  static absl::StatusOr<LineOutput> Open(const std::string& path);
  // Shares the process's descriptor, which stays open.
  static absl::StatusOr<LineOutput> OnDescriptor(int fd, std::string name);

  LineOutput(LineOutput&&) = default;
  LineOutput& operator=(LineOutput&&) = default;

  // `lines` begins and ends with a line. Returns how many octets of it, whole lines, have been written, which is all of
  // it unless patience has ended or the reader has gone for good.
  size_t Write(std::string_view lines, Patience& patience);

  // Its reader sees the end.
  void Close() { fd_.Close(); }

 private:
  enum class Kind {
    kOwnFile,
    kSharedFile,
    kFifo,    // with a name: it can be opened again
    kStream,  // an inherited pipe, a terminal, a device
    kSocket,
  };
  LineOutput(Kind kind, Descriptor fd, std::string name);

  ssize_t WriteSome(std::string_view octets);
  bool OpenFifo();
  // What is to be done after an error: how much of the lines counts as written.
  size_t AfterError(std::string_view lines, size_t done, int error, Patience& patience);
  bool WaitForRoom(Patience& patience);

  Kind kind_;
  Descriptor fd_;
  std::string name_;   // for messages
  Descriptor folder_;  // of a FIFO
  std::string fifo_;
  bool pipe_ = false;
  bool may_block_ = false;
  bool gone_ = false;
  int trouble_ = 0;  // the error that was told
};

}  // namespace mgmd::output

#endif  // MGMD_CONTROL_OUTPUT_LINE_OUTPUT_H_
