#ifndef MGMD_CONTROL_MGM_STATE_TABLES_H_
#define MGMD_CONTROL_MGM_STATE_TABLES_H_

// The state of a Group Manager, which its rules (rules/) look at and change: who is there, who is on which interface,
// who has joined what, which MFEs stand, and what IGMP is expected to join again. Each table keeps what it lists
// consistent by itself and knows no rule.

#include "common/forwarder.h"
#include "common/ssm_ranges.h"
#include "control/mgm/state/client_registry.h"
#include "control/mgm/state/grace_entries.h"
#include "control/mgm/state/interface_table.h"
#include "control/mgm/state/memberships.h"
#include "control/mgm/state/mfe_cache.h"

namespace mgmd::mgm {

template <class Family>
struct Tables {
  // `shared`: see ClientRegistry.
  explicit Tables(Forwarder<Family>& forwarder, ClientIdentities* shared = nullptr,
                  const SsmRanges<Family>& the_ssm = {})
      : ssm(the_ssm),
        clients(shared),
        interfaces(forwarder),
        memberships(interfaces, clients, ssm),
        cache(interfaces, ssm),
        grace_entries(ssm) {}

  const SsmRanges<Family> ssm;
  ClientRegistry<Family> clients;
  InterfaceTable<Family> interfaces;
  Memberships<Family> memberships;
  MfeCache<Family> cache;
  GraceEntries<Family> grace_entries;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_STATE_TABLES_H_
