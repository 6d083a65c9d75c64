#include "control/views/clients.h"

#include "control/mgm/host.h"

namespace mgmd::views {

std::vector<Client> ReadClients() {
  std::vector<Client> clients;
  MgmHostWalkClients(
      [](void* context, const mgm::ClientName& client) {
        static_cast<std::vector<Client>*>(context)->push_back(
            {.id = {client.protocol, client.component}, .name = std::string(client.name)});
      },
      &clients);
  return clients;
}

}  // namespace mgmd::views
