#ifndef MGMD_DATAPLANE_INTERFACES_OWN_ADDRESSES_H_
#define MGMD_DATAPLANE_INTERFACES_OWN_ADDRESSES_H_

// The router's own addresses on all interfaces at one time, as workers read them: by these they tell what asks for the
// router itself from what asks for its neighbours.
//
// Never changed: control publishes another set in its place (InterfaceTable::SetOwnAddresses()). Any thread. Cost: a
// binary search, by packets off the fast way only.

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "common/own_address.h"

namespace mgmd::dataplane {

// Addresses by interface: the slot is one of the address's family.
template <class Family>
class AddressesBySlot {
 public:
  void Add(uint16_t slot, const typename Family::Address& address) {
    const std::pair added(slot, address);
    sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), added), added);
  }
  bool Has(uint16_t slot, const typename Family::Address& address) const {
    return std::binary_search(sorted_.begin(), sorted_.end(), std::pair(slot, address));
  }

 private:
  std::vector<std::pair<uint16_t, typename Family::Address>> sorted_;
};

class OwnAddresses {
 public:
  OwnAddresses() = default;
  explicit OwnAddresses(const PerFamily<OwnAddressList>& addresses);

  // Whether the router has the address on the interface.
  template <class Address>
  bool Has(uint16_t slot, const Address& address) const {
    return own_.of<typename Address::Family>().Has(slot, address);
  }
  // Whether it is that of all stations on a link on which the router has an address (RFC 919).
  bool HasBroadcast(uint16_t slot, const Ipv4Address& address) const { return broadcasts_.Has(slot, address); }

 private:
  PerFamily<AddressesBySlot> own_;
  AddressesBySlot<Ipv4> broadcasts_;
};

// Those of one interface.
struct OwnAddressesOn {
  template <class Address>
  bool Has(const Address& address) const {
    return all.Has(slot, address);
  }
  bool HasBroadcast(const Ipv4Address& address) const { return all.HasBroadcast(slot, address); }

  const OwnAddresses& all;
  const uint16_t slot;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_INTERFACES_OWN_ADDRESSES_H_
