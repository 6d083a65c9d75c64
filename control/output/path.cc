#include "control/output/path.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace mgmd::output {

absl::Status Failed(const std::string& name, int error) {
  return absl::FailedPreconditionError(absl::StrCat(name, ": ", std::strerror(error)));
}

namespace {

constexpr int kMaxLinks = 40;  // as the kernel's

absl::Status FailedAt(const std::string& path, const std::string& part, int error) {
  return Failed(part == path ? path : absl::StrCat(path, ": ", part), error);
}

// The links to /proc/self/fd cannot be read as paths: what they lead to may have no name.
std::optional<int> DescriptorOf(std::string_view path) {
  if (path == "/dev/stdin") return 0;
  if (path == "/dev/stdout") return 1;
  if (path == "/dev/stderr") return 2;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (path.substr(0, folder.size()) != folder) continue;
    int number = -1;
    const std::string text(path.substr(folder.size()));
    if (absl::SimpleAtoi(text, &number) && number >= 0) return number;
  }
  return std::nullopt;
}

// The first part of the path and the rest, without the slashes around them.
std::pair<std::string, std::string> Split(const std::string& path) {
  const size_t begin = path.find_first_not_of('/');
  if (begin == std::string::npos) return {};
  const size_t end = path.find('/', begin);
  if (end == std::string::npos) return {path.substr(begin), ""};
  const size_t rest = path.find_first_not_of('/', end);
  return {path.substr(begin, end - begin), rest == std::string::npos ? "." : path.substr(rest)};
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
Descriptor::~Descriptor() { Close(); }
int Descriptor::Release() { return std::exchange(fd_, -1); }
void Descriptor::Close() {
  if (fd_ >= 0) close(Release());
}

absl::StatusOr<Place> Resolve(const std::string& path) {
  if (path.empty() || path.back() == '/') return FailedAt(path, path, path.empty() ? ENOENT : EISDIR);
  Place place;
  std::string left = path;
  const auto begin = [&] {
    place.folder = Descriptor(open(left.front() == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
    return place.folder.valid();
  };
  if (!begin()) return FailedAt(path, ".", errno);
  for (int links = 0;;) {
    if (const auto descriptor = DescriptorOf(left)) {
      // One that was handed over is not closed on exec; all of mgmd's own are.
      const int flags = fcntl(*descriptor, F_GETFD);
      if (flags >= 0 && (flags & FD_CLOEXEC) != 0) return FailedAt(path, path, EBADF);
      place.descriptor = *descriptor;
      return place;
    }
    const auto [part, rest] = Split(left);
    if (part.empty() || part == ".." || (part == "." && rest.empty())) {
      if (rest.empty()) return FailedAt(path, part.empty() ? "/" : part, EISDIR);
    }
    Descriptor next(openat(place.folder.get(), part.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat stat {};
    if (!next.valid()) {
      if (errno != ENOENT || !rest.empty()) return FailedAt(path, part, errno);
      place.name = part;
      return place;
    }
    if (fstat(next.get(), &stat) != 0) return FailedAt(path, part, errno);
    if (S_ISLNK(stat.st_mode)) {
      if (stat.st_uid != 0 && stat.st_uid != geteuid()) {
        return absl::PermissionDeniedError(
            absl::StrCat(path, ": ", part, " is a symbolic link of another user's (uid ", stat.st_uid, ")"));
      }
      if (++links > kMaxLinks) return FailedAt(path, part, ELOOP);
      std::array<char, PATH_MAX> target;
      const ssize_t size = readlinkat(next.get(), "", target.data(), target.size());
      if (size <= 0) return FailedAt(path, part, size < 0 ? errno : ENOENT);
      left = std::string(target.data(), static_cast<size_t>(size)) + (rest.empty() ? "" : "/" + rest);
      if (left.front() == '/' && !begin()) return FailedAt(path, "/", errno);
      continue;
    }
    if (rest.empty()) {
      place.name = part;
      return place;
    }
    if (!S_ISDIR(stat.st_mode)) return FailedAt(path, part, ENOTDIR);
    place.folder = std::move(next);
    left = rest;
  }
}

}  // namespace mgmd::output
