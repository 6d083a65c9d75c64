#ifndef MGMD_TESTS_FAKES_ADDRESS_NAMES_H_
#define MGMD_TESTS_FAKES_ADDRESS_NAMES_H_

// Addresses by their names in docs/decisions.md, the same in both families: S1..S9 are sources, G1..G9 groups, N1..N9
// next hops; S, G and N are the first. "*" is any. What has no name is written as usual, "10.0.0.99".

#include <string>

#include "control/mgm/c_values.h"

namespace mgmd::fakes {

template <class Family>
struct AddressOf {
  using CAddress = typename mgm::CValues<Family>::Address;

  static CAddress Of(const std::string& name);       // "*" is zero
  static std::string Name(const CAddress& address);  // the same back
  // "(S,G)"; of a range with its group's length: "(*,G/16)". `group_mask` is a length in IPv6.
  static std::string Entry(const CAddress& source, const CAddress& group,
                           DWORD group_mask = mgm::CValues<Family>::MaskOf(Family::kAddressBits));
};

using Address = AddressOf<Ipv4>;

}  // namespace mgmd::fakes

#endif  // MGMD_TESTS_FAKES_ADDRESS_NAMES_H_
