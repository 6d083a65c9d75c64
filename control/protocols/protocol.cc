#include "control/protocols/protocol.h"

#include <chrono>
#include <utility>

namespace mgmd::protocols {

absl::StatusOr<views::Shutdown> Protocol::ShutDown(const std::vector<mgm::ClientId>& others) {
  views::Shutdown shutdown;
  for (const AnyInterfaceId& interface : interfaces()) {
    absl::StatusOr<views::Release> release = Release(interface);
    if (absl::IsNotFound(release.status())) continue;  // a callback of an earlier release has released it
    if (!release.ok()) return release.status();
    shutdown.releases.push_back(*std::move(release));
  }
  const auto begin = std::chrono::steady_clock::now();
  if (absl::Status status = Stop(others); !status.ok()) return status;
  shutdown.deregistration =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
  return shutdown;
}

}  // namespace mgmd::protocols
