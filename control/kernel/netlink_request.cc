#include "control/kernel/netlink_request.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>

#include "absl/cleanup/cleanup.h"

namespace mgmd {

NetlinkRequest::NetlinkRequest(uint16_t type, uint16_t flags) {
  nlmsghdr* const header = mnl_nlmsg_put_header(buffer_.data());
  header->nlmsg_type = type;
  header->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
}

int NetlinkRequest::Send(mnl_cb_t handle, void* data) {
  mnl_socket* const socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
  if (socket == nullptr) return errno;
  const absl::Cleanup close = [socket] { mnl_socket_close(socket); };
  if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) != 0) return errno;
  if (mnl_socket_sendto(socket, header(), header()->nlmsg_len) < 0) return errno;
  alignas(nlmsghdr) std::array<uint8_t, 32768> answer;
  const ssize_t octets = mnl_socket_recvfrom(socket, answer.data(), answer.size());
  if (octets < 0) return errno;
  const int result = mnl_cb_run(answer.data(), static_cast<size_t>(octets), header()->nlmsg_seq,
                                mnl_socket_get_portid(socket), handle, data);
  return result < 0 ? errno : 0;
}

}  // namespace mgmd
