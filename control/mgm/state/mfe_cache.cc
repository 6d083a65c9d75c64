#include "control/mgm/state/mfe_cache.h"

#include <algorithm>
#include <cstring>

namespace mgmd::mgm {
namespace {

// Whether the packet whose first octets these are has IP options, or extension headers in front of its payload.
template <class Family>
bool HasOptions(std::span<const uint8_t> header);
template <>
bool HasOptions<Ipv4>(std::span<const uint8_t> header) {
  constexpr uint8_t kWordsWithoutOptions = 5;
  return !header.empty() && (header[0] & 0x0F) > kWordsWithoutOptions;
}
template <>
bool HasOptions<Ipv6>(std::span<const uint8_t> header) {
  constexpr size_t kNextHeader = 6;
  // Hop-by-hop options, routing, fragment, destination options (RFC 8200 section 4).
  constexpr std::array<uint8_t, 4> kExtensions = {0, 43, 44, 60};
  return header.size() > kNextHeader &&
         std::find(kExtensions.begin(), kExtensions.end(), header[kNextHeader]) != kExtensions.end();
}

}  // namespace

OilElement* Oil::Place(InterfaceSlot slot) {
  return std::lower_bound(data(), data() + count_, Value(slot),
                          [](const OilElement& element, uint16_t wanted) { return element.slot < wanted; });
}

OilElement* Oil::Find(InterfaceSlot slot) {
  OilElement* const place = Place(slot);
  return place != data() + count_ && place->slot == Value(slot) ? place : nullptr;
}

void Oil::Grow() {
  const uint32_t capacity = std::min<uint32_t>(capacity_ == kInline ? 8 : capacity_ * 2, 0xFFFF);
  auto* block = new OilElement[capacity];
  std::copy_n(data(), count_, block);
  if (capacity_ != kInline) delete[] many;
  many = block;
  capacity_ = static_cast<uint16_t>(capacity);
}

OilElement& Oil::Insert(InterfaceSlot slot) {
  if (count_ == capacity_) Grow();
  OilElement* const place = Place(slot);
  OilElement* const end = data() + count_;
  std::move_backward(place, end, end + 1);
  ++count_;
  *place = OilElement{.slot = Value(slot)};
  return *place;
}

void Oil::Remove(const OilElement* element) {
  OilElement* const place = data() + (element - data());
  std::move(place + 1, data() + count_, place);
  --count_;
}

void Oil::Clear() {
  if (capacity_ != kInline) delete[] many;
  count_ = 0;
  capacity_ = kInline;
  few = {};
}

template <class Family>
MfeCache<Family>::~MfeCache() {
  for (uint32_t mfe = 0; mfe < count_; ++mfe) (*this)[mfe].oil.Clear();
}

template <class Family>
uint32_t MfeCache<Family>::Find(FibKey<Family> key) const {
  const auto found = index_.find(OrderOf(key));
  return found != index_.end() && (*this)[found->second].Is(Mfe::kAlive) ? found->second : kNoMfe;
}

template <class Family>
uint32_t MfeCache<Family>::Insert(FibKey<Family> key) {
  uint32_t mfe;
  if (free_.empty()) {
    if (count_ % kChunk == 0) chunks_.push_back(std::make_unique<Chunk>());
    mfe = count_++;
  } else {
    mfe = free_.back();
    free_.pop_back();
  }
  index_[OrderOf(key)] = mfe;  // from a dead MFE with the same key, too
  auto& made = (*this)[mfe];
  made.key = key;
  made.flags = Mfe::kAlive;
  made.iif_position = kNoPosition;
  ++alive_;
  wildcards_.Add(key);
  return mfe;
}

template <class Family>
void MfeCache<Family>::Kill(uint32_t mfe) {
  auto& killed = (*this)[mfe];
  killed.Set(Mfe::kAlive, false);
  ++details(mfe).schedule;  // its life does not end once more
  --alive_;
  wildcards_.Remove(killed.key);
  graveyard_.push_back(RefTo(mfe));
}

template <class Family>
void MfeCache<Family>::Erase(uint32_t mfe) {
  auto& erased = (*this)[mfe];
  erased.Set(Mfe::kAlive, false);
  --alive_;
  wildcards_.Remove(erased.key);
  index_.erase(OrderOf(erased.key));
  Free(mfe);
}

template <class Family>
void MfeCache<Family>::Unlink(uint32_t mfe) {
  SetIif(mfe, kNoSlot);
  ClearOifs(mfe);
}

template <class Family>
void MfeCache<Family>::Free(uint32_t mfe) {
  Unlink(mfe);
  if (!long_headers_.empty()) long_headers_.Erase(mfe);
  MfeDetails<Family>& freed = details(mfe);
  ++freed.generation;
  ++freed.schedule;
  freed.header_size = 0;
  (*this)[mfe] = MfeOf<Family>{};
  free_.push_back(mfe);
}

template <class Family>
bool MfeCache<Family>::Reclaim(size_t budget) {
  if (graveyard_.empty()) return false;
  if (!sweeping_ && graveyard_.size() > index_.size() / 8 && graveyard_.size() > budget) {
    sweeping_ = true;
    sweep_from_ = FirstOrder<Family>();
  }
  if (sweeping_) {
    // Erasing at an iterator costs a tenth of a search; live MFEs cost one step.
    auto place = index_.lower_bound(sweep_from_);
    for (size_t step = 0; step < budget && place != index_.end(); ++step) {
      const uint32_t mfe = place->second;
      sweep_from_ = NextOrder(place->first);
      if ((*this)[mfe].Is(Mfe::kAlive)) {
        ++place;
      } else {
        place = index_.erase(place);
        Free(mfe);
      }
    }
    if (place != index_.end()) return true;
    sweeping_ = false;
  }
  for (size_t step = 0; step < budget && !graveyard_.empty(); ++step) {
    const MfeRef dead = graveyard_.back();
    graveyard_.pop_back();
    if (details(dead.index).generation != dead.generation) continue;
    const auto place = index_.find(OrderOf((*this)[dead.index].key));
    if (place != index_.end() && place->second == dead.index) index_.erase(place);
    Free(dead.index);
  }
  if (graveyard_.empty() && graveyard_.capacity() > kChunk) graveyard_.shrink_to_fit();
  return true;
}

template <class Family>
void MfeCache<Family>::SetIif(uint32_t mfe, InterfaceSlot slot) {
  auto& changed = (*this)[mfe];
  if (changed.iif_slot() != kNoSlot && changed.iif_position != kNoPosition) {
    ChunkedList<uint32_t>& list = interfaces_[changed.iif_slot()].iif_mfes;
    const uint32_t moved = list.back();
    list[changed.iif_position] = moved;
    (*this)[moved].iif_position = changed.iif_position;
    list.pop_back();
    interfaces_.CountMfes(interfaces_[changed.iif_slot()], -1);
  }
  changed.iif = Value(slot);
  changed.iif_position = kNoPosition;
  if (slot == kNoSlot) return;
  ChunkedList<uint32_t>& list = interfaces_[slot].iif_mfes;
  changed.iif_position = static_cast<uint32_t>(list.size());
  list.push_back(mfe);
  interfaces_.CountMfes(interfaces_[slot], 1);
}

template <class Family>
void MfeCache<Family>::AddOif(uint32_t mfe, InterfaceSlot slot, uint16_t flags) {
  auto& changed = (*this)[mfe];
  OilElement& element = changed.oil.Insert(slot);
  element.flags = flags;
  if (element.is_igmps()) ++interfaces_[slot].edits_of_igmp;
  ChunkedList<uint32_t>& list = interfaces_[slot].oif_mfes;
  element.position = static_cast<uint32_t>(list.size());
  list.push_back(mfe);
  if (element.active()) ++changed.active;
}

template <class Family>
void MfeCache<Family>::SetOifFlags(MfeOf<Family>& mfe, OilElement& element, uint16_t flags) {
  uint32_t& edits_of_igmp = interfaces_[InterfaceSlot{element.slot}].edits_of_igmp;
  if (element.active()) --mfe.active;
  if (element.is_igmps()) --edits_of_igmp;
  element.flags = flags;
  if (element.active()) ++mfe.active;
  if (element.is_igmps()) ++edits_of_igmp;
}

template <class Family>
void MfeCache<Family>::RemoveOif(uint32_t mfe, OilElement* element) {
  auto& changed = (*this)[mfe];
  const InterfaceSlot slot{element->slot};
  ChunkedList<uint32_t>& list = interfaces_[slot].oif_mfes;
  const uint32_t moved = list.back();
  list[element->position] = moved;
  (*this)[moved].oil.Find(slot)->position = element->position;
  list.pop_back();
  if (element->active()) --changed.active;
  if (element->is_igmps()) --interfaces_[slot].edits_of_igmp;
  changed.oil.Remove(element);
}

template <class Family>
void MfeCache<Family>::ClearOifs(uint32_t mfe) {
  auto& changed = (*this)[mfe];
  while (!changed.oil.elements().empty()) RemoveOif(mfe, &changed.oil.elements().back());
  changed.oil.Clear();
}

template <class Family>
uint32_t MfeCache<Family>::CoveringWildcard(FibKey<Family> key) const {
  if (ssm_.HasAll(key)) return kNoMfe;
  const int longest = key.is_wildcard() ? key.group_length() - 1 : Family::kAddressBits;
  uint32_t covering = kNoMfe;
  wildcards_.Any(key.group(), longest, [&](const FibKey<Family>& wildcard) {
    covering = Find(wildcard);
    return covering != kNoMfe;
  });
  return covering;
}

template <class Family>
void MfeCache<Family>::SetHeader(uint32_t mfe, std::span<const uint8_t> header) {
  MfeDetails<Family>& changed = details(mfe);
  if (!long_headers_.empty()) long_headers_.Erase(mfe);
  if (HasOptions<Family>(header) && header.size() > changed.header.size()) {
    long_headers_.Add(mfe).first->second.assign(header.begin(), header.end());
    changed.header_size = 0;
    return;
  }
  changed.header_size = static_cast<uint8_t>(std::min(header.size(), changed.header.size()));
  std::copy_n(header.begin(), changed.header_size, changed.header.begin());
}

template <class Family>
std::span<const uint8_t> MfeCache<Family>::Header(uint32_t mfe) const {
  if (!long_headers_.empty()) {
    if (const auto* found = long_headers_.Find(mfe)) return found->second;
  }
  return std::span(details(mfe).header).first(details(mfe).header_size);
}

template <class Family>
uint32_t MfeCache<Family>::Next(KeyOrder<Family> from) const {
  auto place = index_.lower_bound(from);
  while (place != index_.end() && !(*this)[place->second].Is(Mfe::kAlive)) ++place;
  return place == index_.end() ? kNoMfe : place->second;
}

template class MfeCache<Ipv4>;
template class MfeCache<Ipv6>;

}  // namespace mgmd::mgm
