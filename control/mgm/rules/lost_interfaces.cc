#include "control/mgm/rules/lost_interfaces.h"

#include <algorithm>

namespace mgmd::mgm {

template <class Family>
bool LostInterfaces<Family>::Run() {
  if (lost_.empty()) return false;
  Lost& lost = lost_.front();
  const auto* const interface = interfaces_.Find(lost.id);
  lost.left = std::min(lost.left, interface == nullptr ? 0 : interface->iif_mfes.size());
  for (size_t looks = 0; lost.left > 0 && looks < kLooksPerTurn; ++looks) {
    // The last of the list takes the place of one that goes: from its end on, that one has been looked at.
    const uint32_t mfe = interface->iif_mfes[--lost.left];
    if (!cache_[mfe].key.is_wildcard() && !decider_.IsWanted(cache_[mfe].key)) mfes_.Drop(mfe);
  }
  if (lost.left == 0) lost_.pop_front();
  return true;
}

template class LostInterfaces<Ipv4>;
template class LostInterfaces<Ipv6>;

}  // namespace mgmd::mgm
