#ifndef MGMD_CONTROL_MGM_RULES_REDECISIONS_H_
#define MGMD_CONTROL_MGM_RULES_REDECISIONS_H_

// What is decided without a packet: what waits in the queue, and MFEs whose life is over, which are decided again or
// go.

#include "control/mgm/rules/decider.h"
#include "control/mgm/rules/decision_queue.h"
#include "control/mgm/rules/effects.h"

namespace mgmd::mgm {

template <class Family>
class Redecisions {
 public:
  Redecisions(Tables<Family>& tables, MfeAlerts<Family>& mfe_alerts, Mfes<Family>& mfes, DecisionQueue<Family>& queue,
              const Ways<Family>& ways, Decider<Family>& decider, Effects<Family>& effects)
      : cache_(tables.cache),
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
  void Decide(FibKey<Family> key);
  void DecideWanted(FibKey<Family> key);

  MfeCache<Family>& cache_;
  MfeAlerts<Family>& mfe_alerts_;
  Mfes<Family>& mfes_;
  DecisionQueue<Family>& queue_;
  const Ways<Family>& ways_;
  Decider<Family>& decider_;
  Effects<Family>& effects_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_REDECISIONS_H_
