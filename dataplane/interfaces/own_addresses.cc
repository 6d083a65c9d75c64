#include "dataplane/interfaces/own_addresses.h"

#include <algorithm>

namespace mgmd::dataplane {
namespace {

// Longer prefixes have no such address: both addresses of a link between two routers are theirs (RFC 3021).
constexpr int kLongestWithBroadcast = 30;

template <class Address>
bool Contains(const std::vector<std::pair<uint16_t, Address>>& sorted, uint16_t slot, const Address& address) {
  return std::binary_search(sorted.begin(), sorted.end(), std::pair(slot, address));
}

}  // namespace

OwnAddresses::OwnAddresses(const PerFamily<OwnAddressList>& addresses) {
  ForEachFamily([&]<class Family>() {
    Sorted<Family>& own = own_.of<Family>();
    for (const OwnAddress<Family>& one : addresses.of<Family>()) own.emplace_back(Value(one.interface), one.address);
    std::sort(own.begin(), own.end());
  });
  for (const OwnAddress<Ipv4>& one : addresses.of<Ipv4>()) {
    if (one.length > kLongestWithBroadcast) continue;
    const Ipv4Prefix link(one.address, one.length);
    broadcasts_.emplace_back(Value(one.interface),
                             Ipv4Address(link.address().host_order() | ~link.mask().host_order()));
  }
  std::sort(broadcasts_.begin(), broadcasts_.end());
}

bool OwnAddresses::Has(uint16_t slot, const Ipv4Address& address) const {
  return Contains(own_.of<Ipv4>(), slot, address);
}
bool OwnAddresses::Has(uint16_t slot, const Ipv6Address& address) const {
  return Contains(own_.of<Ipv6>(), slot, address);
}
bool OwnAddresses::HasBroadcast(uint16_t slot, const Ipv4Address& address) const {
  return Contains(broadcasts_, slot, address);
}

}  // namespace mgmd::dataplane
