#ifndef MGMD_CONTROL_RIB_PREFIX_MAP_H_
#define MGMD_CONTROL_RIB_PREFIX_MAP_H_

// Values by prefixes of a family, in order of address and length, looked up by longest match.
//
// Cost: a look-up takes O(log n) for each time that the prefix right before the address does not contain it, which is
// once or twice where prefixes lie as they do on the Internet, and never more often than there are bits in an address.
// A change takes O(log n), always: no table is ever copied as a whole.

#include "absl/container/btree_map.h"
#include "common/ip_family.h"

namespace mgmd {

template <class Family, class Value>
using PrefixMap = absl::btree_map<typename Family::Prefix, Value>;

// The longest prefix that contains the address, with its value; null: none does.
template <class Map>
const typename Map::value_type* LongestMatch(const Map& map, const typename Map::key_type::Family::Address& address) {
  using Prefix = typename Map::key_type;
  Prefix narrowest(address, Prefix::Family::kAddressBits);
  for (;;) {
    auto place = map.upper_bound(narrowest);
    if (place == map.begin()) return nullptr;
    --place;
    if (place->first.Contains(address)) return &*place;
    // Whatever contains the address is not after this one, so it ends where the two part, or before.
    narrowest = Prefix(address, CommonBits(address, place->first.address()));
  }
}

}  // namespace mgmd

#endif  // MGMD_CONTROL_RIB_PREFIX_MAP_H_
