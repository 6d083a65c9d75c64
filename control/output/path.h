#ifndef MGMD_CONTROL_OUTPUT_PATH_H_
#define MGMD_CONTROL_OUTPUT_PATH_H_

// Where a path given on the command line leads, for files that mgmd, often as root, creates and writes.
//
// A symbolic link is followed only if it is root's or the process's own user's, wherever it stands in the path: a link
// that somebody else has put into a shared folder cannot turn mgmd's output onto another file. What the path leads to
// is held by the descriptor of its folder, so that nothing can be put in its place between the look and the opening.

#include <string>

#include "absl/status/statusor.h"

namespace mgmd::output {

// A descriptor that is closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.Release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int Release();
  void Close();

 private:
  int fd_ = -1;
};

struct Place {
  int descriptor = -1;  // the path names this descriptor of the process: /dev/stdout, /dev/stderr, /dev/fd/N
  Descriptor folder;    // otherwise: the folder
  std::string name;     // and the name in it, which is no symbolic link; it need not exist
};

// The status of a file of this name that a system call refused; `error` is errno.
absl::Status Failed(const std::string& name, int error);

// Errors name the part of the path that is wrong.
absl::StatusOr<Place> Resolve(const std::string& path);

}  // namespace mgmd::output

#endif  // MGMD_CONTROL_OUTPUT_PATH_H_
