#include "control/protocols/clients.h"

#include <optional>
#include <utility>

#include "control/mgm/host.h"
#include "control/views/clients.h"

namespace mgmd::protocols {

std::vector<mgm::ClientId> AllClients() {
  std::vector<mgm::ClientId> clients;
  for (const views::Client& client : views::ReadClients()) clients.push_back(client.id);
  return clients;
}

std::vector<AnyInterfaceId> InterfacesOf(const mgm::ClientId& client) {
  struct Walk {
    mgm::ClientId client;
    std::vector<AnyInterfaceId> interfaces;
  } walk{client, {}};
  ForEachFamily([&]<class Family>() {
    const auto visit = [](void* context, const mgm::InterfaceView<Family>& interface) {
      auto& found = *static_cast<Walk*>(context);
      const auto is_client = [&](bool present, const mgm::ClientName& name) {
        return present && name.protocol == found.client.protocol && name.component == found.client.component;
      };
      if (is_client(interface.has_owner, interface.owner) || is_client(interface.has_igmp, interface.igmp)) {
        found.interfaces.push_back(interface.id);
      }
    };
    InterfaceIdOf<Family> cursor;
    while (MgmHostReadInterfaces(cursor, mgm::kRowsPerTurn, visit, &walk)) {
    }
  });
  return walk.interfaces;
}

views::Release LastRelease(const mgm::ClientId& client, const AnyInterfaceId& interface) {
  // Its callbacks may have released others meanwhile, whose numbers are lower.
  for (uint32_t number = 0; std::optional<views::Release> release = views::ReadRelease(number); ++number) {
    if (release->client == client && release->interface == interface && !release->take) {
      return *std::move(release);
    }
  }
  return {.client = client, .interface = interface};
}

}  // namespace mgmd::protocols
