#ifndef MGMD_CONTROL_MGM_RULES_EFFECTS_H_
#define MGMD_CONTROL_MGM_RULES_EFFECTS_H_

// What every change ends with: the forwarder gets its entries, as one batch, and then the clients their alerts. So a
// slow callee holds up no stream.

#include "control/mgm/rules/alerts.h"
#include "control/mgm/rules/mfe_writer.h"
#include "control/mgm/rules/room.h"

namespace mgmd::mgm {

template <class Family>
class Effects {
 public:
  Effects(Room<Family>& room, MfeWriter<Family>& writer, Alerts<Family>& alerts)
      : room_(room), writer_(writer), alerts_(alerts) {}

  void Write() {
    room_.MakeForNegative(Room<Family>::kNegativePerCall);
    writer_.Write();
  }
  void WriteAndAlert() {
    Write();
    alerts_.Deliver();
  }

 private:
  Room<Family>& room_;
  MfeWriter<Family>& writer_;
  Alerts<Family>& alerts_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_EFFECTS_H_
