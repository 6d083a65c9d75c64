#ifndef MGMD_CONTROL_VIEWS_LINKS_H_
#define MGMD_CONTROL_VIEWS_LINKS_H_

// Interfaces as those see them who speak on their links, as plain values.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "common/ip_family.h"

namespace mgmd::views {

template <class Family>
struct LinkAddress {
  typename Family::Address address;
  int length = Family::kAddressBits;  // of the link's prefix

  bool operator==(const LinkAddress&) const = default;
};
template <class Family>
using LinkAddresses = std::vector<LinkAddress<Family>>;

struct Link {
  std::string name;
  uint32_t index = 0;  // of the interface
  bool up = false;
  uint32_t mtu = 0;  // of IP packets
  std::array<uint8_t, 6> mac{};
  PerFamily<LinkAddresses> addresses = {};  // that the router may speak from

  bool operator==(const Link&) const = default;
};

}  // namespace mgmd::views

#endif  // MGMD_CONTROL_VIEWS_LINKS_H_
