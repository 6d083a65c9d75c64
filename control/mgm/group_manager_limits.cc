#include <algorithm>
#include <utility>

#include "control/mgm/group_manager.h"

// Room for another MFE. Where a limit is met an idle MFE goes for the new one: one whose packet
// counter has not moved since it was last looked at, a second ago or more. The MFEs that share the
// limit are looked at in turn, some in each call, as the hand of a clock goes round; so a stream
// that flows stays, however fast the hand is, and one of a source that sent a single packet goes
// when the hand comes to it for the second time.

namespace mgmd::mgm {

bool GroupManager::IsIdle(uint32_t mfe) {
  Mfe& looked_at = cache_[mfe];
  // What waits for the forwarder has not been seen by it; a membership holds the others, or a
  // wildcard MFE would forward what they stop.
  if (looked_at.key.is_wildcard() || looked_at.Is(Mfe::kProactive | Mfe::kDirty)) return false;
  if (CoveringWildcard(looked_at.key) != kNoMfe) return false;
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

// The next idle one whose order lies in the range; `hand` is the order of the last one looked at.
uint32_t GroupManager::FindIdleIn(OrderRange range, uint64_t& hand, size_t looks) {
  if (hand < range.first || hand > range.last) hand = range.first;
  for (bool wrapped = false; looks > 0; --looks) {
    uint32_t mfe = cache_.Next(hand, false);
    if (mfe == kNoMfe || OrderOf(cache_[mfe].key) > range.last) {
      if (std::exchange(wrapped, true)) break;
      hand = range.first;
      mfe = cache_.Next(hand, true);
    }
    hand = OrderOf(cache_[mfe].key);
    if (IsIdle(mfe)) return mfe;
  }
  return kNoMfe;
}

// The next idle one of the interface, to the end of its list; the next search begins anew.
uint32_t GroupManager::FindIdleOf(const Interface& iif, size_t& looks) {
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

uint32_t GroupManager::FindIdleOf(ClientIndex owner) {
  const auto& all = interfaces_.all();
  InterfaceId& hand = limits_.HandOf(owner);
  size_t looks = kLooksForRoom;
  auto place = all.lower_bound(hand);
  for (size_t step = 0; step < all.size() && looks > 0; ++step, ++place) {
    if (place == all.end()) place = all.begin();
    if (place->second->holder() != owner) continue;
    hand = place->first;
    const uint32_t mfe = FindIdleOf(*place->second, looks);
    if (mfe != kNoMfe) return mfe;
  }
  return kNoMfe;
}

uint32_t GroupManager::FindIdle(Limit limit, Ipv4FibKey key, InterfaceSlot iif) {
  switch (limit) {
    case Limit::kAll:
      return FindIdleIn({0, ~uint64_t{0}}, limits_.hand(), std::min(kLooksForRoom, cache_.size()));
    case Limit::kPerGroup:
      return FindIdleIn(CoveredBy(Ipv4FibKey::AnySource(key.group())), limits_.HandOf(key.group()),
                        std::min(kLooksForRoom, limits_.CountOf(key.group())));
    case Limit::kPerInterface: {
      size_t looks = std::min(kLooksForRoom, interfaces_[iif].iif_mfes.size());
      const uint32_t mfe = FindIdleOf(interfaces_[iif], looks);
      return mfe != kNoMfe ? mfe : FindIdleOf(interfaces_[iif], looks);
    }
    case Limit::kPerOwner:
      return FindIdleOf(interfaces_[iif].holder());
  }
  return kNoMfe;
}

bool GroupManager::IsMet(Limit limit, Ipv4FibKey key, InterfaceSlot iif) const {
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

bool GroupManager::MakeRoom(std::initializer_list<Limit> limits, Ipv4FibKey key, InterfaceSlot iif) {
  for (const Limit limit : limits) {
    if (!IsMet(limit, key, iif)) continue;
    const uint32_t idle = FindIdle(limit, key, iif);
    LimitCounts& counts = limits_.counts(limit);
    if (idle != kNoMfe) {
      ++counts.made_room;
      DropMfe(idle);
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

}  // namespace mgmd::mgm
