#ifndef MGMD_CONTROL_MGM_RULES_OIL_EDITS_H_
#define MGMD_CONTROL_MGM_RULES_OIL_EDITS_H_

// What memberships and FORWARD edits do to the OILs of MFEs that stand, and what follows for each MFE: the
// forwarder gets it, and its iif's holder hears of a first or last oif.

#include <cstdint>

#include "control/mgm/rules/mfe_alerts.h"
#include "control/mgm/rules/mfe_writer.h"
#include "control/mgm/rules/mfes.h"
#include "control/mgm/rules/questions.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

template <class Family>
class OilEdits {
 public:
  OilEdits(Tables<Family>& tables, MfeAlerts<Family>& mfe_alerts, MfeWriter<Family>& writer, Mfes<Family>& mfes,
           Questions<Family>& questions)
      : ssm_(tables.ssm),
        memberships_(tables.memberships),
        cache_(tables.cache),
        mfe_alerts_(mfe_alerts),
        writer_(writer),
        mfes_(mfes),
        questions_(questions) {}

  // `as_igmp`: the client is IGMP, otherwise the interface's owner (oil_element.h).

  // A client has joined the entry on the interface; has left it. IGMP is asked about each MFE that it has joined (A26).
  void Join(FibKey<Family> key, const Interface<Family>& interface, bool as_igmp);
  void Leave(FibKey<Family> key, const Interface<Family>& interface, bool as_igmp);
  // FORWARD: a client makes the interface an oif of every MFE that the key covers, or takes it out.
  void Edit(FibKey<Family> key, const Interface<Family>& interface, bool as_igmp, bool add);
  // IGMP leaves an interface that a protocol owns: its edits there end.
  void EndEditsOfIgmp(const Interface<Family>& interface);
  // The owner leaves, or comes to, an interface that IGMP is on, and IGMP's oifs go on (A28): all that is an owner's
  // ends.
  void EndOwners(const Interface<Family>& interface);
  // The OIL of the MFE, which had `active` oifs, has changed on the interface.
  void Changed(uint32_t mfe, uint16_t active, const Interface<Family>& interface);

 private:
  // Of every element on the interface these bits stay.
  void Keep(const Interface<Family>& interface, uint16_t bits);
  // The flags of the MFE's element become these; what nothing holds goes.
  void SetFlags(uint32_t mfe, const Interface<Family>& interface, uint16_t flags);

  const SsmRanges<Family>& ssm_;
  const Memberships<Family>& memberships_;
  MfeCache<Family>& cache_;
  MfeAlerts<Family>& mfe_alerts_;
  MfeWriter<Family>& writer_;
  Mfes<Family>& mfes_;
  Questions<Family>& questions_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_OIL_EDITS_H_
