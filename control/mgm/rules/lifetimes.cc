#include "control/mgm/rules/lifetimes.h"

#include <algorithm>
#include <limits>

namespace mgmd::mgm {

template <class Family>
void Lifetimes<Family>::Begin(uint32_t mfe) {
  auto& begun = cache_[mfe];
  begun.created = clock_.Now().count();
  begun.timeout = kDefaultTimeout;
  begun.Set(Mfe::kSampled, false);
  begun.Set(Mfe::kLookedAt, false);
  cache_.details(mfe).activity = 0;
  Schedule(mfe);
}

template <class Family>
void Lifetimes<Family>::SetRest(uint32_t mfe, uint32_t seconds) {
  if (seconds == 0) seconds = kDefaultTimeout;
  // The MFE's timeout is its whole life.
  const int64_t age = (clock_.Now() - Time(cache_[mfe].created)).count() / 1000000;
  cache_[mfe].timeout = static_cast<uint32_t>(std::min<int64_t>(age + seconds, std::numeric_limits<uint32_t>::max()));
  Schedule(mfe);
}

template <class Family>
void Lifetimes<Family>::Schedule(uint32_t mfe) {
  auto& scheduled = cache_[mfe];
  const Time deadline = DeadlineOf(scheduled);
  if (deadline - clock_.Now() <= kIdle) {
    // No time for two looks: idle means that nothing comes from now on.
    if (!scheduled.Is(Mfe::kSampled)) {
      scheduled.Set(Mfe::kSampled, true);
      scheduled.Set(Mfe::kLookedAt, false);  // what moved since that look is no longer to be seen
      cache_.details(mfe).activity = forwarder_.Activity(scheduled.key);
    }
    expiry_.Schedule(cache_, mfe, deadline);
  } else {
    scheduled.Set(Mfe::kSampled, false);
    expiry_.Schedule(cache_, mfe, deadline - kIdle);
  }
}

template <class Family>
bool Lifetimes<Family>::LookAgain(uint32_t mfe) {
  const bool sampled = cache_[mfe].Is(Mfe::kSampled);
  Schedule(mfe);
  return cache_[mfe].Is(Mfe::kSampled) != sampled;
}

template <class Family>
std::optional<Time> Lifetimes<Family>::NextDeadline() const {
  const Time now = clock_.Now();
  std::optional<Time> next = expiry_.Next();
  // What is left of the present second has been looked at: the rest is due with the next.
  if (next.has_value() && *next <= now) next = *next + std::chrono::seconds(1);
  return next;
}

template class Lifetimes<Ipv4>;
template class Lifetimes<Ipv6>;

}  // namespace mgmd::mgm
