#include "control/mgm/rules/mfe_writer.h"

#include <algorithm>

#include "control/mgm/rules/shrink.h"

namespace mgmd::mgm {

template <class Family>
void MfeWriter<Family>::MarkDirty(uint32_t mfe) {
  if (cache_[mfe].Is(Mfe::kDirty)) return;
  cache_[mfe].Set(Mfe::kDirty, true);
  dirty_.push_back(cache_.RefTo(mfe));
}

template <class Family>
void MfeWriter<Family>::UniteDeleted() {
  std::sort(deleted_.begin(), deleted_.end(), ComesBefore);
  deleted_.erase(std::unique(deleted_.begin(), deleted_.end()), deleted_.end());
}

template <class Family>
void MfeWriter<Family>::Write() {
  if (dirty_.empty() && deleted_.empty()) return;
  FillBatch();
  Apply();
  news_.Tell();
}

template <class Family>
void MfeWriter<Family>::FillBatch() {
  for (const MfeRef ref : dirty_) {
    if (!cache_.Lives(ref)) continue;
    FillUpdate(cache_[ref.index]);
    news_.Written(ref.index);
  }
  dirty_.clear();
  FillDeleted();
}

template <class Family>
size_t MfeWriter<Family>::FillDeleted() {
  const size_t count = deleted_.size();
  for (const FibKey<Family> key : deleted_) {
    if (cache_.Find(key) == kNoMfe) batch_.Delete(key);
  }
  deleted_.clear();
  return count;
}

template <class Family>
void MfeWriter<Family>::FillUpdate(MfeOf<Family>& mfe) {
  mfe.Set(Mfe::kDirty, false);
  slots_.clear();
  for (const OilElement& element : mfe.oil.elements()) {
    if (element.active()) slots_.push_back(InterfaceSlot{element.slot});
  }
  const bool orphan = mfe.Is(Mfe::kOrphan);
  batch_.Upsert(mfe.key, orphan ? kNoSlot : mfe.iif_slot(), slots_, orphan, mfe.Is(Mfe::kDrain));
  mfe.Set(Mfe::kDrain, false);
}

template <class Family>
BatchId MfeWriter<Family>::Apply() {
  const ApplyResult result = forwarder_.Apply(batch_);
  for (const uint32_t refused : result.refused) {
    const FibKey<Family> key = batch_.changes[refused].key;
    const uint32_t mfe = cache_.Find(key);
    if (mfe == kNoMfe) continue;
    if (batch_.changes[refused].drain_pending) cache_[mfe].Set(Mfe::kDrain, true);
    refused_.insert(key);
    news_.Refused(key);
  }
  ClearAndShrink(batch_.changes);
  ClearAndShrink(batch_.oifs);
  return result.batch;
}

template <class Family>
void MfeWriter<Family>::MarkRefused() {
  for (const FibKey<Family> key : refused_) {
    const uint32_t mfe = cache_.Find(key);
    if (mfe != kNoMfe) MarkDirty(mfe);
  }
  refused_.clear();
}

template <class Family>
BatchId MfeWriter<Family>::DeleteRefused(BatchId applied) {
  if (refused_.empty()) return applied;
  for (const FibKey<Family> key : refused_) batch_.Delete(key);
  return Apply();
}

template <class Family>
bool MfeWriter<Family>::RetryRefused() {
  const Time now = clock_.Now();
  if (refused_.empty() || now - refused_tried_ < kRetry) return false;
  refused_tried_ = now;
  MarkRefused();
  return true;
}

template <class Family>
std::optional<Time> MfeWriter<Family>::NextDeadline() const {
  if (refused_.empty()) return std::nullopt;
  return refused_tried_ + kRetry;
}

template class MfeWriter<Ipv4>;
template class MfeWriter<Ipv6>;

}  // namespace mgmd::mgm
