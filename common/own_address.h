#ifndef MGMD_COMMON_OWN_ADDRESS_H_
#define MGMD_COMMON_OWN_ADDRESS_H_

#include <vector>

#include "common/interface.h"
#include "common/ip_family.h"

namespace mgmd {

// One of the router's own addresses, which it has on an interface.
template <class Family>
struct OwnAddress {
  InterfaceSlot interface = kNoSlot;  // of the family
  typename Family::Address address;
  int length = Family::kAddressBits;  // of its link's prefix

  bool operator==(const OwnAddress&) const = default;
};

template <class Family>
using OwnAddressList = std::vector<OwnAddress<Family>>;

}  // namespace mgmd

#endif  // MGMD_COMMON_OWN_ADDRESS_H_
