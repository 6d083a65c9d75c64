#include "control/membership/wanted.h"

#include <algorithm>
#include <iterator>

namespace mgmd::membership {

template <class Family>
std::vector<MembershipCall<Family>> CallsBetween(const Wanted<Family>& before, const Wanted<Family>& after) {
  using Address = typename Family::Address;
  std::vector<MembershipCall<Family>> calls;
  std::vector<Address> difference;
  const auto add = [&](Call call, const std::vector<Address>& of, const std::vector<Address>& without) {
    difference.clear();
    std::set_difference(of.begin(), of.end(), without.begin(), without.end(), std::back_inserter(difference));
    for (const Address& source : difference) calls.push_back({call, source});
  };
  if (after.any && !before.any) calls.push_back({Call::kJoin});
  // Blocks end with the (*,G) that they are of.
  if (after.any) add(Call::kUnblock, before.blocked, after.blocked);
  add(Call::kBlock, after.blocked, before.blocked);
  add(Call::kJoin, after.joined, before.joined);
  add(Call::kLeave, before.joined, after.joined);
  if (before.any && !after.any) calls.push_back({Call::kLeave});
  return calls;
}

template std::vector<MembershipCall<Ipv4>> CallsBetween<Ipv4>(const Wanted<Ipv4>&, const Wanted<Ipv4>&);
template std::vector<MembershipCall<Ipv6>> CallsBetween<Ipv6>(const Wanted<Ipv6>&, const Wanted<Ipv6>&);

}  // namespace mgmd::membership
