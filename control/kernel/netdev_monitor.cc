#include "control/kernel/netdev_monitor.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>

#include "control/kernel/netlink_messages.h"

namespace mgmd {
namespace {

// Reads in one Poll(): what does not end goes on in the next.
constexpr int kMostReads = 64;

// What RTM_NEWADDR and RTM_DELADDR say of an address of the family.
template <class Family>
void ChangeAddresses(const nlmsghdr& message, const ifaddrmsg& header, HostAddresses<Family>& addresses) {
  typename Family::Address of_link{}, local{};  // on links with a peer the first is the peer's
  uint32_t flags = header.ifa_flags;
  ForEachAttribute(message, sizeof(ifaddrmsg), [&](const nlattr& attribute) {
    switch (mnl_attr_get_type(&attribute)) {
      case IFA_ADDRESS:
        return Take(attribute, of_link);
      case IFA_LOCAL:
        return Take(attribute, local);
      case IFA_FLAGS:
        return Take(attribute, flags);
      default:
        return;
    }
  });
  if (local == typename Family::Address{}) local = of_link;
  const auto found = std::find_if(addresses.begin(), addresses.end(), [&](const auto& own) {
    return own.address == local && own.length == header.ifa_prefixlen;
  });
  if (message.nlmsg_type == RTM_DELADDR) {
    if (found != addresses.end()) addresses.erase(found);
    return;
  }
  const HostAddress<Family> own{.address = local,
                                .length = header.ifa_prefixlen,
                                .tentative = (flags & IFA_F_TENTATIVE) != 0,
                                .duplicate = (flags & IFA_F_DADFAILED) != 0};
  if (found != addresses.end()) {
    *found = own;
  } else {
    addresses.push_back(own);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<NetdevMonitor>> NetdevMonitor::Open(int receive_buffer) {
  constexpr std::array<int, 3> kGroups = {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR};
  auto socket = NetlinkSocket::Open(kGroups, receive_buffer);
  if (!socket.ok()) return socket.status();
  return std::unique_ptr<NetdevMonitor>(new NetdevMonitor(*std::move(socket)));
}

void NetdevMonitor::Follow(unsigned index) {
  followed_[index] = {};
  ask_ = true;
}

void NetdevMonitor::Ask(uint16_t what) {
  NetlinkRequest request(what);
  if (what == RTM_GETLINK) {
    request.Put<ifinfomsg>();
    for (auto& [index, followed] : followed_) followed.asked = {};
    torn_ = false;
  } else {
    request.Put<ifaddrmsg>();
  }
  dump_ = socket_->AskForAll(request);
  // Not taken: everything again at the next Poll().
  asking_ = dump_ == 0 ? 0 : what;
  ask_ = dump_ == 0;
}

bool NetdevMonitor::Poll() {
  bool worked = false;
  for (int reads = 0; reads < kMostReads; ++reads) {
    if (ask_ && asking_ == 0) Ask(RTM_GETLINK);
    const auto got = socket_->Receive([this](const nlmsghdr& message) { Handle(message); });
    if (got == NetlinkSocket::Got::kNothing) break;
    if (got == NetlinkSocket::Got::kLost) {
      // It may be the end of a dump, too.
      ask_ = true;
      asking_ = 0;
    }
    worked = true;
  }
  return worked;
}

void NetdevMonitor::Handle(const nlmsghdr& message) {
  const bool of_dump = IsOfDump(message);
  if (of_dump && (message.nlmsg_flags & NLM_F_DUMP_INTR) != 0) torn_ = true;
  if (const std::optional<int> error = EndOf(message)) {
    if (of_dump) HandleEnd(*error);
    return;
  }
  switch (message.nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      return HandleLink(message);
    case RTM_NEWADDR:
    case RTM_DELADDR:
      return HandleAddress(message);
    default:
      return;
  }
}

void NetdevMonitor::HandleEnd(int error) {
  const bool links = asking_ == RTM_GETLINK;
  asking_ = 0;
  if (torn_ || error != 0) ask_ = true;
  if (ask_) return;
  if (links) return Ask(RTM_GETADDR);
  for (auto& [index, followed] : followed_) followed.now = followed.asked;
}

template <class Change>
void NetdevMonitor::Apply(unsigned index, const nlmsghdr& message, Change&& change) {
  const auto found = followed_.find(index);
  if (found == followed_.end()) return;
  const bool of_dump = IsOfDump(message);
  if (of_dump) change(found->second.asked);
  if (of_dump || asking_ == 0) {
    change(found->second.now);
  } else {
    // It may be older than the answer: how a netdev was before it was followed.
    torn_ = true;
  }
}

void NetdevMonitor::HandleLink(const nlmsghdr& message) {
  const auto* const header = HeaderOf<ifinfomsg>(message);
  // A bridge tells of its ports' state as a bridge sees it.
  if (header == nullptr || header->ifi_family != AF_UNSPEC) return;
  Apply(static_cast<unsigned>(header->ifi_index), message, [&](NetdevState& netdev) {
    if (message.nlmsg_type == RTM_DELLINK) {
      netdev = {};
      return;
    }
    netdev.present = true;
    netdev.up = (header->ifi_flags & IFF_UP) != 0;
    netdev.running = netdev.up && (header->ifi_flags & IFF_RUNNING) != 0;
    ForEachAttribute(message, sizeof(ifinfomsg), [&](const nlattr& attribute) {
      if (mnl_attr_get_type(&attribute) == IFLA_MTU) Take(attribute, netdev.mtu);
      if (mnl_attr_get_type(&attribute) == IFLA_ADDRESS) Take(attribute, netdev.mac);
    });
  });
}

void NetdevMonitor::HandleAddress(const nlmsghdr& message) {
  const auto* const header = HeaderOf<ifaddrmsg>(message);
  if (header == nullptr) return;
  Apply(header->ifa_index, message, [&](NetdevState& netdev) {
    if (header->ifa_family == AF_INET) ChangeAddresses<Ipv4>(message, *header, netdev.addresses.of<Ipv4>());
    if (header->ifa_family == AF_INET6) ChangeAddresses<Ipv6>(message, *header, netdev.addresses.of<Ipv6>());
  });
}

}  // namespace mgmd
