#ifndef MGMD_DATAPLANE_INTERFACES_OWN_ADDRESSES_H_
#define MGMD_DATAPLANE_INTERFACES_OWN_ADDRESSES_H_

// The router's own addresses on all interfaces at one time, as workers read them: by these they tell what asks for the
// router itself from what asks for its neighbours.
//
// Never changed: control publishes another set in its place (InterfaceTable::SetOwnAddresses()). Any thread. Cost: a
// binary search, by packets off the fast way only.

#include <cstdint>
#include <utility>
#include <vector>

#include "common/own_address.h"

namespace mgmd::dataplane {

class OwnAddresses {
 public:
  OwnAddresses() = default;
  explicit OwnAddresses(const PerFamily<OwnAddressList>& addresses);

  // Whether the router has the address on the interface with that slot of the address's family.
  bool Has(uint16_t slot, const Ipv4Address& address) const;
  bool Has(uint16_t slot, const Ipv6Address& address) const;
  // Whether it is that of all stations on a link on which the router has an address (RFC 919).
  bool HasBroadcast(uint16_t slot, const Ipv4Address& address) const;

 private:
  template <class Family>
  using Sorted = std::vector<std::pair<uint16_t, typename Family::Address>>;

  PerFamily<Sorted> own_;
  Sorted<Ipv4> broadcasts_;
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
