#ifndef MGMD_CONTROL_MGM_IGMP_TAKEOVER_H_
#define MGMD_CONTROL_MGM_IGMP_TAKEOVER_H_

// What becomes of IGMP's memberships, in IPv6 MLD's, on an interface whose owner changes. They end, and IGMP adds them
// again after ENABLE_IGMP; with a grace time nobody hears of that, and with a hitless takeover no packet notices.

#include <chrono>

namespace mgmd::mgm {

template <class Family>
struct IgmpTakeoverOf {
  std::chrono::microseconds grace{};  // what IGMP adds again within it causes no alerts (A9); 0: off
  bool hitless = false;               // and until then its oifs go on (A28); an error with a grace time of 0

  bool is_valid() const { return !hitless || grace.count() > 0; }
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_IGMP_TAKEOVER_H_
