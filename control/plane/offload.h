#ifndef MGMD_CONTROL_PLANE_OFFLOAD_H_
#define MGMD_CONTROL_PLANE_OFFLOAD_H_

// Offloads of a netdev of the kernel, as `ethtool -k` shows them.
//
// Any one thread at a time; each call is a system call or a few. Switching takes CAP_NET_ADMIN.

#include <cstdint>
#include <memory>
#include <string>

namespace mgmd::plane {

enum class Offload : uint8_t { kGenericReceive, kLargeReceive, kScatterGather };

// The netdev has been made as one end of a pair of virtual Ethernet.
bool IsVeth(const std::string& netdev);

// An offload that is off as long as the object lives, and then on again, if the netdev is still there.
class OffloadOff {
 public:
  // Switches it off, and logs it with the reason. nullptr: it was off before, the netdev does not have it, or the
  // kernel refuses, which is logged.
  static std::unique_ptr<OffloadOff> Make(const std::string& netdev, Offload offload, const std::string& why);
  ~OffloadOff();
  OffloadOff(const OffloadOff&) = delete;
  OffloadOff& operator=(const OffloadOff&) = delete;

 private:
  OffloadOff(std::string netdev, unsigned index, Offload offload);

  const std::string netdev_;
  const unsigned index_;  // which may have another name, or none, at the end
  const Offload offload_;
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_OFFLOAD_H_
