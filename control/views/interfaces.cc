#include "control/views/interfaces.h"

#include "control/mgm/host.h"

namespace mgmd::views {

InterfacePage ReadInterfaces(std::optional<InterfaceId> from, size_t limit) {
  InterfacePage page{.interfaces = {}, .next = {}, .total = MgmHostCountInterfaces<Ipv4>()};
  const auto visit = [](void* context, const mgm::InterfaceView<Ipv4>& interface) {
    static_cast<InterfacePage*>(context)->interfaces.push_back(
        {.id = interface.id,
         .owner = interface.has_owner ? std::string(interface.owner.name) : std::string(),
         .igmp = interface.has_igmp,
         .mfes_as_iif = interface.mfes_as_iif,
         .mfes_as_oif = interface.mfes_as_oif,
         .memberships = interface.memberships});
  };
  InterfaceId cursor = from.value_or(InterfaceId());
  if (MgmHostReadInterfaces(cursor, limit, visit, &page)) page.next = cursor;
  return page;
}

}  // namespace mgmd::views
