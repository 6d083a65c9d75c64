#ifndef MGMD_CONTROL_KERNEL_NETLINK_SOCKET_H_
#define MGMD_CONTROL_KERNEL_NETLINK_SOCKET_H_

// A socket of rtnetlink that never waits: for what the kernel tells by itself (groups), or for what it is asked.
//
// One thread. Each call is a system call.

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/statusor.h"
#include "control/kernel/netlink_request.h"

namespace mgmd {

class NetlinkSocket {
 public:
  // Hears the groups (RTNLGRP_*). `receive_buffer`: octets for what has not been read yet; 0: the system's default.
  static absl::StatusOr<std::unique_ptr<NetlinkSocket>> Open(std::span<const int> groups, int receive_buffer = 0);
  ~NetlinkSocket() { mnl_socket_close(socket_); }
  NetlinkSocket(const NetlinkSocket&) = delete;
  NetlinkSocket& operator=(const NetlinkSocket&) = delete;

  // Asks for all that there is of a kind, as the request says. Returns the number that the messages of the answer bear;
  // 0: the kernel has not taken the request.
  uint32_t AskForAll(NetlinkRequest& request);

  enum class Got : uint8_t { kNothing, kMessages, kLost };
  // Reads once, and calls handle(const nlmsghdr&) for each message. kLost: there was more than has been told.
  template <class Handle>
  Got Receive(Handle&& handle);

 private:
  explicit NetlinkSocket(mnl_socket* socket) : socket_(socket) {}
  // Into buffer_.
  Got Read(size_t* octets);

  mnl_socket* const socket_;
  uint32_t request_ = 0;
  // A piece of a dump has at most so many.
  alignas(nlmsghdr) std::array<uint8_t, 32768> buffer_;
};

template <class Handle>
NetlinkSocket::Got NetlinkSocket::Receive(Handle&& handle) {
  size_t octets = 0;
  const Got got = Read(&octets);
  auto left = static_cast<int>(octets);
  const auto* message = reinterpret_cast<const nlmsghdr*>(buffer_.data());
  for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) handle(*message);
  return got;
}

}  // namespace mgmd

#endif  // MGMD_CONTROL_KERNEL_NETLINK_SOCKET_H_
