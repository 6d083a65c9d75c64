#include "dataplane/interfaces/own_addresses.h"

namespace mgmd::dataplane {
namespace {

// Longer prefixes have no such address: both addresses of a link between two routers are theirs (RFC 3021).
constexpr int kLongestWithBroadcast = 30;

}  // namespace

OwnAddresses::OwnAddresses(const PerFamily<OwnAddressList>& addresses) {
  ForEachFamily([&]<class Family>() {
    for (const OwnAddress<Family>& one : addresses.of<Family>())
      own_.of<Family>().Add(Value(one.interface), one.address);
  });
  for (const OwnAddress<Ipv4>& one : addresses.of<Ipv4>()) {
    if (one.length > kLongestWithBroadcast) continue;
    const Ipv4Prefix link(one.address, one.length);
    broadcasts_.Add(Value(one.interface), Ipv4Address(link.address().host_order() | ~link.mask().host_order()));
  }
}

}  // namespace mgmd::dataplane
