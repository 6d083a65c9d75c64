#ifndef MGMD_TESTS_UNIT_DATAPLANE_LOCAL_SUPPORT_H_
#define MGMD_TESTS_UNIT_DATAPLANE_LOCAL_SUPPORT_H_

// What the tests of local traffic share: the interfaces that it arrives on.

#include "tests/support/worker_rig.h"

namespace mgmd::testing {

inline constexpr int kIn = 0;
inline constexpr int kInTagged = 1;  // on the same port
inline constexpr int kOut = 2;
inline constexpr int kDisabled = 3;

inline const Bytes kAll(6, 255);  // stations

// Control wants everything that is for the router on all of them but kOut.
inline void AddLocalInterfaces(WorkerRig& rig) {
  rig.AddInterface(kIn, 0);
  rig.AddInterface(kInTagged, 0, 100);
  rig.AddInterface(kOut, 1);
  rig.AddInterface(kDisabled, 2);
  rig.interfaces().SetEnabled(SlotOf<Ipv4>(kDisabled), false);
  rig.interfaces().SetEnabled(SlotOf<Ipv6>(kDisabled), false);
  for (const int interface : {kIn, kInTagged, kDisabled}) rig.Want(interface, kAllLocalClasses);
}

}  // namespace mgmd::testing

#endif  // MGMD_TESTS_UNIT_DATAPLANE_LOCAL_SUPPORT_H_
