#ifndef MGMD_CONTROL_LOCAL_TWIN_LINK_SETUP_H_
#define MGMD_CONTROL_LOCAL_TWIN_LINK_SETUP_H_

// Sets up a twin's netdev: everything that has to stand before it is up, its addresses, and then up.
//
// Control thread. Each call is a few requests to the kernel, which it answers at once.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/ip_family.h"

namespace mgmd::local {

using Mac = std::array<uint8_t, 6>;

// fe80::/64 and the EUI-64 of the address (RFC 4291 section 2.5.6 and appendix A).
Ipv6Address LinkLocalOf(const Mac& mac);

template <class Family>
struct TwinAddress {
  typename Family::Address address;
  int length = Family::kAddressBits;
};
template <class Family>
using TwinAddresses = std::vector<TwinAddress<Family>>;

struct TwinLink {
  std::string name;
  Mac mac{};
  uint32_t mtu = 1500;
  PerFamily<TwinAddresses> addresses;
  bool ipv6 = true;               // it has the family at all: IPv6's lowest MTU is there
  bool router_addresses = false;  // the kernel takes IPv6 addresses by router advertisements, too
};

// The netdev, which is down, gets its MAC address, MTU, flags and sysctls, its addresses, and is set up. What it has
// already is no error, so that it can be called again for one that somebody has set down. Warnings are logged.
absl::Status SetUpLink(unsigned index, const TwinLink& link);

absl::Status SetLinkMtu(unsigned index, uint32_t mtu);
absl::Status SetLinkMac(unsigned index, const Mac& mac);

}  // namespace mgmd::local

#endif  // MGMD_CONTROL_LOCAL_TWIN_LINK_SETUP_H_
