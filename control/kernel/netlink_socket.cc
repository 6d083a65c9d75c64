#include "control/kernel/netlink_socket.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace mgmd {
namespace {

absl::Status Failure(const char* what) {
  return absl::UnavailableError(absl::StrCat("rtnetlink: ", what, ": ", std::strerror(errno)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<NetlinkSocket>> NetlinkSocket::Open(std::span<const int> groups, int receive_buffer) {
  mnl_socket* const opened = mnl_socket_open2(NETLINK_ROUTE, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (opened == nullptr) return Failure("no socket");
  std::unique_ptr<NetlinkSocket> socket(new NetlinkSocket(opened));
  if (receive_buffer != 0 &&
      setsockopt(mnl_socket_get_fd(opened), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer)) != 0) {
    return Failure("no receive buffer");
  }
  if (mnl_socket_bind(opened, 0, MNL_SOCKET_AUTOPID) != 0) return Failure("no address");
  // Without it the kernel tells all tables; the walk over IPv4's table of local addresses, which shares the main one's
  // tree, holds a reader up for 26 ms where there are 400,000 routes. An older kernel does not know the option.
  int strict = 1;
  mnl_socket_setsockopt(opened, NETLINK_GET_STRICT_CHK, &strict, sizeof(strict));
  for (int group : groups) {
    if (mnl_socket_setsockopt(opened, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) != 0) {
      return Failure("no subscription");
    }
  }
  return socket;
}

uint32_t NetlinkSocket::AskForAll(NetlinkRequest& request) {
  if (++request_ == 0) ++request_;
  request.header()->nlmsg_flags |= NLM_F_DUMP;
  request.header()->nlmsg_seq = request_;
  return mnl_socket_sendto(socket_, request.header(), request.header()->nlmsg_len) < 0 ? 0 : request_;
}

NetlinkSocket::Got NetlinkSocket::Read(size_t* octets) {
  for (;;) {
    const ssize_t got = recv(mnl_socket_get_fd(socket_), buffer_.data(), buffer_.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (got > 0 && static_cast<size_t>(got) <= buffer_.size()) {
      *octets = static_cast<size_t>(got);
      return Got::kMessages;
    }
    if (got > 0 || (got < 0 && errno == ENOBUFS)) return Got::kLost;
    if (got == 0 || errno != EINTR) return Got::kNothing;
  }
}

}  // namespace mgmd
