#include "control/local/twin/link_setup.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "control/kernel/net_setting.h"
#include "control/kernel/netlink_request.h"

namespace mgmd::local {
namespace {

absl::Status StatusOf(int error, std::string_view what) {
  if (error == 0) return absl::OkStatus();
  const std::string message = absl::StrCat(std::string(what), ": ", std::strerror(error));
  return error == EPERM ? absl::PermissionDeniedError(absl::StrCat(message, " (it takes CAP_NET_ADMIN)"))
                        : absl::UnavailableError(message);
}

// A change of the link, with what `put` puts into it.
template <class Put>
absl::Status ChangeLink(unsigned index, std::string_view what, Put&& put) {
  NetlinkRequest request(RTM_NEWLINK, NLM_F_ACK);
  auto& link = request.Put<ifinfomsg>();
  link.ifi_index = static_cast<int>(index);
  put(request.header(), link);
  return StatusOf(request.Send(), what);
}

absl::Status SetFlags(unsigned index, unsigned flags) {
  return ChangeLink(index, "up", [&](nlmsghdr*, ifinfomsg& link) { link.ifi_flags = link.ifi_change = flags; });
}

// Whether the kernel makes a link-local address of its own, which would not be the configuration's.
absl::Status SetAddressMode(unsigned index, uint8_t mode) {
  return ChangeLink(index, "addr_gen_mode", [&](nlmsghdr* header, ifinfomsg&) {
    nlattr* const families = mnl_attr_nest_start(header, IFLA_AF_SPEC);
    nlattr* const ipv6 = mnl_attr_nest_start(header, AF_INET6);
    mnl_attr_put_u8(header, IFLA_INET6_ADDR_GEN_MODE, mode);
    mnl_attr_nest_end(header, ipv6);
    mnl_attr_nest_end(header, families);
  });
}

template <class Address>
absl::Status AddAddress(unsigned index, const Address& address, int length) {
  constexpr bool kIsIpv6 = std::is_same_v<typename Address::Family, Ipv6>;
  NetlinkRequest request(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
  auto& body = request.Put<ifaddrmsg>();
  body.ifa_family = kIsIpv6 ? AF_INET6 : AF_INET;
  body.ifa_prefixlen = static_cast<uint8_t>(length);
  body.ifa_index = index;
  const auto put = [&](uint16_t type, const auto& octets) {
    mnl_attr_put(request.header(), type, sizeof(octets), &octets);
  };
  if constexpr (kIsIpv6) {
    put(IFA_ADDRESS, address.bytes());
  } else {
    const uint32_t network = address.ToNetwork();
    put(IFA_LOCAL, network);
    put(IFA_ADDRESS, network);
    // RFC 919: links of two addresses and less have no broadcast address.
    if (length < 31) {
      const uint32_t last = network | htonl(static_cast<uint32_t>(uint64_t{0xFFFFFFFF} >> length));
      put(IFA_BROADCAST, last);
    }
  }
  const int error = request.Send();
  return StatusOf(error == EEXIST ? 0 : error, address.ToString());
}

void Set(const std::string& name, std::string_view family, std::string_view setting, std::string_view value) {
  const NetSetting there(family, name, setting);
  // What is set for new netdevs (sysctl.d) may come later than the netdev, so it is looked at.
  if (there.Write(value) && there.Read() == value) return;
  if (const std::string now = there.Read(); !now.empty())
    spdlog::warn("twin {}: {} of {} stays {}", name, setting, family, now);
}

// A host of several links may be asked by senders that it has no route to, or another one.
void SetReversePath(const std::string& name) {
  Set(name, "ipv4", "rp_filter", "0");
  const std::string all = NetSetting("ipv4", "all", "rp_filter").Read();
  if (all.empty() || all == "0") return;
  spdlog::warn(
      "twin {}: net.ipv4.conf.all.rp_filter is {}: the host drops packets on it whose sender it would answer by "
      "another link",
      name, all);
}

void SetIpv6(const std::string& name, bool router_addresses) {
  Set(name, "ipv6", "disable_ipv6", "0");
  Set(name, "ipv6", "accept_ra", router_addresses ? "2" : "0");
  Set(name, "ipv6", "autoconf", router_addresses ? "1" : "0");
}

}  // namespace

Ipv6Address LinkLocalOf(const Mac& mac) {
  return Ipv6Address(std::array<uint8_t, 16>{0xFE, 0x80, 0, 0, 0, 0, 0, 0, static_cast<uint8_t>(mac[0] ^ 2), mac[1],
                                             mac[2], 0xFF, 0xFE, mac[3], mac[4], mac[5]});
}

absl::Status SetLinkMtu(unsigned index, uint32_t mtu) {
  return ChangeLink(index, "MTU", [&](nlmsghdr* header, ifinfomsg&) { mnl_attr_put_u32(header, IFLA_MTU, mtu); });
}

absl::Status SetLinkMac(unsigned index, const Mac& mac) {
  return ChangeLink(index, "MAC address",
                    [&](nlmsghdr* header, ifinfomsg&) { mnl_attr_put(header, IFLA_ADDRESS, mac.size(), mac.data()); });
}

absl::Status SetUpLink(unsigned index, const TwinLink& link) {
  if (absl::Status status = SetLinkMac(index, link.mac); !status.ok()) return status;
  if (absl::Status status = SetLinkMtu(index, link.mtu); !status.ok()) return status;
  SetReversePath(link.name);
  if (link.ipv6) {
    constexpr uint8_t kEui64 = 0, kNone = 1;  // IN6_ADDR_GEN_MODE_*
    const absl::Status mode = SetAddressMode(index, link.router_addresses ? kEui64 : kNone);
    if (!mode.ok()) spdlog::warn("twin {}: {}", link.name, std::string(mode.message()));
    SetIpv6(link.name, link.router_addresses);
  } else {
    Set(link.name, "ipv6", "disable_ipv6", "1");
  }
  absl::Status status = SetFlags(index, IFF_UP | IFF_ALLMULTI);
  if (!status.ok()) return status;
  ForEachFamily([&]<class Family>() {
    for (const auto& own : link.addresses.of<Family>()) {
      if (const absl::Status added = AddAddress(index, own.address, own.length); status.ok()) status = added;
    }
  });
  return status;
}

}  // namespace mgmd::local
