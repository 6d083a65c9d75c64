#ifndef MGMD_CONTROL_MGM_RULES_OIL_EDITS_H_
#define MGMD_CONTROL_MGM_RULES_OIL_EDITS_H_

// What memberships and FORWARD edits do to the OILs of MFEs that stand, and what follows for each MFE: the
// forwarder gets it, and its iif's holder hears of a first or last oif.

#include <cstdint>

#include "control/mgm/rules/mfe_alerts.h"
#include "control/mgm/rules/mfe_writer.h"
#include "control/mgm/rules/mfes.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

class OilEdits {
 public:
  OilEdits(Tables& tables, MfeAlerts& mfe_alerts, MfeWriter& writer, Mfes& mfes)
      : memberships_(tables.memberships), cache_(tables.cache), mfe_alerts_(mfe_alerts), writer_(writer), mfes_(mfes) {}

  // The interface has become a member of the entry; is one no longer.
  void Join(Ipv4FibKey key, const Interface& interface);
  void Leave(Ipv4FibKey key, const Interface& interface);
  // FORWARD: a client makes the interface an oif of every MFE that the key covers, or takes it out. `as_igmp`: it is
  // IGMP, and a protocol owns the interface.
  void Edit(Ipv4FibKey key, const Interface& interface, bool as_igmp, bool add);
  // IGMP leaves an interface that a protocol owns: its edits there end.
  void EndEditsOfIgmp(Interface& interface);
  // The OIL of the MFE, which had `active` oifs, has changed on the interface.
  void Changed(uint32_t mfe, uint16_t active, const Interface& interface);

 private:
  const Memberships& memberships_;
  MfeCache& cache_;
  MfeAlerts& mfe_alerts_;
  MfeWriter& writer_;
  Mfes& mfes_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_OIL_EDITS_H_
