#include "control/mgm/rules/redecisions.h"

#include <vector>

namespace mgmd::mgm {

template <class Family>
bool Redecisions<Family>::Run() {
  if (queue_.empty()) return false;
  queue_.Refill();
  bool any = false;
  while (const std::optional<FibKey<Family>> key = queue_.TakeNext()) {
    Decide(*key);
    any = true;
  }
  return any;
}

template <class Family>
void Redecisions<Family>::DecideWanted(FibKey<Family> key) {
  if (decider_.IsWanted(key)) {
    decider_.Decide(key, Why::kMembership, {});
  } else {
    queue_.RemoveMissing(key);
  }
}

template <class Family>
void Redecisions<Family>::Decide(FibKey<Family> key) {
  const uint32_t mfe = cache_.Find(key);
  if (mfe == kNoMfe) {
    DecideWanted(key);
    return;
  }
  // It has been decided since it was put in the queue, or is another one with the same key.
  if (!cache_[mfe].Is(Mfe::kRedecide)) return;
  cache_[mfe].Set(Mfe::kRedecide, false);
  // The stream moves to another owner: the old one is told before the new one is asked (T24). Where a wildcard's goes
  // is known only when its clients have been asked: Decide() tells then.
  if (!key.is_wildcard() && mfe_alerts_.AlertMove(mfe, ways_.First(key, cache_.CoveringWildcard(key)).good_iif())) {
    const MfeRef moved = cache_.RefTo(mfe);
    effects_.WriteAndAlert();
    if (!cache_.Lives(moved)) return;  // the callee may have done anything
  }
  const auto header = cache_.Header(mfe);
  const std::vector<uint8_t> kept(header.begin(), header.end());
  decider_.Decide(key, Why::kAgain, kept);
}

template <class Family>
void Redecisions<Family>::EndOfLife(uint32_t mfe, bool flows) {
  const FibKey<Family> key = cache_[mfe].key;
  if (flows || decider_.IsWanted(key)) {
    queue_.Add(key);
  } else {
    mfes_.Drop(mfe);
  }
}

template class Redecisions<Ipv4>;
template class Redecisions<Ipv6>;

}  // namespace mgmd::mgm
