#ifndef MGMD_TESTS_UNIT_DATAPLANE_DRAIN_SUPPORT_H_
#define MGMD_TESTS_UNIT_DATAPLANE_DRAIN_SUPPORT_H_

// What the tests of held packets share: packets by their numbers, in the order in which they left, and a rig that is
// turned until nothing waits.

#include <vector>

#include "tests/support/family_streams.h"
#include "tests/support/worker_rig.h"

namespace mgmd::testing {

template <class Family>
std::vector<int> Ids(const std::vector<Bytes>& frames) {
  std::vector<int> ids;
  for (const Bytes& frame : frames) ids.push_back(IdOf<Family>(frame));
  return ids;
}

inline std::vector<int> Range(int first, int end) {
  std::vector<int> ids;
  for (int id = first; id < end; ++id) ids.push_back(id);
  return ids;
}

// Turns until nothing is held any more. Each turn lets a little time pass, so that even a stream
// that has stopped goes on being drained.
inline void TurnUntilDrained(WorkerRig& rig) {
  do {
    rig.AdvanceMs(1);
    rig.Turn();
  } while (dataplane::Get(rig.stats().held) > 0);
}

}  // namespace mgmd::testing

#endif  // MGMD_TESTS_UNIT_DATAPLANE_DRAIN_SUPPORT_H_
