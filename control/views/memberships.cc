#include "control/views/memberships.h"

#include "control/mgm/host.h"

namespace mgmd::views {

template <class Family>
MembershipPageOf<Family> ReadMemberships(std::optional<MembershipPlaceOf<Family>> from, size_t limit) {
  MembershipPageOf<Family> page;
  const auto visit = [](void* context, const mgm::MembershipView<Family>& membership) {
    static_cast<MembershipPageOf<Family>*>(context)->memberships.push_back({.key = membership.key,
                                                                            .interface = membership.interface,
                                                                            .by_owner = membership.by_owner,
                                                                            .by_igmp = membership.by_igmp,
                                                                            .igmp_held = membership.igmp_held});
  };
  MembershipPlaceOf<Family> place = from.value_or(MembershipPlaceOf<Family>());
  if (MgmHostReadMemberships(place.key, place.slot, limit, visit, &page)) page.next = place;
  return page;
}

template MembershipPageOf<Ipv4> ReadMemberships<Ipv4>(std::optional<MembershipPlaceOf<Ipv4>>, size_t);
template MembershipPageOf<Ipv6> ReadMemberships<Ipv6>(std::optional<MembershipPlaceOf<Ipv6>>, size_t);

}  // namespace mgmd::views
