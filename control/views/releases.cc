#include "control/views/releases.h"

#include <utility>

#include "control/mgm/c_values.h"

namespace mgmd::views {
namespace {

DWORD GetTrace(DWORD number, PMGM_EXT_RELEASE_TRACE trace) { return MgmExtGetReleaseTrace(number, trace); }
DWORD GetTrace(DWORD number, PMGM6_EXT_RELEASE_TRACE trace) { return Mgm6ExtGetReleaseTrace(number, trace); }
DWORD NextHopOf(const MGM_EXT_RELEASE_TRACE& trace) { return trace.dwIfNextHopAddr; }
const in6_addr& NextHopOf(const MGM6_EXT_RELEASE_TRACE& trace) { return trace.IfNextHopAddr; }

// Nothing: none has the number, or one of the other family.
template <class Family>
std::optional<Release> ReadReleaseOf(uint32_t number) {
  typename mgm::CValues<Family>::Trace trace;
  if (GetTrace(number, &trace) != NO_ERROR) return std::nullopt;
  Release release{.client = {trace.dwProtocolId, trace.dwComponentId},
                  .interface = mgm::InterfaceFromC<Family>(trace.dwIfIndex, NextHopOf(trace)),
                  .take = trace.bTake != FALSE,
                  .settled = trace.bSettled != FALSE,
                  .reclaimed = trace.bReclaimed != FALSE};
  for (DWORD i = 0; i < trace.dwSteps; ++i) {
    release.steps.push_back({.name = trace.Steps[i].szName,
                             .duration = std::chrono::microseconds(trace.Steps[i].ullMicroseconds),
                             .count = trace.Steps[i].ullCount});
  }
  return release;
}

}  // namespace

std::optional<Release> ReadRelease(uint32_t number) {
  std::optional<Release> release = ReadReleaseOf<Ipv4>(number);
  return release ? release : ReadReleaseOf<Ipv6>(number);
}

std::vector<Release> ReadReleases() {
  std::vector<Release> releases;
  for (uint32_t number = 0; std::optional<Release> release = ReadRelease(number); ++number) {
    releases.push_back(*std::move(release));
  }
  return releases;
}

}  // namespace mgmd::views
