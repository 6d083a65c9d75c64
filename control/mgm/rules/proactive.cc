#include "control/mgm/rules/proactive.h"

#include <algorithm>
#include <vector>

namespace mgmd::mgm {

template <class Family>
bool Proactive<Family>::IsJustified(FibKey<Family> key, uint32_t mfe) const {
  const auto* entry = memberships_.Find(key);
  if (entry != nullptr && entry->proactive()) return true;
  if (cache_.CoveringWildcard(key) == kNoMfe) return false;
  if (entry != nullptr && entry->stands()) return true;
  const auto elements = cache_[mfe].oil.elements();
  return std::any_of(elements.begin(), elements.end(),
                     [](const OilElement& element) { return (element.flags & OilElement::kEdits) != 0; });
}

template <class Family>
void Proactive<Family>::Refresh(FibKey<Family> key) {
  if (key.is_wildcard() && cache_.wildcards() == 0 && queue_.missing().empty()) return;
  const auto* entry = memberships_.Find(key);
  const bool proactive = entry != nullptr && entry->proactive();
  const uint32_t mfe = cache_.Find(key);
  if (mfe == kNoMfe) {
    if (!proactive) queue_.RemoveMissing(key);
    return;
  }
  const bool was_proactive = cache_[mfe].Is(Mfe::kProactive);
  cache_[mfe].Set(Mfe::kProactive, proactive);
  if (!key.is_wildcard()) {
    // Made by the membership and without a way, it serves nothing any more.
    if (was_proactive && !proactive && cache_[mfe].Is(Mfe::kOrphan)) mfes_.Drop(mfe);
    return;
  }
  if (proactive) {
    // Who named the iif may have left; the next one names another.
    if (!ways_.HasNamerOn(*entry, interfaces_[cache_[mfe].iif_slot()])) queue_.Add(key);
    return;
  }
  if (!IsJustified(key, mfe)) DropWildcard(key, mfe);
}

template <class Family>
void Proactive<Family>::DropWildcard(FibKey<Family> key, uint32_t mfe) {
  // Streams whose own MFE had its iif from this one look for another way; narrower wildcards may
  // lose their reason.
  std::vector<FibKey<Family>> narrower;
  cache_.ForEachIn(CoveredBy(key), [&](uint32_t covered) {
    const auto& other = cache_[covered];
    if (covered != mfe && Covers(key, other.key, ssm_)) narrower.push_back(other.key);
  });
  mfes_.Drop(mfe);
  for (const FibKey<Family> other : narrower) {
    const uint32_t covered = cache_.Find(other);
    if (covered == kNoMfe) continue;
    if (other.is_wildcard()) {
      Refresh(other);
    } else if (cache_[covered].Is(Mfe::kInherited)) {
      queue_.Add(other);
    }
  }
}

template class Proactive<Ipv4>;
template class Proactive<Ipv6>;

}  // namespace mgmd::mgm
