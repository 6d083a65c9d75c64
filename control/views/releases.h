#ifndef MGMD_CONTROL_VIEWS_RELEASES_H_
#define MGMD_CONTROL_VIEWS_RELEASES_H_

// Releases of interfaces, each with its trace: what was done, and how long it took. Control thread, while the Group
// Manager runs.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/interface.h"
#include "control/mgm/client.h"

namespace mgmd::views {

struct Step {
  std::string name;
  std::chrono::microseconds duration{};
  uint64_t count = 0;  // memberships, alerts, MFEs ... of the step
};

struct Release {
  mgm::ClientId client{};
  InterfaceId interface {};
  bool take = false;       // a take of an interface that IGMP is on, which goes the same way
  bool settled = false;    // every worker was quiescent in time
  bool reclaimed = false;  // all memory of it is free again; "reclaimed" is the last step then
  std::vector<Step> steps{};
};

// What it took to shut a protocol down.
struct Shutdown {
  std::vector<Release> releases;  // in their order
  std::chrono::microseconds deregistration{};
};

// Those that the manager keeps, which are the last 16; the last one first.
std::vector<Release> ReadReleases();

}  // namespace mgmd::views

#endif  // MGMD_CONTROL_VIEWS_RELEASES_H_
