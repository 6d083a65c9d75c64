#include "control/local/twin/address_monitor.h"

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace mgmd::local {
namespace {

// Reads in one Poll(): what does not end goes on in the next.
constexpr int kMostReads = 16;

absl::Status Failure(const char* what) {
  return absl::UnavailableError(absl::StrCat("rtnetlink: ", what, ": ", std::strerror(errno)));
}

struct AddressMessage {
  std::span<const uint8_t> address;  // on links with a peer: the peer's
  std::span<const uint8_t> local;
  uint32_t flags = 0;
};

int ReadAttribute(const nlattr* attribute, void* result) {
  auto& message = *static_cast<AddressMessage*>(result);
  const std::span<const uint8_t> octets(static_cast<const uint8_t*>(mnl_attr_get_payload(attribute)),
                                        mnl_attr_get_payload_len(attribute));
  switch (mnl_attr_get_type(attribute)) {
    case IFA_ADDRESS:
      message.address = octets;
      break;
    case IFA_LOCAL:
      message.local = octets;
      break;
    case IFA_FLAGS:
      if (octets.size() == sizeof(message.flags)) std::memcpy(&message.flags, octets.data(), octets.size());
      break;
    default:
      break;
  }
  return MNL_CB_OK;
}

std::optional<Ipv4Address> AddressOf(std::span<const uint8_t> octets, Ipv4) {
  uint32_t network;
  if (octets.size() != sizeof(network)) return std::nullopt;
  std::memcpy(&network, octets.data(), sizeof(network));
  return Ipv4Address::FromNetwork(network);
}
std::optional<Ipv6Address> AddressOf(std::span<const uint8_t> octets, Ipv6) {
  if (octets.size() != 16) return std::nullopt;
  return Ipv6Address::FromNetwork(octets.data());
}

template <class Family>
void Change(const ifaddrmsg& body, const AddressMessage& message, bool added, HostLink& link) {
  const auto address = AddressOf(message.local.empty() ? message.address : message.local, Family());
  if (!address) return;
  HostAddresses<Family>& addresses = link.addresses.of<Family>();
  const auto found = std::find_if(addresses.begin(), addresses.end(), [&](const auto& own) {
    return own.address == *address && own.length == body.ifa_prefixlen;
  });
  if (!added) {
    if (found != addresses.end()) addresses.erase(found);
    return;
  }
  const HostAddress<Family> own{.address = *address,
                                .length = body.ifa_prefixlen,
                                .tentative = (message.flags & IFA_F_TENTATIVE) != 0,
                                .duplicate = (message.flags & IFA_F_DADFAILED) != 0};
  if (found != addresses.end()) {
    *found = own;
  } else {
    addresses.push_back(own);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<AddressMonitor>> AddressMonitor::Open(int receive_buffer) {
  mnl_socket* const socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket == nullptr) return Failure("no socket");
  std::unique_ptr<AddressMonitor> monitor(new AddressMonitor(socket));
  if (receive_buffer != 0 &&
      setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer)) != 0) {
    return Failure("no receive buffer");
  }
  if (mnl_socket_bind(socket, RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR, MNL_SOCKET_AUTOPID) != 0) {
    return Failure("no subscription to addresses");
  }
  return monitor;
}

AddressMonitor::~AddressMonitor() { mnl_socket_close(socket_); }

void AddressMonitor::Follow(unsigned index) {
  followed_[index] = {};
  ask_ = true;
}

void AddressMonitor::Forget(unsigned index) { followed_.erase(index); }

void AddressMonitor::Ask(uint16_t what) {
  alignas(nlmsghdr) std::array<uint8_t, 64> buffer{};
  nlmsghdr* const request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = what;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request->nlmsg_seq = ++dump_;
  if (what == RTM_GETLINK) {
    mnl_nlmsg_put_extra_header(request, sizeof(ifinfomsg));  // AF_UNSPEC
    for (auto& [index, followed] : followed_) followed.asked = {};
    torn_ = false;
  } else {
    mnl_nlmsg_put_extra_header(request, sizeof(ifaddrmsg));
  }
  // Refused (a dump that was cut short is still on its way): everything again at the next Poll().
  const bool sent = mnl_socket_sendto(socket_, request, request->nlmsg_len) >= 0;
  asking_ = sent ? what : 0;
  ask_ = !sent;
}

bool AddressMonitor::Poll() {
  alignas(nlmsghdr) std::array<uint8_t, 32768> buffer;
  bool worked = false;
  for (int reads = 0; reads < kMostReads; ++reads) {
    if (ask_ && asking_ == 0) Ask(RTM_GETLINK);
    const ssize_t octets = recv(mnl_socket_get_fd(socket_), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (octets > 0) {
      Handle(std::span(buffer).first(static_cast<size_t>(octets)));
    } else if (octets < 0 && errno == ENOBUFS) {
      // What was lost may be the end of a dump, too.
      ask_ = true;
      asking_ = 0;
    } else if (octets == 0 || errno != EINTR) {
      break;
    }
    worked = true;
  }
  return worked;
}

void AddressMonitor::Handle(std::span<const uint8_t> messages) {
  int left = static_cast<int>(messages.size());
  const auto* message = reinterpret_cast<const nlmsghdr*>(messages.data());
  for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
    const bool of_dump = asking_ != 0 && message->nlmsg_seq == dump_;
    if (of_dump && (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) torn_ = true;
    switch (message->nlmsg_type) {
      case NLMSG_DONE:
      case NLMSG_ERROR:
        if (of_dump) HandleEnd(message);
        break;
      case RTM_NEWLINK:
      case RTM_DELLINK:
        if (mnl_nlmsg_get_payload_len(message) >= sizeof(ifinfomsg)) HandleLink(message, of_dump);
        break;
      case RTM_NEWADDR:
      case RTM_DELADDR:
        if (mnl_nlmsg_get_payload_len(message) >= sizeof(ifaddrmsg)) HandleAddress(message, of_dump);
        break;
      default:
        break;
    }
  }
}

void AddressMonitor::HandleEnd(const nlmsghdr* message) {
  const bool links = asking_ == RTM_GETLINK;
  asking_ = 0;
  if (torn_ || message->nlmsg_type == NLMSG_ERROR) {
    ask_ = true;
  } else if (links && !ask_) {
    Ask(RTM_GETADDR);
  } else if (!links) {
    for (auto& [index, followed] : followed_) followed.link = followed.asked;
  }
}

void AddressMonitor::HandleLink(const nlmsghdr* message, bool of_dump) {
  const auto* const info = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(message));
  // A bridge tells of its ports' state as a bridge sees it.
  if (info->ifi_family != AF_UNSPEC) return;
  const auto found = followed_.find(static_cast<unsigned>(info->ifi_index));
  if (found == followed_.end()) return;
  const auto change = [&](HostLink& link) {
    if (message->nlmsg_type == RTM_DELLINK) {
      link = {};
    } else {
      link.present = true;
      link.up = (info->ifi_flags & IFF_UP) != 0;
    }
  };
  // What happens while a dump is made may be older or younger than what the dump says of it: it is in both.
  if (!of_dump) change(found->second.link);
  if (of_dump || asking_ != 0) change(found->second.asked);
}

void AddressMonitor::HandleAddress(const nlmsghdr* message, bool of_dump) {
  const auto* const body = static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(message));
  const auto found = followed_.find(body->ifa_index);
  if (found == followed_.end()) return;
  AddressMessage read{.address = {}, .local = {}, .flags = body->ifa_flags};
  mnl_attr_parse(message, sizeof(ifaddrmsg), ReadAttribute, &read);
  const auto change = [&](HostLink& link) {
    const bool added = message->nlmsg_type == RTM_NEWADDR;
    if (body->ifa_family == AF_INET) Change<Ipv4>(*body, read, added, link);
    if (body->ifa_family == AF_INET6) Change<Ipv6>(*body, read, added, link);
  };
  if (!of_dump) change(found->second.link);
  if (of_dump || asking_ != 0) change(found->second.asked);
}

}  // namespace mgmd::local
