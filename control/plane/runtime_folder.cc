#include "control/plane/runtime_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace mgmd::plane {
namespace {

constexpr const char* kRemedy = ": set XDG_RUNTIME_DIR (as root RUNTIME_DIRECTORY) to a folder of your own";

}  // namespace

std::string RuntimeBase() {
  if (const char* const given = std::getenv("RUNTIME_DIRECTORY")) return given;
  if (getuid() == 0) return "/var/run";
  const char* const user = std::getenv("XDG_RUNTIME_DIR");
  return user == nullptr ? "/tmp" : user;
}

absl::Status SecureRuntimeFolder(const std::string& base) {
  const std::string folder = base + "/dpdk";
  mkdir(folder.c_str(), 0700);
  // Whoever may rename in the folder above can put another in its place.
  struct stat above {};
  if (stat(base.c_str(), &above) == 0) {
    const bool owned = above.st_uid == 0 || above.st_uid == geteuid();
    const bool shared = (above.st_mode & 0022) != 0 && (above.st_mode & S_ISVTX) == 0;
    if (!owned || shared) {
      return absl::PermissionDeniedError(
          absl::StrCat("DPDK's runtime folder ", folder, " can be replaced by others, who may write ", base, kRemedy));
    }
  }
  struct stat found {};
  if (lstat(folder.c_str(), &found) != 0) return absl::OkStatus();
  if (found.st_uid != geteuid()) {
    return absl::PermissionDeniedError(
        absl::StrCat("DPDK's runtime folder ", folder, " is another user's (uid ", found.st_uid, ")", kRemedy));
  }
  if (!S_ISDIR(found.st_mode)) {
    return absl::PermissionDeniedError(
        absl::StrCat("DPDK's runtime folder ", folder, " is no folder of its own", kRemedy));
  }
  if ((found.st_mode & 0022) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("DPDK's runtime folder ", folder, " can be written by others: take that away (chmod 700)"));
  }
  return absl::OkStatus();
}

}  // namespace mgmd::plane
