#include "control/views/releases.h"

#include <utility>

#include "control/mgm/mgm_ext.h"

namespace mgmd::views {

std::optional<Release> ReadRelease(uint32_t number) {
  MGM_EXT_RELEASE_TRACE trace;
  if (MgmExtGetReleaseTrace(number, &trace) != NO_ERROR) return std::nullopt;
  Release release{.client = {trace.dwProtocolId, trace.dwComponentId},
                  .interface = {trace.dwIfIndex, Ipv4Address::FromNetwork(trace.dwIfNextHopAddr)},
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

std::vector<Release> ReadReleases() {
  std::vector<Release> releases;
  while (std::optional<Release> release = ReadRelease(static_cast<uint32_t>(releases.size()))) {
    releases.push_back(*std::move(release));
  }
  return releases;
}

}  // namespace mgmd::views
