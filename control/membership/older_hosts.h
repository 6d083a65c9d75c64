#ifndef MGMD_CONTROL_MEMBERSHIP_OLDER_HOSTS_H_
#define MGMD_CONTROL_MEMBERSHIP_OLDER_HOSTS_H_

// Until when hosts of each older version are taken to be members of a group (RFC 9776 section 7.3.2, RFC 9777 section
// 8.3.2). A plain value.

#include <algorithm>
#include <array>

#include "control/membership/protocol.h"

namespace mgmd::membership {

template <class Family>
class OlderHosts {
 public:
  // Such a host has reported.
  void Hear(Version version, Time until) {
    Time& timer = until_[Place(version)];
    timer = std::max(timer, until);
  }
  // The oldest version that is there: kV3 where all hosts speak that.
  Version Oldest(Time now) const {
    for (Version version : {Version::kV1, Version::kV2}) {
      if (now < until(version)) return version;
    }
    return Version::kV3;
  }
  Time until(Version version) const { return version < kFirst ? Time() : until_[Place(version)]; }

 private:
  static constexpr Version kFirst = Protocol<Family>::kOldest;
  static constexpr size_t Place(Version version) { return static_cast<size_t>(version) - static_cast<size_t>(kFirst); }

  std::array<Time, Place(Version::kV3)> until_{};
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_OLDER_HOSTS_H_
