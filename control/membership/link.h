#ifndef MGMD_CONTROL_MEMBERSHIP_LINK_H_
#define MGMD_CONTROL_MEMBERSHIP_LINK_H_

// What the router and host parts know of the link that they speak on. A plain value.

#include <algorithm>
#include <cstddef>
#include <vector>

#include "control/membership/protocol.h"

namespace mgmd::membership {

template <class Family>
struct Link {
  using Address = typename Family::Address;

  bool up = false;
  size_t mtu = 1500;
  // What it speaks from: of IPv4 the primary address, of IPv6 a link-local one that is known to be nobody else's. Zero:
  // there is none (yet).
  Address address{};
  std::vector<Address> own{};                       // all of this router's there
  std::vector<typename Family::Prefix> networks{};  // whose stations are there

  bool IsOwn(const Address& other) const { return std::find(own.begin(), own.end(), other) != own.end(); }
  bool IsLocal(const Address& other) const {
    return std::any_of(networks.begin(), networks.end(), [&](const auto& network) { return network.Contains(other); });
  }

  bool operator==(const Link&) const = default;
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_LINK_H_
