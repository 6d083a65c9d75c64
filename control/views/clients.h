#ifndef MGMD_CONTROL_VIEWS_CLIENTS_H_
#define MGMD_CONTROL_VIEWS_CLIENTS_H_

// The clients of the Group Manager, who own interfaces and join groups. Control thread, while the manager runs.

#include <string>
#include <vector>

#include "control/mgm/client.h"

namespace mgmd::views {

struct Client {
  mgm::ClientId id{};
  std::string name;  // as it gave it, or "protocol/component"
};

// All of them, in order of registration: there are few.
std::vector<Client> ReadClients();

}  // namespace mgmd::views

#endif  // MGMD_CONTROL_VIEWS_CLIENTS_H_
