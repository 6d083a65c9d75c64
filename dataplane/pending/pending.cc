#include "dataplane/pending/pending.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "dataplane/frames/copy.h"

namespace mgmd::dataplane {

template <class Family>
PendingTable<Family>::PendingTable(const PendingLimits& limits, rte_mempool* pool, uint64_t timeout)
    : limits_(limits),
      share_{std::max(limits.streams / 2, 1u), std::max(limits.packets / 2, 1u)},
      pool_(pool),
      timeout_(timeout),
      seed_(HashSeed<Family>::Random()),
      streams_(size_t{limits.streams} + 1),
      places_(std::bit_ceil(size_t{std::max(limits.streams, 1u)} * 2)),
      uses_(kMaxInterfaces),
      place_mask_(std::bit_ceil(std::max(limits.streams, 1u) * 2) - 1) {}

template <class Family>
uint32_t PendingTable<Family>::FindPlace(const Key& key) const {
  uint32_t place = Home(key);
  while (places_[place] != kNone && streams_[places_[place]].key != key) place = (place + 1) & place_mask_;
  return place;
}

template <class Family>
typename PendingTable<Family>::Outcome PendingTable<Family>::Hold(const Key& key, uint32_t arrival, rte_mbuf* mbuf,
                                                                  const uint8_t* frame, uint32_t length, uint64_t now) {
  const uint32_t place = FindPlace(key);
  uint32_t index = places_[place];
  const bool first = index == kNone;
  Use& use = uses_[InterfaceOf(arrival)];
  if (first && stream_count_ == limits_.streams) return Outcome::kStreams;
  if (first && use.streams == share_.streams) return Outcome::kShare;
  if (!first && streams_[index].packets >= limits_.depth) {
    ++streams_[index].lost.depth;
    return Outcome::kDepth;
  }
  if (packet_count_ < limits_.packets && use.packets == share_.packets) {
    if (!first) ++streams_[index].lost.share;
    return Outcome::kShare;
  }
  rte_mbuf* copy = nullptr;
  if (packet_count_ < limits_.packets) {
    const auto offset = static_cast<uint32_t>(frame - rte_pktmbuf_mtod(mbuf, const uint8_t*));
    copy = CopyFrame(pool_, FrameReader(frame, mbuf->data_len - offset, mbuf->next), length);
  }
  if (copy == nullptr) {
    if (!first) ++streams_[index].lost.packets;
    return Outcome::kPackets;
  }
  HeldPacket::Of(copy) = {nullptr, arrival};
  copy->vlan_tci = mbuf->vlan_tci;
  copy->ol_flags |= mbuf->ol_flags & RTE_MBUF_F_RX_VLAN;
  ++packet_count_;
  ++use.packets;
  if (!first) {
    Stream& stream = streams_[index];
    HeldPacket::Of(stream.tail).next = copy;
    stream.tail = copy;
    ++stream.packets;
    return Outcome::kFurther;
  }
  if (free_ != kNone) {
    index = free_;
    free_ = streams_[index].newer;
  } else {
    index = ++used_streams_;
  }
  streams_[index] = {.key = key,
                     .since = now,
                     .head = copy,
                     .tail = copy,
                     .packets = 1,
                     .lost = {},
                     .older = kNone,
                     .newer = kNone,
                     .interface = InterfaceOf(arrival),
                     .draining = false};
  Append(waiting_, index);
  places_[place] = index;
  ++stream_count_;
  ++use.streams;
  return Outcome::kFirst;
}

template <class Family>
void PendingTable<Family>::Append(List& list, uint32_t index) {
  streams_[index].older = list.newest;
  streams_[index].newer = kNone;
  (list.newest == kNone ? list.oldest : streams_[list.newest].newer) = index;
  list.newest = index;
}

template <class Family>
void PendingTable<Family>::Unlink(uint32_t index) {
  const Stream& stream = streams_[index];
  List& list = stream.draining ? draining_ : waiting_;
  if (walk_ == index) walk_ = stream.older;
  if (unasked_ == index) unasked_ = stream.newer;
  (stream.older == kNone ? list.oldest : streams_[stream.older].newer) = stream.newer;
  (stream.newer == kNone ? list.newest : streams_[stream.newer].older) = stream.older;
}

template <class Family>
void PendingTable<Family>::MoveToDraining(uint32_t index) {
  Unlink(index);
  streams_[index].draining = true;
  Append(draining_, index);
}

template <class Family>
HeldStream<Family> PendingTable<Family>::Remove(uint32_t place) {
  const uint32_t index = places_[place];
  Stream& stream = streams_[index];
  const HeldStream<Family> held = {stream.key, stream.head, stream.packets, stream.lost};
  Unlink(index);
  // Closes the gap: whoever stands behind it and may stand in it moves up, so that probing never
  // meets a hole.
  uint32_t gap = place;
  for (uint32_t next = (gap + 1) & place_mask_; places_[next] != kNone; next = (next + 1) & place_mask_) {
    const uint32_t home = Home(streams_[places_[next]].key);
    if (((next - home) & place_mask_) >= ((next - gap) & place_mask_)) {
      places_[gap] = places_[next];
      gap = next;
    }
  }
  places_[gap] = kNone;
  stream.newer = free_;
  free_ = index;
  --stream_count_;
  --uses_[stream.interface].streams;
  for (rte_mbuf* mbuf = held.head; mbuf != nullptr; mbuf = HeldPacket::Of(mbuf).next) Uncount(HeldPacket::Of(mbuf));
  return held;
}

template <class Family>
std::optional<HeldStream<Family>> PendingTable<Family>::Take(const Key& key) {
  if (stream_count_ == 0) return std::nullopt;
  const uint32_t place = FindPlace(key);
  if (places_[place] == kNone) return std::nullopt;
  return Remove(place);
}

template <class Family>
std::optional<HeldStream<Family>> PendingTable<Family>::TakeExpired(uint64_t now) {
  const uint32_t oldest = waiting_.oldest;
  if (oldest == kNone || now - streams_[oldest].since < timeout_) return std::nullopt;
  return Remove(FindPlace(streams_[oldest].key));
}

template <class Family>
std::optional<HeldStream<Family>> PendingTable<Family>::TakeCovered(const Key& wildcard, uint32_t& cursor) {
  const uint32_t first = waiting_.oldest != kNone ? waiting_.oldest : draining_.oldest;
  for (uint32_t index = cursor == kNone ? first : cursor; index != kNone;) {
    const Key key = streams_[index].key;
    uint32_t next = streams_[index].newer;
    if (next == kNone && !streams_[index].draining) next = draining_.oldest;
    if (wildcard.Covers(key.source(), key.group())) {
      cursor = next;
      return Remove(FindPlace(key));
    }
    index = next;
  }
  return std::nullopt;
}

template <class Family>
bool PendingTable<Family>::StartDraining(const Key& key) {
  const uint32_t index = places_[FindPlace(key)];
  if (index == kNone) return false;
  if (!streams_[index].draining) MoveToDraining(index);
  return true;
}

template <class Family>
void PendingTable<Family>::StartDrainingCovered(const Key& wildcard) {
  for (uint32_t index = waiting_.oldest; index != kNone;) {
    const uint32_t next = streams_[index].newer;
    const Key key = streams_[index].key;
    if (wildcard.Covers(key.source(), key.group())) MoveToDraining(index);
    index = next;
  }
}

template <class Family>
std::optional<HeldStream<Family>> PendingTable<Family>::TakeDraining(const Key& key) {
  const uint32_t place = FindPlace(key);
  if (places_[place] == kNone || !streams_[places_[place]].draining) return std::nullopt;
  return Remove(place);
}

template <class Family>
HeldStream<Family> PendingTable<Family>::TakeDraining(uint32_t packets) {
  const uint32_t index = draining_.oldest;
  Stream& stream = streams_[index];
  if (stream.packets <= packets) return Remove(FindPlace(stream.key));
  const HeldStream<Family> part = {stream.key, stream.head, packets, std::exchange(stream.lost, {})};
  rte_mbuf** link = &stream.head;
  for (uint32_t n = 0; n < packets; ++n) {
    HeldPacket& held = HeldPacket::Of(*link);
    Uncount(held);
    link = &held.next;
  }
  stream.head = std::exchange(*link, nullptr);
  stream.packets -= packets;
  Unlink(index);
  Append(draining_, index);
  return part;
}

template class PendingTable<Ipv4>;
template class PendingTable<Ipv6>;

}  // namespace mgmd::dataplane
