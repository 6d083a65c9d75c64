#include "control/local/twin/tap_device.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace mgmd::local {
namespace {

absl::Status Failure(int error, const std::string& what) {
  const std::string message = absl::StrCat(what, ": ", std::strerror(error));
  switch (error) {
    case EPERM:
    case EACCES:
      return absl::PermissionDeniedError(absl::StrCat(message, " (it takes CAP_NET_ADMIN and /dev/net/tun)"));
    case EBUSY:   // a tap
    case EINVAL:  // a netdev of another kind
    case EEXIST:
      return absl::AlreadyExistsError(absl::StrCat(what, ": a netdev has that name"));
    default:
      return absl::UnavailableError(message);
  }
}

// What a failed read or write says of the device.
TapDevice::Result ResultOf(int error) {
  switch (error) {
    case EAGAIN:
    case EINTR:
    case ENOBUFS:
    case ENOMEM:
      return TapDevice::Result::kNothing;
    case EIO:
      return TapDevice::Result::kDown;
    case EBADFD:
    case ENODEV:
      return TapDevice::Result::kGone;
    default:
      return TapDevice::Result::kRefused;
  }
}

}  // namespace

absl::StatusOr<TapDevice> TapDevice::Make(const std::string& name) {
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return Failure(errno, "/dev/net/tun");
  absl::Cleanup close_again = [fd] { close(fd); };
  ifreq request{};
  std::strncpy(request.ifr_name, name.c_str(), kLongestName);
  // Without IFF_TUN_EXCL a persistent tap of that name would be taken over without a word.
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | IFF_TUN_EXCL);
  if (ioctl(fd, TUNSETIFF, &request) != 0) return Failure(errno, name);
  const unsigned index = if_nametoindex(request.ifr_name);
  if (index == 0) return Failure(errno, name);
  std::move(close_again).Cancel();
  return TapDevice(fd, index);
}

TapDevice::TapDevice(TapDevice&& from) noexcept : fd_(std::exchange(from.fd_, -1)), index_(from.index_) {}

TapDevice& TapDevice::operator=(TapDevice&& from) noexcept {
  std::swap(fd_, from.fd_);
  std::swap(index_, from.index_);
  return *this;
}

TapDevice::~TapDevice() {
  if (fd_ >= 0) close(fd_);
}

TapDevice::Result TapDevice::Read(std::span<uint8_t> buffer, std::span<const uint8_t>* frame) {
  const ssize_t octets = read(fd_, buffer.data(), buffer.size());
  if (octets < 0) return ResultOf(errno);
  *frame = buffer.first(static_cast<size_t>(octets));
  return Result::kDone;
}

TapDevice::Result TapDevice::Write(std::span<const uint8_t> frame) {
  return write(fd_, frame.data(), frame.size()) < 0 ? ResultOf(errno) : Result::kDone;
}

absl::Status TapDevice::SetCarrier(bool up) {
  unsigned carrier = up ? 1 : 0;
  if (ioctl(fd_, TUNSETCARRIER, &carrier) == 0) return absl::OkStatus();
  return Failure(errno, "carrier");
}

}  // namespace mgmd::local
