#include "control/mgm/rules/room.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mgmd::mgm {

template <class Family>
bool Room<Family>::IsIdle(uint32_t mfe) {
  auto& looked_at = cache_[mfe];
  // What waits for the forwarder has not been seen by it; a membership holds the others, or a
  // wildcard MFE would forward what they stop.
  if (looked_at.key.is_wildcard() || looked_at.Is(Mfe::kProactive | Mfe::kDirty)) return false;
  if (cache_.CoveringWildcard(looked_at.key) != kNoMfe) return false;
  // Whole seconds: two of them are one at the least.
  const auto now = static_cast<uint16_t>(std::chrono::floor<std::chrono::seconds>(clock_.Now()).count());
  const bool first = !looked_at.Is(Mfe::kLookedAt);
  if (!first && static_cast<uint16_t>(now - looked_at.looked_at) < 2) return false;
  looked_at.Set(Mfe::kLookedAt, true);
  looked_at.looked_at = now;
  uint64_t& seen = cache_.details(mfe).activity;
  const uint64_t activity = forwarder_.Activity(looked_at.key);
  const bool moved = first || activity != seen;
  // In its last seconds `activity` is what its end asks for.
  if (!looked_at.Is(Mfe::kSampled)) seen = activity;
  return !moved;
}

// The next idle one whose order lies in the range; `hand` is where to look next.
template <class Family>
uint32_t Room<Family>::FindIdleIn(OrderRange<Family> range, KeyOrder<Family>& hand, size_t looks) {
  if (hand < range.first || hand > range.last) hand = range.first;
  for (bool wrapped = false; looks > 0; --looks) {
    uint32_t mfe = cache_.Next(hand);
    if (mfe == kNoMfe || OrderOf(cache_[mfe].key) > range.last) {
      if (std::exchange(wrapped, true)) break;
      hand = range.first;
      mfe = cache_.Next(hand);
    }
    hand = NextOrder(OrderOf(cache_[mfe].key));
    if (IsIdle(mfe)) return mfe;
  }
  return kNoMfe;
}

// The next idle one of the interface, to the end of its list; the next search begins anew.
template <class Family>
uint32_t Room<Family>::FindIdleOf(const Interface<Family>& iif, size_t& looks) {
  uint32_t& hand = limits_.HandOf(iif.slot);
  for (; looks > 0; --looks) {
    if (hand >= iif.iif_mfes.size()) {
      hand = 0;
      break;
    }
    const uint32_t mfe = iif.iif_mfes[hand];
    if (IsIdle(mfe)) return mfe;
    ++hand;
  }
  return kNoMfe;
}

// The next idle one of the owner's interfaces: once round, and to the first of them again for what comes before its own
// hand.
template <class Family>
uint32_t Room<Family>::FindIdleOf(ClientIndex owner) {
  const auto& all = interfaces_.all();
  InterfaceIdOf<Family>& hand = limits_.HandOf(owner);
  size_t looks = std::min(kLooks, interfaces_.mfes_of(owner));
  auto place = all.lower_bound(hand);
  for (size_t steps = std::min(kInterfaces, all.size() + 1); steps > 0 && looks > 0; --steps, ++place) {
    if (place == all.end()) place = all.begin();
    hand = place->first;
    if (place->second->holder() != owner) continue;
    const uint32_t mfe = FindIdleOf(*place->second, looks);
    if (mfe != kNoMfe) return mfe;
  }
  return kNoMfe;
}

template <class Family>
uint32_t Room<Family>::FindIdle(Limit limit, FibKey<Family> key, InterfaceSlot iif) {
  switch (limit) {
    case Limit::kAll:
      return FindIdleIn({FirstOrder<Family>(), LastOrder<Family>()}, limits_.hand(), std::min(kLooks, cache_.size()));
    case Limit::kPerGroup:
      return FindIdleIn(CoveredBy(FibKey<Family>::AnySource(key.group())), limits_.HandOf(key.group()),
                        std::min(kLooks, limits_.CountOf(key.group())));
    case Limit::kPerInterface: {
      size_t looks = std::min(kLooks, interfaces_[iif].iif_mfes.size());
      const uint32_t mfe = FindIdleOf(interfaces_[iif], looks);
      return mfe != kNoMfe ? mfe : FindIdleOf(interfaces_[iif], looks);
    }
    case Limit::kPerOwner:
      return FindIdleOf(interfaces_[iif].holder());
  }
  return kNoMfe;
}

template <class Family>
bool Room<Family>::IsWanted(FibKey<Family> key) const {
  return key.is_wildcard() || cache_.CoveringWildcard(key) != kNoMfe || memberships_.HasMembers(key);
}

template <class Family>
uint32_t Room<Family>::FindForRoom(Limit limit, FibKey<Family> key, InterfaceSlot iif) {
  if (limit == Limit::kAll) {
    size_t looks = kNegativeLooks;
    const uint32_t negative = FindNegative(looks, !IsWanted(key));
    if (negative != kNoMfe) return negative;
  }
  return FindIdle(limit, key, iif);
}

template <class Family>
bool Room<Family>::IsMet(Limit limit, FibKey<Family> key, InterfaceSlot iif) const {
  switch (limit) {
    case Limit::kAll:
      return limits_.IsMet(limit, cache_.size());
    case Limit::kPerGroup:
      return !key.is_wildcard() && limits_.IsMet(limit, limits_.CountOf(key.group()));
    case Limit::kPerInterface:
      return iif != kNoSlot && limits_.IsMet(limit, interfaces_[iif].iif_mfes.size());
    case Limit::kPerOwner:
      return iif != kNoSlot && limits_.IsMet(limit, interfaces_.mfes_of(interfaces_[iif].holder()));
  }
  return false;
}

template <class Family>
bool Room<Family>::Make(std::initializer_list<Limit> limits, FibKey<Family> key, InterfaceSlot iif) {
  for (const Limit limit : limits) {
    if (!IsMet(limit, key, iif)) continue;
    const uint32_t goes = FindForRoom(limit, key, iif);
    LimitCounts& counts = limits_.counts(limit);
    if (goes != kNoMfe) {
      ++counts.made_room;
      mfes_.Drop(goes);
      continue;
    }
    ++counts.refused;
    refused_by_ = limit;
    if (limits_.MayTell(limit, clock_.Now())) {
      observer_.LimitMet(Name(limit), key, counts.refused);
    }
    return false;
  }
  return true;
}

template <class Family>
absl::Status Room<Family>::Refusal() const {
  return absl::ResourceExhaustedError(absl::StrCat("no room for another MFE: ", std::string(Name(refused_by_)), " is ",
                                                   limits_.most(refused_by_),
                                                   ", and none of the MFEs looked at is idle"));
}

template <class Family>
bool Room<Family>::Flows(uint32_t mfe) {
  auto& looked_at = cache_[mfe];
  const uint64_t activity = forwarder_.Activity(looked_at.key);
  uint64_t& seen = cache_.details(mfe).activity;
  if (looked_at.Is(Mfe::kSampled) || activity == seen) return false;
  seen = activity;
  looked_at.Set(Mfe::kLookedAt, false);  // what moved since that look is no longer to be seen
  return true;
}

template <class Family>
uint32_t Room<Family>::FindNegative(size_t& looks, bool idle) {
  NegativeList<Family>& negative = mfes_.negative();
  looks = std::min(looks, negative.places());
  uint32_t flowing = kNoMfe;
  for (size_t spared = 0; looks > 0 && negative.places() > 0 && spared < kSpared;) {
    const std::optional<MfeRef> oldest = negative.TakeFirst(cache_);
    if (!oldest.has_value()) continue;
    --looks;
    ++negative_kept_;
    const auto& mfe = cache_[oldest->index];
    // What waits for the forwarder has not been seen by it; a membership holds the others, or a wildcard MFE would
    // forward what they stop.
    const bool stays = mfe.Is(Mfe::kDirty | Mfe::kProactive) || cache_.CoveringWildcard(mfe.key) != kNoMfe;
    if (!stays && !Flows(oldest->index)) {
      negative_kept_ = 0;
      return oldest->index;
    }
    if (!stays && spared++ == 0) flowing = oldest->index;
    negative.PutBack(*oldest);
  }
  if (idle || flowing == kNoMfe) return kNoMfe;
  negative_kept_ = 0;
  return flowing;
}

template <class Family>
size_t Room<Family>::MakeForNegative(size_t looks) {
  size_t dropped = 0;
  while (mfes_.negative().count() > max_negative_) {
    const uint32_t oldest = FindNegative(looks, /*idle=*/false);
    if (oldest == kNoMfe) break;
    mfes_.Drop(oldest);
    ++dropped;
  }
  return dropped;
}

template <class Family>
bool Room<Family>::HasSurplusOfNegative() const {
  const NegativeList<Family>& negative = mfes_.negative();
  return negative.count() > max_negative_ && negative_kept_ <= negative.places();
}

template class Room<Ipv4>;
template class Room<Ipv6>;

}  // namespace mgmd::mgm
