#ifndef MGMD_CONTROL_VIEWS_RELEASES_H_
#define MGMD_CONTROL_VIEWS_RELEASES_H_

// Releases of interfaces, each with its trace: what was done, and how long it took. Control thread, while the Group
// Manager runs.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/any_family.h"
#include "control/mgm/client.h"

namespace mgmd::views {

struct Step {
  std::string name;
  std::chrono::microseconds duration{};
  uint64_t count = 0;  // memberships, alerts, MFEs ... of the step
};

struct Release {
  mgm::ClientId client{};
  AnyInterfaceId interface {};  // in the family in which it was released
  bool take = false;            // a take of an interface that IGMP is on, which goes the same way
  bool settled = false;         // every worker was quiescent in time
  bool reclaimed = false;       // all memory of it is free again; "reclaimed" is the last step then
  std::vector<Step> steps{};
};

// What it took to shut a protocol down.
struct Shutdown {
  std::vector<Release> releases;  // in their order
  std::chrono::microseconds deregistration{};
};

// The manager keeps the last 16 of both families, by number: 0 is the one that ended last, 1 the one before it.
// Nothing: none has the number.
std::optional<Release> ReadRelease(uint32_t number);

// All that it keeps, in the order of their numbers.
std::vector<Release> ReadReleases();

}  // namespace mgmd::views

#endif  // MGMD_CONTROL_VIEWS_RELEASES_H_
