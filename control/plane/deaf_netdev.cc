#include "control/plane/deaf_netdev.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <optional>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace mgmd::plane {
namespace {

// The netdev's first address, link-local ones of IPv6 left out: the kernel has made these.
std::optional<std::string> AddressOf(const std::string& netdev) {
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return std::nullopt;
  const absl::Cleanup free = [all] { freeifaddrs(all); };
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || netdev != one->ifa_name) continue;
    char text[INET6_ADDRSTRLEN] = {};
    if (one->ifa_addr->sa_family == AF_INET) {
      const auto* const address = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
      return inet_ntop(AF_INET, &address->sin_addr, text, sizeof(text));
    }
    if (one->ifa_addr->sa_family != AF_INET6) continue;
    const auto* const address = reinterpret_cast<const sockaddr_in6*>(one->ifa_addr);
    if (IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr)) continue;
    return inet_ntop(AF_INET6, &address->sin6_addr, text, sizeof(text));
  }
  return std::nullopt;
}

// A value of ethtool's; nothing where the netdev does not have it.
std::optional<uint32_t> Ethtool(const std::string& netdev, uint32_t command, uint32_t value = 0) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return std::nullopt;
  const absl::Cleanup close_again = [fd] { close(fd); };
  ethtool_value request{.cmd = command, .data = value};
  ifreq interface {};
  std::strncpy(interface.ifr_name, netdev.c_str(), IFNAMSIZ - 1);
  interface.ifr_data = reinterpret_cast<char*>(&request);
  if (ioctl(fd, SIOCETHTOOL, &interface) != 0) return std::nullopt;
  return request.data;
}

}  // namespace

absl::StatusOr<std::unique_ptr<DeafNetdev>> DeafNetdev::Make(const std::string& netdev) {
  if (const auto address = AddressOf(netdev)) {
    return absl::FailedPreconditionError(
        absl::StrCat(netdev, " has the address ", *address,
                     ": beside a twin (tap = true) the host's addresses are the twin's, or every question is answered "
                     "twice; take it off, or leave the twin out"));
  }
  std::unique_ptr<DeafNetdev> deaf(new DeafNetdev(netdev));
  deaf->Set("ipv6", "disable_ipv6", "1");
  deaf->Set("ipv4", "rp_filter", "1");
  deaf->SetOffload("generic receive offload", ETHTOOL_GGRO, ETHTOOL_SGRO, 1, &deaf->had_gro_);
  deaf->SetOffload("large receive offload", ETHTOOL_GFLAGS, ETHTOOL_SFLAGS, ETH_FLAG_LRO, &deaf->had_lro_);
  return deaf;
}

void DeafNetdev::Set(const std::string& family, const std::string& setting, const std::string& value) {
  const NetSetting there(family, netdev_, setting);
  const std::string before = there.Read();
  if (before.empty() || before == value) return;
  if (!there.Write(value)) {
    spdlog::warn("{}: {} stays {}: the host may answer beside the twin", netdev_, setting, before);
    return;
  }
  spdlog::info("{}: {} set from {} to {} until mgmd stops, since the twin answers for it", netdev_, setting, before,
               value);
  changes_.push_back({.setting = there, .ours = value, .before = before});
}

void DeafNetdev::SetOffload(const char* name, uint32_t get, uint32_t set, uint32_t bits, bool* was_on) {
  const std::optional<uint32_t> before = Ethtool(netdev_, get);
  if (!before || (*before & bits) == 0) return;
  if (!Ethtool(netdev_, set, *before & ~bits)) {
    spdlog::warn("{}: {} stays on", netdev_, name);
    return;
  }
  *was_on = true;
  spdlog::info("{}: {} is off until mgmd stops", netdev_, name);
}

DeafNetdev::~DeafNetdev() {
  for (const Change& change : changes_) {
    if (change.setting.Read() == change.ours) change.setting.Write(change.before);
  }
  if (had_gro_) Ethtool(netdev_, ETHTOOL_SGRO, 1);
  const std::optional<uint32_t> flags = Ethtool(netdev_, ETHTOOL_GFLAGS);
  if (had_lro_ && flags) Ethtool(netdev_, ETHTOOL_SFLAGS, *flags | ETH_FLAG_LRO);
}

}  // namespace mgmd::plane
