#include "control/mgm/rules/mfe_news.h"

#include <algorithm>
#include <array>

#include "control/mgm/rules/shrink.h"

namespace mgmd::mgm {

template <class Family>
void MfeNews<Family>::Reserve(size_t gone, size_t written) {
  if (!wanted_) return;
  gone_.reserve(gone_.size() + gone);
  written_.reserve(written_.size() + written);
}

// Its oifs are appended to ids_.
template <class Family>
void MfeNews<Family>::Announce(MfeOf<Family>& mfe, MfeEventOf<Family>& event) {
  event = {.key = mfe.key, .iif = {}, .added = !mfe.Is(Mfe::kAnnounced), .oifs = {}};
  mfe.Set(Mfe::kAnnounced, true);
  const size_t first = ids_.size();
  for (const OilElement& element : mfe.oil.elements()) {
    if (element.active()) ids_.push_back(interfaces_[InterfaceSlot{element.slot}].id);
  }
  std::sort(ids_.begin() + static_cast<ptrdiff_t>(first), ids_.end());
  if (mfe.iif_slot() == kNoSlot) return;
  const auto& iif = interfaces_[mfe.iif_slot()];
  event.iif = iif.id;
  event.has_iif = !mfe.Is(Mfe::kOrphan) && iif.known();
  if (event.has_iif) event.owner_protocol = clients_[iif.holder()].id.protocol;
}

template <class Family>
size_t MfeNews<Family>::Tell() {
  constexpr size_t kAtOnce = 256;
  const size_t told = gone_.size() + written_.size();
  if (!gone_.empty()) observer_.MfesDeleted(gone_);
  // Oifs of all of them stand in one list, which may move while it grows.
  std::array<MfeEventOf<Family>, kAtOnce> events;
  std::array<size_t, kAtOnce + 1> ends{};
  for (size_t next = 0; next < written_.size();) {
    size_t count = 0;
    ids_.clear();
    for (; next < written_.size() && count < kAtOnce; ++next) {
      if (!cache_.Lives(written_[next])) continue;
      Announce(cache_[written_[next].index], events[count]);
      ends[++count] = ids_.size();
    }
    for (size_t i = 0; i < count; ++i) {
      events[i].oifs = std::span<const InterfaceIdOf<Family>>(ids_).subspan(ends[i], ends[i + 1] - ends[i]);
    }
    if (count != 0) observer_.MfesWritten(std::span<const MfeEventOf<Family>>(events).first(count));
  }
  for (const FibKey<Family> key : refused_) observer_.EntryRefused(key);
  ClearAndShrink(gone_);
  ClearAndShrink(written_);
  ClearAndShrink(refused_);
  return told;
}

template class MfeNews<Ipv4>;
template class MfeNews<Ipv6>;

}  // namespace mgmd::mgm
