#include "control/plane/deaf_netdev.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

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
  for (const Offload offload : {Offload::kGenericReceive, Offload::kLargeReceive}) {
    deaf->offloads_.push_back(OffloadOff::Make(netdev, offload, "what it puts together is forwarded packet by packet"));
  }
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

DeafNetdev::~DeafNetdev() {
  for (const Change& change : changes_) {
    if (change.setting.Read() == change.ours) change.setting.Write(change.before);
  }
}

}  // namespace mgmd::plane
