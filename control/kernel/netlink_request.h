#ifndef MGMD_CONTROL_KERNEL_NETLINK_REQUEST_H_
#define MGMD_CONTROL_KERNEL_NETLINK_REQUEST_H_

// A request to the kernel over rtnetlink (rtnetlink(7)): a message's body, then its attributes (mnl_attr_put() and its
// kin, on header()).
//
//   NetlinkRequest request(RTM_NEWLINK, NLM_F_ACK);
//   request.Put<ifinfomsg>().ifi_index = index;
//   mnl_attr_put_u32(request.header(), IFLA_MTU, 1400);
//   const int error = request.Send();
//
// Any one thread.

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#include <array>
#include <cstdint>

namespace mgmd {

class NetlinkRequest {
 public:
  // `type`: RTM_*; `flags`: NLM_F_*, besides NLM_F_REQUEST.
  explicit NetlinkRequest(uint16_t type, uint16_t flags = 0);

  // Its body, which is all zeroes.
  template <class Body>
  Body& Put() {
    return *static_cast<Body*>(mnl_nlmsg_put_extra_header(header(), sizeof(Body)));
  }
  nlmsghdr* header() { return reinterpret_cast<nlmsghdr*>(buffer_.data()); }

  // Asks by a socket of its own and calls handle(answer, data) for what comes back, where it is more than an
  // acknowledgement (NLM_F_ACK); the kernel has answered before it returns from the call. Returns 0 or an error number.
  // For requests with one answer: dumps are NetlinkSocket's. Costs a few system calls.
  int Send(mnl_cb_t handle = nullptr, void* data = nullptr);

 private:
  alignas(nlmsghdr) std::array<uint8_t, 256> buffer_{};
};

}  // namespace mgmd

#endif  // MGMD_CONTROL_KERNEL_NETLINK_REQUEST_H_
