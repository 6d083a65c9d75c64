#include "control/views/memberships.h"

#include "control/mgm/host.h"

namespace mgmd::views {

MembershipPage ReadMemberships(std::optional<MembershipPlace> from, size_t limit) {
  MembershipPage page;
  const auto visit = [](void* context, const mgm::MembershipView<Ipv4>& membership) {
    static_cast<MembershipPage*>(context)->memberships.push_back({.key = membership.key,
                                                                  .interface = membership.interface,
                                                                  .by_owner = membership.by_owner,
                                                                  .by_igmp = membership.by_igmp});
  };
  MembershipPlace place = from.value_or(MembershipPlace());
  if (MgmHostReadMemberships(place.key, place.slot, limit, visit, &page)) page.next = place;
  return page;
}

}  // namespace mgmd::views
