#ifndef MGMD_CONTROL_PLANE_PREFIX_LOCK_H_
#define MGMD_CONTROL_PLANE_PREFIX_LOCK_H_

// DPDK's runtime folder of this process, which its file prefix names: /var/run/dpdk/PREFIX for root. The telemetry
// socket is there.
//
// Two processes with one prefix would take each other's socket, and EAL itself keeps them apart only where it shares
// its configuration (neither --in-memory nor --no-shconf). So an mgmd locks a file "mgmd.lock" in the folder, which
// holds its pid, for as long as it lives. A folder that it has made it removes at its end; one that a killed mgmd has
// left behind goes when the next starts.
//
// Main thread, before EAL starts. An object outlives EAL, which unlinks its socket when the process exits.

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace mgmd::plane {

class PrefixLock {
 public:
  // Locks the folder that EAL will use with these arguments, and removes what killed ones have left beside it.
  // ALREADY_EXISTS names the pid of the mgmd that runs with the prefix. PERMISSION_DENIED: another user could
  // replace what stands there (runtime_folder.h); nothing is touched. Other errors: there can be no folder, and why;
  // EAL may do without.
  static absl::StatusOr<PrefixLock> Claim(const std::vector<std::string>& eal_args);

  PrefixLock(PrefixLock&& other) noexcept
      : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)), made_(other.made_) {}
  PrefixLock& operator=(PrefixLock&&) = delete;
  ~PrefixLock();

  const std::string& path() const { return path_; }

 private:
  PrefixLock(std::string path, int lock, bool made) : path_(std::move(path)), lock_(lock), made_(made) {}

  std::string path_;
  int lock_;
  bool made_;  // by an mgmd, which makes it ours to remove
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_PREFIX_LOCK_H_
