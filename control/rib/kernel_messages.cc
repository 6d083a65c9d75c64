#include "control/rib/kernel_messages.h"

#include <libmnl/libmnl.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstddef>
#include <type_traits>

#include "control/kernel/netlink_messages.h"

namespace mgmd {
namespace {

template <class Family>
constexpr uint8_t kNumber = std::is_same_v<Family, Ipv4> ? AF_INET : AF_INET6;

bool IsAlive(unsigned flags) { return (flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) == 0; }

// RTA_MULTIPATH: a row of next hops with attributes of their own.
template <class Family>
void TakeAll(const nlattr& multipath, std::vector<KernelNextHop<Family>>& next_hops) {
  const auto* octets = static_cast<const uint8_t*>(mnl_attr_get_payload(&multipath));
  size_t left = mnl_attr_get_payload_len(&multipath);
  while (left >= sizeof(rtnexthop)) {
    const auto& each = *reinterpret_cast<const rtnexthop*>(octets);
    if (each.rtnh_len < sizeof(rtnexthop) || each.rtnh_len > left) return;
    KernelNextHop<Family>& next_hop = next_hops.emplace_back();
    next_hop.netdev = static_cast<unsigned>(each.rtnh_ifindex);
    next_hop.alive = IsAlive(each.rtnh_flags);
    ForEachAttribute(octets + sizeof(rtnexthop), each.rtnh_len - sizeof(rtnexthop), [&](const nlattr& attribute) {
      if (mnl_attr_get_type(&attribute) == RTA_GATEWAY) Take(attribute, next_hop.gateway);
    });
    const size_t step = MNL_ALIGN(each.rtnh_len);
    if (step >= left) return;
    octets += step;
    left -= step;
  }
}

}  // namespace

template <class Family>
bool Read(const nlmsghdr& message, KernelRoute<Family>& route) {
  if (message.nlmsg_type != RTM_NEWROUTE && message.nlmsg_type != RTM_DELROUTE) return false;
  const auto* const header = HeaderOf<rtmsg>(message);
  if (header == nullptr || header->rtm_family != kNumber<Family> || header->rtm_dst_len > Family::kAddressBits) {
    return false;
  }
  route.table = header->rtm_table;
  route.metric = 0;
  route.protocol = header->rtm_protocol;
  route.unicast = header->rtm_type == RTN_UNICAST;
  route.selective = header->rtm_tos != 0 || header->rtm_src_len != 0 || (header->rtm_flags & RTM_F_CLONED) != 0;
  route.nexthop_object = 0;
  route.next_hops.clear();
  typename Family::Address destination;
  KernelNextHop<Family> only{.netdev = 0, .gateway = {}, .alive = IsAlive(header->rtm_flags)};
  ForEachAttribute(message, sizeof(rtmsg), [&](const nlattr& attribute) {
    switch (mnl_attr_get_type(&attribute)) {
      case RTA_DST:
        return Take(attribute, destination);
      case RTA_TABLE:
        return Take(attribute, route.table);
      case RTA_PRIORITY:
        return Take(attribute, route.metric);
      case RTA_NH_ID:
        return Take(attribute, route.nexthop_object);
      case RTA_OIF:
        return Take(attribute, only.netdev);
      case RTA_GATEWAY:
        return Take(attribute, only.gateway);
      case RTA_MULTIPATH:
        return TakeAll(attribute, route.next_hops);
      default:
        return;
    }
  });
  route.prefix = typename Family::Prefix(destination, header->rtm_dst_len);
  if (only.netdev != 0) route.next_hops.push_back(only);
  return true;
}

template <class Family>
bool Read(const nlmsghdr& message, NexthopObject<Family>& object) {
  if (message.nlmsg_type != RTM_NEWNEXTHOP && message.nlmsg_type != RTM_DELNEXTHOP) return false;
  const auto* const header = HeaderOf<nhmsg>(message);
  if (header == nullptr) return false;
  object.id = 0;
  object.next_hop = {.netdev = 0, .gateway = {}, .alive = IsAlive(header->nh_flags)};
  object.group.clear();
  ForEachAttribute(message, sizeof(nhmsg), [&](const nlattr& attribute) {
    switch (mnl_attr_get_type(&attribute)) {
      case NHA_ID:
        return Take(attribute, object.id);
      case NHA_OIF:
        return Take(attribute, object.next_hop.netdev);
      case NHA_GATEWAY:
        return Take(attribute, object.next_hop.gateway);
      case NHA_GROUP: {
        const auto* const members = static_cast<const nexthop_grp*>(mnl_attr_get_payload(&attribute));
        const size_t count = mnl_attr_get_payload_len(&attribute) / sizeof(nexthop_grp);
        for (size_t member = 0; member < count; ++member) object.group.push_back(members[member].id);
        return;
      }
      default:
        return;
    }
  });
  return object.id != 0;
}

#define MGMD_OF_FAMILY(Family)                                                     \
  template bool Read<Family>(const nlmsghdr& message, KernelRoute<Family>& route); \
  template bool Read<Family>(const nlmsghdr& message, NexthopObject<Family>& object)
MGMD_OF_FAMILY(Ipv4);
MGMD_OF_FAMILY(Ipv6);
#undef MGMD_OF_FAMILY

}  // namespace mgmd
