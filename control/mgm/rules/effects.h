#ifndef MGMD_CONTROL_MGM_RULES_EFFECTS_H_
#define MGMD_CONTROL_MGM_RULES_EFFECTS_H_

// What every change ends with: the forwarder gets its entries, as one batch, and then the clients their alerts. So a
// slow callee holds up no stream.

#include "control/mgm/rules/alerts.h"
#include "control/mgm/rules/mfe_writer.h"
#include "control/mgm/rules/room.h"

namespace mgmd::mgm {

class Effects {
 public:
  Effects(Room& room, MfeWriter& writer, Alerts& alerts) : room_(room), writer_(writer), alerts_(alerts) {}

  void Write() {
    room_.MakeForNegative(Room::kNegativePerCall);
    writer_.Write();
  }
  void WriteAndAlert() {
    Write();
    alerts_.Deliver();
  }

 private:
  Room& room_;
  MfeWriter& writer_;
  Alerts& alerts_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_EFFECTS_H_
