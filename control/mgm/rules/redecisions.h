#ifndef MGMD_CONTROL_MGM_RULES_REDECISIONS_H_
#define MGMD_CONTROL_MGM_RULES_REDECISIONS_H_

// What is decided without a packet: what waits in the queue, and MFEs whose life is over, which are decided again or
// go.

#include "control/mgm/rules/decider.h"
#include "control/mgm/rules/decision_queue.h"
#include "control/mgm/rules/effects.h"

namespace mgmd::mgm {

class Redecisions {
 public:
  Redecisions(Tables& tables, MfeAlerts& mfe_alerts, Mfes& mfes, DecisionQueue& queue, const Ways& ways,
              Decider& decider, Effects& effects)
      : memberships_(tables.memberships),
        cache_(tables.cache),
        mfe_alerts_(mfe_alerts),
        mfes_(mfes),
        queue_(queue),
        ways_(ways),
        decider_(decider),
        effects_(effects) {}

  // As many as may be decided now. Not inside a callback. Returns whether there was one.
  bool Run();
  // The MFE's life is over: it is renewed if it flows or a membership asks for it, and goes otherwise.
  void EndOfLife(uint32_t mfe, bool flows);

 private:
  void Decide(Ipv4FibKey key);
  void DecideWanted(Ipv4FibKey key);

  const Memberships& memberships_;
  MfeCache& cache_;
  MfeAlerts& mfe_alerts_;
  Mfes& mfes_;
  DecisionQueue& queue_;
  const Ways& ways_;
  Decider& decider_;
  Effects& effects_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_REDECISIONS_H_
