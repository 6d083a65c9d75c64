#include "control/protocols/module/packet_filters.h"

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "control/local/wanted_classes.h"

namespace mgmd::protocols {
namespace {

LocalClasses ClassesOf(const PacketFilter& filter) {
  if (filter.group) {
    return std::visit(
        [&]<class Address>(const Address& group) {
          return local::ClassesTo<typename Address::Family>(group, filter.protocol);
        },
        *filter.group);
  }
  return IsIpv6(Value(filter.interface)) ? local::ClassesOf<Ipv6>(filter.protocol)
                                         : local::ClassesOf<Ipv4>(filter.protocol);
}

}  // namespace

void PacketFilters::Add(uint64_t id, PacketFilter filter) {
  const InterfaceSlot interface = filter.interface;
  const Key key(interface, id);
  absl::Cleanup undo = [&] { filters_.erase(key); };
  filters_.emplace(key, std::make_shared<const PacketFilter>(std::move(filter)));
  Publish(interface);
  std::move(undo).Cancel();
}

bool PacketFilters::Remove(uint64_t id) {
  const auto found =
      std::find_if(filters_.begin(), filters_.end(), [&](const auto& filter) { return filter.first.second == id; });
  if (found == filters_.end()) return false;
  const InterfaceSlot interface = found->first.first;
  filters_.erase(found);
  Publish(interface);
  return true;
}

void PacketFilters::Publish(InterfaceSlot interface) {
  LocalClasses classes;
  for (auto at = filters_.lower_bound({interface, 0}); at != filters_.end() && at->first.first == interface; ++at) {
    classes = classes | ClassesOf(*at->second);
  }
  dispatcher_.Register(interface, classes, *this);
}

void PacketFilters::Take(const LocalPacket& packet) {
  const std::optional<local::IpPacket> ip = local::ReadIpPacket(packet.frame);
  // ARP goes by IPv4's slots.
  if (!ip || ip->destination.index() != (IsIpv6(Value(packet.arrival)) ? Ipv6::kSlotBit : Ipv4::kSlotBit)) return;
  // Those that come while it is handed out have higher numbers.
  const auto end = filters_.lower_bound({packet.arrival, UINT64_MAX});
  if (end == filters_.begin()) return;
  const Key last = std::prev(end)->first;
  for (auto at = filters_.lower_bound({packet.arrival, 0}); at != filters_.end() && at->first <= last;) {
    const Key key = at->first;
    const std::shared_ptr<const PacketFilter> filter = at->second;
    if (filter->protocol == ip->protocol && (!filter->group || *filter->group == ip->destination))
      filter->take(packet, *ip);
    at = filters_.upper_bound(key);
  }
}

}  // namespace mgmd::protocols
