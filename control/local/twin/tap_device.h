#ifndef MGMD_CONTROL_LOCAL_TWIN_TAP_DEVICE_H_
#define MGMD_CONTROL_LOCAL_TWIN_TAP_DEVICE_H_

// A tap device of Linux: a netdev of which this process is the wire. What the kernel sends on it is read here, what is
// written here has arrived on it. It goes with the process, however that ends.
//
// Any one thread. No call blocks; each is a system call.

#include <cstdint>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mgmd::local {

class TapDevice {
 public:
  // The longest name of a netdev.
  static constexpr size_t kLongestName = 15;

  // A new one, down, without addresses. ALREADY_EXISTS: the name is another netdev's. PERMISSION_DENIED: it takes
  // CAP_NET_ADMIN. The kernel would cut a longer name, and fill in a "%d" (the configuration allows neither).
  static absl::StatusOr<TapDevice> Make(const std::string& name);
  TapDevice(TapDevice&& from) noexcept;
  TapDevice& operator=(TapDevice&& from) noexcept;
  ~TapDevice();

  // The kernel's number of it. It keeps it when it is renamed.
  unsigned index() const { return index_; }
  // For those that wait until there is something to read.
  int fd() const { return fd_; }

  enum class Result : uint8_t {
    kDone,
    kNothing,  // nothing has been sent; or the kernel has no room for a frame now
    kDown,     // somebody has set it down
    kGone,     // somebody has deleted it
    kRefused,  // the kernel does not take such a frame
  };
  // A whole Ethernet frame; `frame` becomes what of the buffer it fills. Longer ones are cut.
  Result Read(std::span<uint8_t> buffer, std::span<const uint8_t>* frame);
  Result Write(std::span<const uint8_t> frame);

  // Whether there is somebody at the other end of the wire.
  absl::Status SetCarrier(bool up);

 private:
  TapDevice(int fd, unsigned index) : fd_(fd), index_(index) {}

  int fd_ = -1;
  unsigned index_ = 0;
};

}  // namespace mgmd::local

#endif  // MGMD_CONTROL_LOCAL_TWIN_TAP_DEVICE_H_
