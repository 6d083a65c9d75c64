#ifndef MGMD_CONTROL_MGM_RULES_LIFETIMES_H_
#define MGMD_CONTROL_MGM_RULES_LIFETIMES_H_

// How long an MFE lives (A14): a timeout from its creation on, which the PRUNE alert may set. Ten seconds before the
// end its packet counter is read; whether the counter has moved at the end says whether the stream still flows.

#include <optional>

#include "common/forwarder.h"
#include "control/mgm/group_manager_types.h"
#include "control/mgm/state/expiry.h"
#include "control/mgm/state/mfe_cache.h"

namespace mgmd::mgm {

template <class Family>
class Lifetimes {
 public:
  static constexpr uint32_t kDefaultTimeout = 900;  // seconds
  static constexpr std::chrono::seconds kIdle{10};  // an MFE without a packet for so long is not renewed

  Lifetimes(MfeCache<Family>& cache, Forwarder<Family>& forwarder, Clock& clock)
      : cache_(cache), forwarder_(forwarder), clock_(clock) {}

  // The MFE has been made, or decided again: its life begins now.
  void Begin(uint32_t mfe);
  // It ends so many seconds from now; 0: the default (A14).
  void SetRest(uint32_t mfe, uint32_t seconds);

  // Looks at up to `budget` MFEs that may be due, and calls ended(mfe, flows) for each whose life is over; it is to
  // drop it or to let it begin again, at once or later. Returns whether there was anything to do.
  template <class Ended>
  bool Run(size_t budget, Ended ended);
  // When Run() may have something to do; nothing: never.
  std::optional<Time> NextDeadline() const;

 private:
  void Schedule(uint32_t mfe);
  // Not over yet: schedules it again. Returns whether something has changed.
  bool LookAgain(uint32_t mfe);
  static Time DeadlineOf(const MfeOf<Family>& mfe) { return Time(mfe.created) + std::chrono::seconds(mfe.timeout); }

  MfeCache<Family>& cache_;
  Forwarder<Family>& forwarder_;
  Clock& clock_;
  Expiry<Family> expiry_;
};

template <class Family>
template <class Ended>
bool Lifetimes<Family>::Run(size_t budget, Ended ended) {
  bool any = false;
  expiry_.Run(cache_, clock_.Now(), budget, [&](uint32_t mfe) {
    const auto& due = cache_[mfe];
    if (clock_.Now() < DeadlineOf(due)) {
      any |= LookAgain(mfe);
      return;
    }
    const bool flows = due.Is(Mfe::kSampled) && forwarder_.Activity(due.key) != cache_.details(mfe).activity;
    ended(mfe, flows);
    any = true;
  });
  return any;
}

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_LIFETIMES_H_
