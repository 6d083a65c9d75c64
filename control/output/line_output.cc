#include "control/output/line_output.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "control/output/path.h"

namespace mgmd::output {
namespace {

constexpr int kFlags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_APPEND;

// Where the line begins that the octet at `position` belongs to.
size_t LineStart(std::string_view lines, size_t position) {
  const size_t end = position == 0 ? std::string_view::npos : lines.rfind('\n', position - 1);
  return end == std::string_view::npos ? 0 : end + 1;
}

// Nobody tells when a disk has room again, or a FIFO a reader.
bool Pause(std::chrono::milliseconds time, Patience& patience) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    if (!patience.GoesOn()) return false;
    std::this_thread::sleep_for(std::min(time, LineOutput::kSlice));
  }
  return patience.GoesOn();
}

}  // namespace

LineOutput::LineOutput(Kind kind, Descriptor fd, std::string name)
    : kind_(kind), fd_(std::move(fd)), name_(std::move(name)) {
  struct stat stat {};
  pipe_ = kind_ == Kind::kFifo || (fstat(fd_.get(), &stat) == 0 && S_ISFIFO(stat.st_mode));
}

absl::StatusOr<LineOutput> LineOutput::Open(const std::string& path) {
  auto place = Resolve(path);
  if (!place.ok()) return place.status();
  if (place->descriptor >= 0) return OnDescriptor(place->descriptor, path);
  struct stat stat {};
  const bool exists = fstatat(place->folder.get(), place->name.c_str(), &stat, AT_SYMLINK_NOFOLLOW) == 0;
  if (exists && S_ISFIFO(stat.st_mode)) {
    LineOutput fifo(Kind::kFifo, Descriptor(), path);
    fifo.folder_ = std::move(place->folder);
    fifo.fifo_ = place->name;
    if (!fifo.OpenFifo() && errno != ENXIO) return Failed(path, errno);
    return fifo;
  }
  Descriptor fd(openat(place->folder.get(), place->name.c_str(), kFlags | O_CREAT | O_NOFOLLOW, 0666));
  if (!fd.valid() || fstat(fd.get(), &stat) != 0) return Failed(path, errno);
  if (!S_ISREG(stat.st_mode)) return LineOutput(Kind::kStream, std::move(fd), path);
  if (ftruncate(fd.get(), 0) != 0) return Failed(path, errno);
  return LineOutput(Kind::kOwnFile, std::move(fd), path);
}

absl::StatusOr<LineOutput> LineOutput::OnDescriptor(int fd, std::string name) {
  struct stat stat {};
  if (fstat(fd, &stat) != 0) return Failed(name, errno);
  const int access = fcntl(fd, F_GETFL) & O_ACCMODE;
  if (access == O_RDONLY) return Failed(name, EBADF);
  if (!S_ISREG(stat.st_mode) && !S_ISSOCK(stat.st_mode)) {
    Descriptor own(open(absl::StrCat("/proc/self/fd/", fd).c_str(), kFlags));
    if (own.valid()) return LineOutput(Kind::kStream, std::move(own), std::move(name));
  }
  Descriptor shared(fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!shared.valid()) return Failed(name, errno);
  const Kind kind = S_ISREG(stat.st_mode) ? Kind::kSharedFile : S_ISSOCK(stat.st_mode) ? Kind::kSocket : Kind::kStream;
  LineOutput output(kind, std::move(shared), std::move(name));
  output.may_block_ = kind == Kind::kStream;
  return output;
}

bool LineOutput::OpenFifo() {
  fd_ = Descriptor(openat(folder_.get(), fifo_.c_str(), kFlags | O_NOFOLLOW));
  struct stat stat {};
  if (!fd_.valid()) return false;
  if (fstat(fd_.get(), &stat) == 0 && S_ISFIFO(stat.st_mode)) return true;
  fd_.Close();  // something else stands in its place
  errno = ENXIO;
  return false;
}

ssize_t LineOutput::WriteSome(std::string_view octets) {
  if (kind_ == Kind::kSocket) return send(fd_.get(), octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (may_block_) {
    pollfd room = {.fd = fd_.get(), .events = POLLOUT, .revents = 0};
    if (poll(&room, 1, 0) == 0) {
      errno = EAGAIN;
      return -1;
    }
    octets = octets.substr(0, PIPE_BUF);  // what poll() promises room for
  }
  if (pipe_ && octets.size() > PIPE_BUF) {
    // A pipe takes so much whole or not at all: a reader that comes late finds no torn line at the end.
    const size_t end = octets.rfind('\n', PIPE_BUF - 1);
    if (end != std::string_view::npos) octets = octets.substr(0, end + 1);
  }
  return write(fd_.get(), octets.data(), octets.size());
}

bool LineOutput::WaitForRoom(Patience& patience) {
  pollfd room = {.fd = fd_.get(), .events = POLLOUT, .revents = 0};
  poll(&room, 1, static_cast<int>(kSlice.count()));
  return (room.revents & POLLOUT) != 0 || patience.GoesOn();
}

size_t LineOutput::AfterError(std::string_view lines, size_t done, int error, Patience& patience) {
  const size_t start = LineStart(lines, done);
  const bool told = std::exchange(trouble_, error) == error;
  if (error == EPIPE || error == ECONNRESET || error == ENOTCONN) {
    if (kind_ == Kind::kFifo) {
      fd_.Close();
      if (!told)
        patience.Trouble(absl::StrCat(name_, ": its reader has gone; what is to be written waits for another"));
    } else {
      gone_ = true;
      if (!told) patience.Trouble(absl::StrCat(name_, ": its reader has gone; nothing more is written"));
    }
    return start;
  }
  if (!told) patience.Trouble(absl::StrCat(name_, ": ", std::strerror(error), "; what is to be written waits"));
  if (kind_ != Kind::kOwnFile || start == done) return done;
  struct stat stat {};
  const auto torn = static_cast<off_t>(done - start);
  const bool cut =
      fstat(fd_.get(), &stat) == 0 && stat.st_size >= torn && ftruncate(fd_.get(), stat.st_size - torn) == 0;
  return cut ? start : done;
}

size_t LineOutput::Write(std::string_view lines, Patience& patience) {
  size_t done = 0;
  bool goes_on = true;
  while (done < lines.size() && !gone_ && goes_on) {
    if (!fd_.valid() && !OpenFifo()) {
      goes_on = Pause(kSlice, patience);
      continue;
    }
    const ssize_t written = WriteSome(lines.substr(done));
    if (written > 0) {
      done += static_cast<size_t>(written);
      trouble_ = 0;
      patience.Progressed();
    } else if (written < 0 && errno == EAGAIN) {
      goes_on = WaitForRoom(patience);
    } else if (written == 0 || errno != EINTR) {
      done = AfterError(lines, done, written == 0 ? ENOSPC : errno, patience);
      if (!gone_ && fd_.valid()) goes_on = Pause(kRetry, patience);
    }
  }
  return done == lines.size() ? done : LineStart(lines, done);
}

}  // namespace mgmd::output
