#include "control/plane/offload.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace mgmd::plane {
namespace {

struct Command {
  const char* name;
  uint32_t get;
  uint32_t set;
  uint32_t bits;  // of the value, that are the offload
};

Command CommandOf(Offload offload) {
  switch (offload) {
    case Offload::kGenericReceive:
      return {"generic receive offload", ETHTOOL_GGRO, ETHTOOL_SGRO, 1};
    case Offload::kLargeReceive:
      return {"large receive offload", ETHTOOL_GFLAGS, ETHTOOL_SFLAGS, ETH_FLAG_LRO};
    case Offload::kScatterGather:
      return {"scatter-gather", ETHTOOL_GSG, ETHTOOL_SSG, 1};
  }
  return {};
}

// `request` begins with the command. False with errno: the netdev does not know it, or refuses.
bool Ethtool(const std::string& netdev, void* request) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  ifreq interface {};
  std::strncpy(interface.ifr_name, netdev.c_str(), IFNAMSIZ - 1);
  interface.ifr_data = static_cast<char*>(request);
  const bool done = ioctl(fd, SIOCETHTOOL, &interface) == 0;
  const int error = errno;
  close(fd);
  errno = error;
  return done;
}

std::optional<uint32_t> Get(const std::string& netdev, const Command& command) {
  ethtool_value value{.cmd = command.get, .data = 0};
  if (!Ethtool(netdev, &value)) return std::nullopt;
  return value.data;
}

bool Set(const std::string& netdev, const Command& command, uint32_t data) {
  ethtool_value value{.cmd = command.set, .data = data};
  return Ethtool(netdev, &value);
}

}  // namespace

bool IsVeth(const std::string& netdev) {
  ethtool_drvinfo info{};
  info.cmd = ETHTOOL_GDRVINFO;
  return Ethtool(netdev, &info) && std::string_view(info.driver) == "veth";
}

OffloadOff::OffloadOff(std::string netdev, unsigned index, Offload offload)
    : netdev_(std::move(netdev)), index_(index), offload_(offload) {}

std::unique_ptr<OffloadOff> OffloadOff::Make(const std::string& netdev, Offload offload, const std::string& why) {
  const Command command = CommandOf(offload);
  const std::optional<uint32_t> before = Get(netdev, command);
  if (!before || (*before & command.bits) == 0) return nullptr;
  if (!Set(netdev, command, *before & ~command.bits)) {
    spdlog::warn("{}: {} stays on: {}", netdev, command.name, std::strerror(errno));
    return nullptr;
  }
  spdlog::info("{}: {} is off until mgmd stops, since {}", netdev, command.name, why);
  return std::unique_ptr<OffloadOff>(new OffloadOff(netdev, if_nametoindex(netdev.c_str()), offload));
}

OffloadOff::~OffloadOff() {
  const Command command = CommandOf(offload_);
  if (if_nametoindex(netdev_.c_str()) != index_) return;
  if (const std::optional<uint32_t> now = Get(netdev_, command)) Set(netdev_, command, *now | command.bits);
}

}  // namespace mgmd::plane
