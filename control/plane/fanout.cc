#include "control/plane/fanout.h"

#include <libmnl/libmnl.h>
#include <linux/if_packet.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <optional>
#include <set>

#include "absl/cleanup/cleanup.h"

namespace mgmd::plane {
namespace {

constexpr uint32_t kGroup = 0xFFFF;  // of what the kernel says of a fan-out; the rest is how it deals

struct Search {
  unsigned netdev = 0;
  std::set<uint32_t> groups{};
  std::set<uint32_t> own{};  // inodes
  bool found = false;
};

struct Told {
  unsigned netdev = 0;
  std::optional<uint32_t> group{};
};

int LookAtAttribute(const nlattr* attribute, void* data) {
  auto& told = *static_cast<Told*>(data);
  if (mnl_attr_get_type(attribute) == PACKET_DIAG_INFO) {
    told.netdev = static_cast<const packet_diag_info*>(mnl_attr_get_payload(attribute))->pdi_index;
  } else if (mnl_attr_get_type(attribute) == PACKET_DIAG_FANOUT) {
    told.group = mnl_attr_get_u32(attribute) & kGroup;
  }
  return MNL_CB_OK;
}

int Look(const nlmsghdr* header, void* data) {
  auto& search = *static_cast<Search*>(data);
  const auto& socket = *static_cast<const packet_diag_msg*>(mnl_nlmsg_get_payload(header));
  Told told;
  mnl_attr_parse(header, sizeof(socket), LookAtAttribute, &told);
  search.found |= told.netdev == search.netdev && told.group && search.groups.contains(*told.group) &&
                  !search.own.contains(socket.pdiag_ino);
  return MNL_CB_OK;
}

}  // namespace

bool SharesFanout(unsigned netdev, const std::vector<int>& sockets) {
  Search search{.netdev = netdev};
  for (const int socket : sockets) {
    uint32_t fanout = 0;
    socklen_t length = sizeof(fanout);
    struct stat status {};
    if (getsockopt(socket, SOL_PACKET, PACKET_FANOUT, &fanout, &length) == 0) search.groups.insert(fanout & kGroup);
    if (fstat(socket, &status) == 0) search.own.insert(static_cast<uint32_t>(status.st_ino));
  }
  mnl_socket* const kernel = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
  if (kernel == nullptr) return false;
  const absl::Cleanup close = [kernel] { mnl_socket_close(kernel); };
  if (mnl_socket_bind(kernel, 0, MNL_SOCKET_AUTOPID) != 0) return false;
  alignas(nlmsghdr) std::array<uint8_t, 32768> buffer{};
  nlmsghdr* const request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  auto& asked = *static_cast<packet_diag_req*>(mnl_nlmsg_put_extra_header(request, sizeof(packet_diag_req)));
  asked.sdiag_family = AF_PACKET;
  asked.pdiag_show = PACKET_SHOW_INFO | PACKET_SHOW_FANOUT;
  if (mnl_socket_sendto(kernel, request, request->nlmsg_len) < 0) return false;
  for (int more = MNL_CB_OK; more == MNL_CB_OK;) {
    const ssize_t octets = mnl_socket_recvfrom(kernel, buffer.data(), buffer.size());
    if (octets < 0) return false;
    more = mnl_cb_run(buffer.data(), static_cast<size_t>(octets), 0, mnl_socket_get_portid(kernel), Look, &search);
  }
  return search.found;
}

}  // namespace mgmd::plane
