#include "control/views/interfaces.h"

#include "control/mgm/host.h"

namespace mgmd::views {

template <class Family>
InterfacePageOf<Family> ReadInterfaces(std::optional<InterfaceIdOf<Family>> from, size_t limit) {
  InterfacePageOf<Family> page{.interfaces = {}, .next = {}, .total = MgmHostCountInterfaces<Family>()};
  const auto visit = [](void* context, const mgm::InterfaceView<Family>& interface) {
    static_cast<InterfacePageOf<Family>*>(context)->interfaces.push_back(
        {.id = interface.id,
         .owner = interface.has_owner ? std::string(interface.owner.name) : std::string(),
         .igmp = interface.has_igmp,
         .mfes_as_iif = interface.mfes_as_iif,
         .mfes_as_oif = interface.mfes_as_oif,
         .memberships = interface.memberships});
  };
  InterfaceIdOf<Family> cursor = from.value_or(InterfaceIdOf<Family>());
  if (MgmHostReadInterfaces(cursor, limit, visit, &page)) page.next = cursor;
  return page;
}

template InterfacePageOf<Ipv4> ReadInterfaces<Ipv4>(std::optional<InterfaceIdOf<Ipv4>>, size_t);
template InterfacePageOf<Ipv6> ReadInterfaces<Ipv6>(std::optional<InterfaceIdOf<Ipv6>>, size_t);

}  // namespace mgmd::views
