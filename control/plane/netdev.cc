#include "control/plane/netdev.h"

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <rte_ethdev.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "control/kernel/netlink_messages.h"
#include "control/kernel/netlink_request.h"

namespace mgmd::plane {
namespace {

ifreq RequestFor(const std::string& netdev) {
  ifreq request{};
  std::strncpy(request.ifr_name, netdev.c_str(), IFNAMSIZ - 1);
  return request;
}

absl::Status Ioctl(unsigned long what, ifreq& request) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return absl::UnavailableError(std::strerror(errno));
  const int result = ioctl(fd, what, &request);
  const int error = errno;
  close(fd);
  return result == 0 ? absl::OkStatus() : absl::UnavailableError(std::strerror(error));
}

void SetPromiscuous(const std::string& netdev, bool promiscuous) {
  ifreq request = RequestFor(netdev);
  if (!Ioctl(SIOCGIFFLAGS, request).ok()) return;
  request.ifr_flags =
      static_cast<short>(promiscuous ? request.ifr_flags | IFF_PROMISC : request.ifr_flags & ~IFF_PROMISC);
  if (const absl::Status status = Ioctl(SIOCSIFFLAGS, request); !status.ok()) {
    spdlog::warn("{} stays promiscuous: {}", netdev, std::string(status.message()));
  }
}

int TakeTxDropped(const nlmsghdr* link, void* dropped) {
  ForEachAttribute(*link, sizeof(ifinfomsg), [&](const nlattr& attribute) {
    rtnl_link_stats64 stats;
    if (mnl_attr_get_type(&attribute) != IFLA_STATS64 || mnl_attr_get_payload_len(&attribute) < sizeof(stats)) return;
    std::memcpy(&stats, mnl_attr_get_payload(&attribute), sizeof(stats));
    *static_cast<std::optional<uint64_t>*>(dropped) = stats.tx_dropped;
  });
  return MNL_CB_OK;
}

}  // namespace

WireDriver DriverOf(std::string_view device) {
  for (const std::string_view prefix : {"net_", "eth_"}) {
    if (!device.starts_with(prefix)) continue;
    const std::string_view driver = device.substr(prefix.size());
    if (driver.starts_with("af_packet")) return WireDriver::kAfPacket;
    if (driver.starts_with("af_xdp")) return WireDriver::kAfXdp;
    if (driver.starts_with("tap")) return WireDriver::kTap;
  }
  return WireDriver::kOther;
}

std::string NetdevNameIn(std::string_view device) {
  constexpr std::string_view kKey = ",iface=";
  const size_t key = device.rfind(kKey);
  if (key == std::string_view::npos) return {};
  const std::string_view rest = device.substr(key + kKey.size());
  return std::string(rest.substr(0, rest.find(',')));
}

bool Exists(const Netdev& netdev) {
  char name[IF_NAMESIZE];
  return if_indextoname(netdev.index, name) != nullptr;
}

Netdev NetdevOf(uint16_t port) {
  rte_eth_dev_info info;
  if (rte_eth_dev_info_get(port, &info) != 0 || info.driver_name == nullptr || info.if_index == 0) return {};
  Netdev netdev{.driver = DriverOf(info.driver_name), .index = info.if_index, .name = {}};
  char name[IF_NAMESIZE] = {};
  if (netdev.driver == WireDriver::kOther || if_indextoname(info.if_index, name) == nullptr) return {};
  netdev.name = name;
  return netdev;
}

absl::StatusOr<NetdevSettings> ReadSettings(const std::string& netdev) {
  NetdevSettings settings;
  ifreq request = RequestFor(netdev);
  if (absl::Status status = Ioctl(SIOCGIFMTU, request); !status.ok()) return status;
  settings.mtu = static_cast<uint32_t>(request.ifr_mtu);
  if (absl::Status status = Ioctl(SIOCGIFFLAGS, request); !status.ok()) return status;
  settings.promiscuous = (request.ifr_flags & IFF_PROMISC) != 0;
  settings.up = (request.ifr_flags & IFF_UP) != 0;
  return settings;
}

absl::Status SetMtu(const std::string& netdev, uint32_t mtu) {
  ifreq request = RequestFor(netdev);
  request.ifr_mtu = static_cast<int>(mtu);
  return Ioctl(SIOCSIFMTU, request);
}

HostChanges::HostChanges(Netdev netdev) : netdev_(std::move(netdev)) {
  if (const auto settings = ReadSettings(netdev_.name); settings.ok()) before_ = *settings;
}

void HostChanges::Log() {
  const auto now = ReadSettings(netdev_.name);
  if (!before_ || !now.ok()) return;
  ours_ = *now;
  if (ours_->mtu != before_->mtu) {
    spdlog::info("{}: MTU set from {} to {} until mgmd stops", netdev_.name, before_->mtu, ours_->mtu);
  }
  if (ours_->promiscuous != before_->promiscuous) {
    spdlog::info("{}: set promiscuous until mgmd stops, since the driver has no other way to receive all multicast",
                 netdev_.name);
  }
}

void HostChanges::Undo() {
  if (!Exists(netdev_)) return;
  const auto now = ReadSettings(netdev_.name);
  if (!before_ || !ours_ || !now.ok()) return;
  if (ours_->mtu != before_->mtu && now->mtu == ours_->mtu) {
    const absl::Status status = SetMtu(netdev_.name, before_->mtu);
    if (status.ok()) {
      spdlog::info("{}: MTU is {} again", netdev_.name, before_->mtu);
    } else {
      spdlog::warn("{}: MTU stays {}: {}", netdev_.name, now->mtu, std::string(status.message()));
    }
  }
  if (ours_->promiscuous != before_->promiscuous && now->promiscuous == ours_->promiscuous) {
    SetPromiscuous(netdev_.name, before_->promiscuous);
  }
}

std::optional<uint64_t> TapOverflows(unsigned index) {
  NetlinkRequest request(RTM_GETLINK);
  request.Put<ifinfomsg>().ifi_index = static_cast<int>(index);
  std::optional<uint64_t> dropped;
  request.Send(TakeTxDropped, &dropped);
  return dropped;
}

bool KernelForwardsMulticastOn(const std::string& netdev) {
  for (const char* table : {"/proc/net/ip_mr_vif", "/proc/net/ip6_mr_vif"}) {
    std::ifstream file(table);
    std::string line;
    std::getline(file, line);  // the columns' names
    while (std::getline(file, line)) {
      std::istringstream words(line);
      std::string number, name;
      if (words >> number >> name && name == netdev) return true;
    }
  }
  return false;
}

}  // namespace mgmd::plane
