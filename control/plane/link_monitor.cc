#include "control/plane/link_monitor.h"

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace mgmd::plane {
namespace {

// Reads in one Poll(): what does not end goes on in the next.
constexpr int kMostReads = 64;

absl::Status Failure(const char* what) {
  return absl::UnavailableError(absl::StrCat("rtnetlink: ", what, ": ", std::strerror(errno)));
}

int ReadAttribute(const nlattr* attribute, void* result) {
  auto& link = *static_cast<NetdevLink*>(result);
  const uint16_t type = mnl_attr_get_type(attribute);
  if (type == IFLA_MTU && mnl_attr_validate(attribute, MNL_TYPE_U32) == 0) {
    link.mtu = mnl_attr_get_u32(attribute);
  } else if (type == IFLA_ADDRESS && mnl_attr_get_payload_len(attribute) == link.mac.size()) {
    std::memcpy(link.mac.data(), mnl_attr_get_payload(attribute), link.mac.size());
  }
  return MNL_CB_OK;
}

}  // namespace

absl::StatusOr<std::unique_ptr<LinkMonitor>> LinkMonitor::Open(int receive_buffer) {
  mnl_socket* const socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket == nullptr) return Failure("no socket");
  std::unique_ptr<LinkMonitor> monitor(new LinkMonitor(socket));
  if (receive_buffer != 0 &&
      setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer)) != 0) {
    return Failure("no receive buffer");
  }
  if (mnl_socket_bind(socket, RTMGRP_LINK, MNL_SOCKET_AUTOPID) != 0) return Failure("no subscription to links");
  return monitor;
}

LinkMonitor::~LinkMonitor() { mnl_socket_close(socket_); }

void LinkMonitor::Follow(unsigned index) {
  followed_[index];
  ask_ = true;
}

void LinkMonitor::AskForAll() {
  alignas(nlmsghdr) std::array<uint8_t, 64> buffer;
  nlmsghdr* const request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = RTM_GETLINK;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request->nlmsg_seq = ++dump_;
  auto* const link = static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(request, sizeof(ifinfomsg)));
  link->ifi_family = AF_UNSPEC;
  // Refused (a dump that was cut short is still on its way): again at the next Poll().
  if (mnl_socket_sendto(socket_, request, request->nlmsg_len) < 0) return;
  ask_ = false;
  dumping_ = true;
  dump_torn_ = false;
  for (auto& [index, device] : followed_) device.seen = false;
}

bool LinkMonitor::Poll() {
  alignas(nlmsghdr) std::array<uint8_t, 32768> buffer;
  bool worked = false;
  for (int reads = 0; reads < kMostReads; ++reads) {
    if (ask_ && !dumping_) AskForAll();
    const ssize_t octets = recv(mnl_socket_get_fd(socket_), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (octets > 0) {
      Handle(std::span(buffer).first(static_cast<size_t>(octets)));
    } else if (octets < 0 && errno == ENOBUFS) {
      // What was lost may be the end of a dump, too.
      ask_ = true;
      dumping_ = false;
    } else if (octets == 0 || errno != EINTR) {
      break;
    }
    worked = true;
  }
  return worked;
}

void LinkMonitor::Handle(std::span<const uint8_t> messages) {
  int left = static_cast<int>(messages.size());
  const auto* message = reinterpret_cast<const nlmsghdr*>(messages.data());
  for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
    const bool of_dump = dumping_ && message->nlmsg_seq == dump_;
    if (of_dump && (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) dump_torn_ = true;
    if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) {
      if (!of_dump) continue;
      dumping_ = false;
      if (dump_torn_ || message->nlmsg_type == NLMSG_ERROR) {
        ask_ = true;
        continue;
      }
      for (auto& [index, device] : followed_) {
        if (!device.seen) device.link = {};
      }
      continue;
    }
    if (message->nlmsg_type != RTM_NEWLINK && message->nlmsg_type != RTM_DELLINK) continue;
    if (mnl_nlmsg_get_payload_len(message) < sizeof(ifinfomsg)) continue;
    const auto* const info = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(message));
    // A bridge tells of its ports' state as a bridge sees it.
    if (info->ifi_family != AF_UNSPEC) continue;
    const auto found = followed_.find(static_cast<unsigned>(info->ifi_index));
    if (found == followed_.end()) continue;
    found->second.seen = true;
    NetdevLink& link = found->second.link;
    if (message->nlmsg_type == RTM_DELLINK) {
      link = {};
      continue;
    }
    link.present = true;
    link.up = (info->ifi_flags & IFF_UP) != 0 && (info->ifi_flags & IFF_RUNNING) != 0;
    mnl_attr_parse(message, sizeof(ifinfomsg), ReadAttribute, &link);
  }
}

}  // namespace mgmd::plane
