#include "control/privileges.h"

#include <linux/capability.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "control/every_thread.h"
#include "control/plane/netdev.h"

namespace mgmd {
namespace {

// A set of them: a bit for each number.
using Capabilities = uint64_t;

constexpr Capabilities kNone = 0;
constexpr Capabilities kNetAdmin = Capabilities{1} << CAP_NET_ADMIN;
constexpr Capabilities kNetRaw = Capabilities{1} << CAP_NET_RAW;
constexpr Capabilities kIpcLock = Capabilities{1} << CAP_IPC_LOCK;
constexpr Capabilities kSysAdmin = Capabilities{1} << CAP_SYS_ADMIN;
// What the driver of some device may need, though it is not known before.
constexpr Capabilities kOfDrivers = kNetAdmin | kNetRaw | kIpcLock;

// Of those that an interface may need.
constexpr std::array<std::pair<Capabilities, std::string_view>, 4> kNames = {
    {{kNetAdmin, "CAP_NET_ADMIN"}, {kNetRaw, "CAP_NET_RAW"}, {kIpcLock, "CAP_IPC_LOCK"}, {kSysAdmin, "CAP_SYS_ADMIN"}}};

std::string Names(Capabilities capabilities) {
  std::vector<std::string> names;
  for (const auto& [capability, name] : kNames) {
    if ((capabilities & capability) != 0) names.emplace_back(name);
  }
  return names.empty() ? "none" : absl::StrJoin(names, ", ");
}

struct Need {
  Capabilities to_open = kNone;
  Capabilities afterwards = kNone;  // to put back what was changed on the host, and to open it again
};

// Of an interface's port and twin.
Need NeedOf(const config::Interface& interface) {
  Need need;
  const plane::WireDriver driver = plane::DriverOf(interface.device);
  switch (driver) {
    case plane::WireDriver::kOther:
      break;
    case plane::WireDriver::kAfPacket:
      need = {.to_open = kNetAdmin | kNetRaw, .afterwards = kNetAdmin | kNetRaw};
      break;
    case plane::WireDriver::kAfXdp:
      // libxdp asks the kernel for its own program by number, which takes CAP_SYS_ADMIN, and that is CAP_BPF, too.
      need = {.to_open = kNetAdmin | kNetRaw | kSysAdmin, .afterwards = kNetAdmin};
      break;
    case plane::WireDriver::kTap:
      need = {.to_open = kNetAdmin, .afterwards = kNetAdmin};
      break;
  }
  if (interface.tap) {
    need.to_open |= kNetAdmin;
    need.afterwards |= kNetAdmin;
  }
  if (interface.late)
    need.afterwards |= driver == plane::WireDriver::kAfPacket ? need.to_open : need.to_open | kOfDrivers;
  return need;
}

// capget(2) and capset(2), whose sets are in two words each.
using Sets = std::array<__user_cap_data_struct, 2>;

// Of a thread, 0: of the calling one. False: there is no such thread.
bool Read(pid_t thread, Sets& sets) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = thread};
  return syscall(SYS_capget, &header, sets.data()) == 0;
}

Capabilities PermittedOf(const Sets& sets) { return Capabilities{sets[1].permitted} << 32 | sets[0].permitted; }

// Keeps those of the calling thread that are in `capabilities`. Async-signal-safe. False: errno says why.
bool KeepOnly(Capabilities capabilities) {
  Sets sets;
  if (!Read(0, sets)) return false;
  for (size_t word = 0; word < sets.size(); ++word) {
    sets[word].permitted &= static_cast<uint32_t>(capabilities >> 32 * word);
    sets[word].effective = sets[word].permitted;
    sets[word].inheritable = 0;  // and with it what is ambient
  }
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  return syscall(SYS_capset, &header, sets.data()) == 0;
}

std::atomic<Capabilities> kept_for_running = kNone;  // for the signal's handler

}  // namespace

absl::Status KeepPrivilegesForStart(const config::Config& config) {
  Sets sets;
  if (!Read(0, sets)) return absl::ErrnoToStatus(errno, "capget");
  Capabilities kept = kOfDrivers;
  for (const config::Interface& interface : config.interfaces) {
    const Capabilities to_open = NeedOf(interface).to_open;
    kept |= to_open;
    const Capabilities missing = to_open & ~PermittedOf(sets);
    if (missing != 0) {
      const char* const needs = !interface.tap           ? "its device needs "
                                : interface.has_device() ? "its device and its twin need "
                                                         : "its twin needs ";
      return absl::FailedPreconditionError(absl::StrCat("interface ", interface.name, ": ", needs, Names(to_open),
                                                        ", and mgmd has been started without ", Names(missing)));
    }
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return absl::ErrnoToStatus(errno, "no_new_privs");
  if (!KeepOnly(kept)) return absl::ErrnoToStatus(errno, "capset");
  return absl::OkStatus();
}

absl::Status KeepPrivilegesForRunning(const config::Config& config) {
  Capabilities kept = kNone;
  for (const config::Interface& interface : config.interfaces) kept |= NeedOf(interface).afterwards;
  kept_for_running = kept;
  const absl::Status status = CallOnThreads([] { KeepOnly(kept_for_running); },
                                            [kept](pid_t thread) {
                                              Sets sets;
                                              return !Read(thread, sets) || (PermittedOf(sets) & ~kept) == 0;
                                            });
  if (!status.ok()) return absl::Status(status.code(), absl::StrCat("capabilities: ", std::string(status.message())));
  Sets sets;
  spdlog::info("capabilities: {}", Read(0, sets) ? Names(PermittedOf(sets)) : "unknown");
  return absl::OkStatus();
}

}  // namespace mgmd
