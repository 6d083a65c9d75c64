#include "control/local/icmpv6/own_addresses.h"

namespace mgmd::icmpv6 {
namespace {

// Longer prefixes have no such address: both addresses of a link between two routers are theirs (RFC 6164).
constexpr int kLongestWithAnycast = 126;

}  // namespace

OwnAddresses::OwnAddresses(std::span<const OwnAddress<Ipv6>> addresses) {
  for (const OwnAddress<Ipv6>& own : addresses) {
    if (own.length <= kLongestWithAnycast) anycast_.insert(Ipv6Prefix(own.address, own.length).address());
    if (own.address.is_link_local()) {
      link_local_.try_emplace(own.interface, own.address);
    } else {
      global_.try_emplace(own.interface, own.address);
      if (!any_global_) any_global_ = own.address;
    }
  }
}

std::optional<Ipv6Address> OwnAddresses::SourceFor(InterfaceSlot arrival) const {
  if (const auto own = global_.find(arrival); own != global_.end()) return own->second;
  if (any_global_) return any_global_;
  if (const auto own = link_local_.find(arrival); own != link_local_.end()) return own->second;
  return std::nullopt;
}

}  // namespace mgmd::icmpv6
