#ifndef MGMD_CONTROL_PROTOCOLS_CLIENTS_H_
#define MGMD_CONTROL_PROTOCOLS_CLIENTS_H_

// What the Group Manager knows of the clients that a protocol is. Control thread, while the manager runs.

#include <vector>

#include "common/any_family.h"
#include "control/mgm/client.h"
#include "control/views/releases.h"

namespace mgmd::protocols {

// Every client of the manager, in order of registration.
std::vector<mgm::ClientId> AllClients();

// The interfaces that a client is on, as owner or as IGMP or MLD; IPv4's first, of each family ascending. Cost: one
// look at every interface.
std::vector<AnyInterfaceId> InterfacesOf(const mgm::ClientId& client);

// The client's last release of the interface, which has just returned.
views::Release LastRelease(const mgm::ClientId& client, const AnyInterfaceId& interface);

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_CLIENTS_H_
