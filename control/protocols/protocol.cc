#include "control/protocols/protocol.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mgmd::protocols {

absl::StatusOr<std::vector<views::Release>> Protocol::ReleaseIn(std::string_view family, uint32_t index) {
  std::vector<views::Release> releases;
  absl::Status failed;
  ForEachFamily([&]<class Family>() {
    if (!failed.ok() || (!family.empty() && family != Family::kWord)) return;
    absl::StatusOr<views::Release> release = Release(InterfaceIdOf<Family>{index, {}});
    if (release.ok()) {
      releases.push_back(*std::move(release));
    } else if (!absl::IsNotFound(release.status())) {
      failed = release.status();
    }
  });
  if (!failed.ok() && !releases.empty()) {
    const std::string family(FamilyWord(releases.front().interface));
    return absl::Status(failed.code(),
                        absl::StrCat(failed.message(), "; in ", family, " the interface has been released"));
  }
  if (!failed.ok()) return failed;
  if (releases.empty()) return absl::NotFoundError(absl::StrCat("protocol ", name(), " does not own the interface"));
  return releases;
}

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
