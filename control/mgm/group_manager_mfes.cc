#include <algorithm>
#include <array>

#include "control/mgm/group_manager.h"

// MFEs on their way to the forwarder. A change marks its MFEs dirty and Flush() writes each once,
// as it is then, in one batch; a release writes its batch itself (group_manager_ownership.cc).

namespace mgmd::mgm {
namespace {

constexpr size_t kKept = 65536;  // places of a list between two batches

template <class Item>
void Forget(std::vector<Item>& list) {
  list.clear();
  if (list.capacity() > kKept) list.shrink_to_fit();
}

}  // namespace

void GroupManager::MarkDirty(uint32_t mfe) {
  if (cache_[mfe].Is(Mfe::kDirty)) return;
  cache_[mfe].Set(Mfe::kDirty, true);
  dirty_.push_back(cache_.RefTo(mfe));
}

void GroupManager::Emit(Mfe& mfe) {
  slots_.clear();
  for (const OilElement& element : mfe.oil.elements()) {
    if (element.active()) slots_.push_back(InterfaceSlot{element.slot});
  }
  const bool orphan = mfe.Is(Mfe::kOrphan);
  batch_.Upsert(mfe.key, orphan ? kNoSlot : mfe.iif_slot(), slots_, orphan, mfe.Is(Mfe::kDrain));
  mfe.Set(Mfe::kDrain, false);
}

void GroupManager::TellGone(const Mfe& mfe) {
  if (mfe.Is(Mfe::kAnnounced)) untold_gone_.push_back(mfe.key);
}

void GroupManager::TellWritten(uint32_t mfe) {
  if (observed_) untold_written_.push_back(cache_.RefTo(mfe));
}

// Its oifs are appended to ids_.
void GroupManager::Announce(Mfe& mfe, MfeEvent& event) {
  event = {.key = mfe.key, .iif = {}, .added = !mfe.Is(Mfe::kAnnounced), .oifs = {}};
  mfe.Set(Mfe::kAnnounced, true);
  const size_t first = ids_.size();
  for (const OilElement& element : mfe.oil.elements()) {
    if (element.active()) ids_.push_back(interfaces_[InterfaceSlot{element.slot}].id);
  }
  std::sort(ids_.begin() + static_cast<ptrdiff_t>(first), ids_.end());
  if (mfe.iif_slot() == kNoSlot) return;
  const Interface& iif = interfaces_[mfe.iif_slot()];
  event.iif = iif.id;
  event.has_iif = !mfe.Is(Mfe::kOrphan) && iif.known();
  if (event.has_iif) event.owner_protocol = clients_[iif.holder()].id.protocol;
}

size_t GroupManager::TellObserver() {
  constexpr size_t kAtOnce = 256;
  const size_t told = untold_gone_.size() + untold_written_.size();
  if (!untold_gone_.empty()) observer_.MfesDeleted(untold_gone_);
  // Oifs of all of them stand in one list, which may move while it grows.
  std::array<MfeEvent, kAtOnce> events;
  std::array<size_t, kAtOnce + 1> ends{};
  for (size_t next = 0; next < untold_written_.size();) {
    size_t count = 0;
    ids_.clear();
    for (; next < untold_written_.size() && count < kAtOnce; ++next) {
      if (!cache_.Lives(untold_written_[next])) continue;
      Announce(cache_[untold_written_[next].index], events[count]);
      ends[++count] = ids_.size();
    }
    for (size_t i = 0; i < count; ++i) {
      events[i].oifs = std::span<const InterfaceId>(ids_).subspan(ends[i], ends[i + 1] - ends[i]);
    }
    if (count != 0) observer_.MfesWritten(std::span<const MfeEvent>(events).first(count));
  }
  for (const Ipv4FibKey key : untold_refused_) observer_.EntryRefused(key);
  Forget(untold_gone_);
  Forget(untold_written_);
  Forget(untold_refused_);
  return told;
}

void GroupManager::Flush() {
  MakeRoomForNegative(kRoomPerCall);
  if (dirty_.empty() && deleted_.empty()) return;
  FillBatch();
  Apply();
  TellObserver();
}

void GroupManager::FillBatch() {
  for (const MfeRef ref : dirty_) {
    if (!cache_.Lives(ref)) continue;
    Mfe& mfe = cache_[ref.index];
    mfe.Set(Mfe::kDirty, false);
    Emit(mfe);
    TellWritten(ref.index);
  }
  dirty_.clear();
  for (const Ipv4FibKey key : deleted_) {
    if (cache_.Find(key) == kNoMfe) batch_.Delete(key);
  }
  deleted_.clear();
}

BatchId GroupManager::Apply() {
  const ApplyResult result = forwarder_.Apply(batch_);
  for (const RefusedChange& refused : result.refused) {
    const Ipv4FibKey key = batch_.changes[refused.change].key;
    const uint32_t mfe = cache_.Find(key);
    if (mfe == kNoMfe) continue;
    if (batch_.changes[refused.change].drain_pending) cache_[mfe].Set(Mfe::kDrain, true);
    refused_.insert(key);
    untold_refused_.push_back(key);
  }
  const bool shrink = batch_.changes.capacity() > kKept || batch_.oifs.capacity() > kKept;
  batch_.Clear();
  if (shrink) {
    batch_.changes.shrink_to_fit();
    batch_.oifs.shrink_to_fit();
  }
  return result.batch;
}

void GroupManager::DropMfe(uint32_t mfe) {
  Mfe& dropped = cache_[mfe];
  NoteBefore(dropped, dropped.active);
  deleted_.push_back(dropped.key);
  TellGone(dropped);
  if (dropped.Is(Mfe::kNegative)) --negative_count_;
  CountLedAway(mfe, -1);
  limits_.Count(dropped.key, -1);
  route_uses_.Release(cache_.details(mfe).route);
  cache_.details(mfe).route = RouteUses::kNone;
  cache_.Erase(mfe);
}

void GroupManager::OilChanged(uint32_t mfe) {
  Mfe& changed = cache_[mfe];
  const bool negative = changed.active == 0;
  if (negative == changed.Is(Mfe::kNegative)) return;
  changed.Set(Mfe::kNegative, negative);
  negative_count_ += negative ? 1 : -1;
  if (!negative) return;
  negative_.push_back(cache_.RefTo(mfe));
  if (negative_.size() > 2 * size_t{negative_count_} + kNegativeSlack) ForgetOldNegatives();
}

void GroupManager::ForgetOldNegatives() {
  absl::flat_hash_set<uint32_t> seen;
  std::erase_if(negative_, [&](const MfeRef& listed) {
    return !cache_.Lives(listed) || !cache_[listed.index].Is(Mfe::kNegative) || !seen.insert(listed.index).second;
  });
}

size_t GroupManager::MakeRoomForNegative(size_t looks) {
  constexpr int kTries = 16;  // then the oldest goes, idle or not
  int tries = 0;
  size_t dropped = 0;
  // One look at each at most: those that must stay are put back.
  looks = std::min(looks, negative_.size());
  for (; looks > 0 && negative_count_ > options_.max_negative_mfes; --looks) {
    const MfeRef oldest = negative_.front();
    negative_.pop_front();
    if (!cache_.Lives(oldest) || !cache_[oldest.index].Is(Mfe::kNegative)) continue;
    Mfe& mfe = cache_[oldest.index];
    ++negative_kept_;
    // A membership holds it, or a wildcard MFE would forward what it stops.
    if (mfe.Is(Mfe::kProactive) || CoveringWildcard(mfe.key) != kNoMfe) {
      negative_.push_back(oldest);
      continue;
    }
    if (tries++ < kTries) {
      const uint64_t activity = forwarder_.Activity(mfe.key);
      uint64_t& seen = cache_.details(oldest.index).activity;
      if (!mfe.Is(Mfe::kSampled) && activity != seen) {
        seen = activity;
        mfe.Set(Mfe::kLookedAt, false);  // what moved since that look is no longer to be seen
        negative_.push_back(oldest);
        continue;
      }
    }
    DropMfe(oldest.index);
    negative_kept_ = 0;
    ++dropped;
  }
  return dropped;
}

bool GroupManager::HasSurplusOfNegative() const {
  return negative_count_ > options_.max_negative_mfes && negative_kept_ <= negative_.size();
}

MfeInfo& GroupManager::Describe(uint32_t mfe, MfeInfo& info) const {
  const Mfe& shown = cache_[mfe];
  const MfeDetails& details = cache_.details(mfe);
  info.key = shown.key;
  info.orphan = shown.Is(Mfe::kOrphan);
  info.iif.reset();
  info.owner_protocol = 0;
  if (shown.iif_slot() != kNoSlot) {
    const Interface& iif = interfaces_[shown.iif_slot()];
    info.iif = iif.id;
    if (!info.orphan && iif.known()) info.owner_protocol = clients_[iif.holder()].id.protocol;
  }
  info.upstream_neighbor = details.upstream_neighbor;
  info.route = {};
  info.route_protocol = 0;
  if (details.route != RouteUses::kNone) {
    info.route = route_uses_[details.route].prefix;
    info.route_protocol = route_uses_[details.route].protocol;
  }
  info.timeout = std::chrono::seconds(shown.timeout);
  info.up_time = std::min<Time>(clock_.Now() - Time(shown.created), info.timeout);
  info.oifs.clear();
  for (const OilElement& element : shown.oil.elements()) {
    if (element.active()) info.oifs.push_back(interfaces_[InterfaceSlot{element.slot}].id);
  }
  std::sort(info.oifs.begin(), info.oifs.end());
  return info;
}

bool GroupManager::GetMfe(Ipv4FibKey key, MfeInfo& info) const {
  const uint32_t mfe = cache_.Find(key);
  if (mfe == kNoMfe) return false;
  Describe(mfe, info);
  return true;
}

absl::Status GroupManager::SetMfe(ClientHandle handle, Ipv4FibKey key, Ipv4Address upstream_neighbor,
                                  uint32_t iif_index) {
  if (absl::Status allowed = MayChange(); !allowed.ok()) return allowed;
  const ClientIndex client = clients_.Find(handle);
  if (client == kNoClient) return absl::InvalidArgumentError("no such client");
  const uint32_t mfe = cache_.Find(key);
  if (mfe == kNoMfe) return absl::NotFoundError("no such MFE");
  Mfe& changed = cache_[mfe];
  if (changed.Is(Mfe::kOrphan) || interfaces_[changed.iif_slot()].holder() != client) {
    return absl::InvalidArgumentError("the client does not own the iif");
  }
  if (iif_index != 0 && iif_index != interfaces_[changed.iif_slot()].id.index) {
    Interface* wanted = nullptr;  // the structure has no next hop: the first of the client's with the index
    for (auto place = interfaces_.all().lower_bound({iif_index, Ipv4Address()});
         place != interfaces_.all().end() && place->first.index == iif_index && wanted == nullptr; ++place) {
      if (place->second->holder() == client) wanted = place->second;
    }
    if (wanted == nullptr) return absl::InvalidArgumentError("the client does not own the new iif");
    const uint16_t active = changed.active;
    const InterfaceSlot old = changed.iif_slot();
    if (OilElement* element = changed.oil.Find(wanted->slot)) cache_.RemoveOif(mfe, element);
    CountLedAway(mfe, -1);
    cache_.SetIif(mfe, wanted->slot);
    CountLedAway(mfe, 1);
    if (memberships_.IsMember(key, old)) cache_.AddOif(mfe, old, 0);
    MarkDirty(mfe);
    OilChanged(mfe);
    AlertEdge(mfe, active, client);
    // Narrower MFEs have their way from it.
    if (key.is_wildcard()) MakeNarrowerMfes(key);
  }
  cache_.details(mfe).upstream_neighbor = upstream_neighbor;
  Flush();
  Deliver();
  return absl::OkStatus();
}

}  // namespace mgmd::mgm
