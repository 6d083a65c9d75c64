#include "dataplane/pending.h"

#include <algorithm>
#include <bit>

#include "dataplane/copy.h"

namespace mgmd::dataplane {

PendingTable::PendingTable(const PendingLimits& limits, rte_mempool* pool, uint64_t timeout)
    : limits_(limits),
      pool_(pool),
      timeout_(timeout),
      seed_(HashSeed::Random()),
      streams_(size_t{limits.streams} + 1),
      places_(std::bit_ceil(size_t{std::max(limits.streams, 1u)} * 2)),
      place_mask_(std::bit_ceil(std::max(limits.streams, 1u) * 2) - 1) {}

uint32_t PendingTable::FindPlace(Ipv4FibKey key) const {
  uint32_t place = Home(key);
  while (places_[place] != kNone && streams_[places_[place]].key != key)
    place = (place + 1) & place_mask_;
  return place;
}

PendingTable::Outcome PendingTable::Hold(Ipv4FibKey key, uint32_t arrival, rte_mbuf* mbuf,
                                         const uint8_t* frame, uint32_t length, uint64_t now) {
  const uint32_t place = FindPlace(key);
  uint32_t index = places_[place];
  const bool first = index == kNone;
  if (first && stream_count_ == limits_.streams) return Outcome::kStreams;
  if (!first && streams_[index].packets >= limits_.depth) {
    ++streams_[index].over_depth;
    return Outcome::kDepth;
  }
  rte_mbuf* copy = nullptr;
  if (packet_count_ < limits_.packets) {
    const auto offset = static_cast<uint32_t>(frame - rte_pktmbuf_mtod(mbuf, const uint8_t*));
    copy = CopyFrame(pool_, FrameReader(frame, mbuf->data_len - offset, mbuf->next), length);
  }
  if (copy == nullptr) {
    if (!first) ++streams_[index].over_packets;
    return Outcome::kPackets;
  }
  HeldPacket::Of(copy) = {nullptr, arrival};
  ++packet_count_;
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
                     .over_depth = 0,
                     .over_packets = 0,
                     .older = newest_,
                     .newer = kNone};
  (newest_ == kNone ? oldest_ : streams_[newest_].newer) = index;
  newest_ = index;
  places_[place] = index;
  ++stream_count_;
  return Outcome::kFirst;
}

void PendingTable::Unlink(uint32_t index) {
  const Stream& stream = streams_[index];
  if (walk_ == index) walk_ = stream.older;
  (stream.older == kNone ? oldest_ : streams_[stream.older].newer) = stream.newer;
  (stream.newer == kNone ? newest_ : streams_[stream.newer].older) = stream.older;
}

HeldStream PendingTable::Remove(uint32_t place) {
  const uint32_t index = places_[place];
  Stream& stream = streams_[index];
  const HeldStream held = {stream.key, stream.head, stream.packets, stream.over_depth,
                           stream.over_packets};
  Unlink(index);
  // Closes the gap: whoever stands behind it and may stand in it moves up, so that probing never
  // meets a hole.
  uint32_t gap = place;
  for (uint32_t next = (gap + 1) & place_mask_; places_[next] != kNone;
       next = (next + 1) & place_mask_) {
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
  packet_count_ -= held.packets;
  return held;
}

std::optional<HeldStream> PendingTable::Take(Ipv4FibKey key) {
  if (stream_count_ == 0) return std::nullopt;
  const uint32_t place = FindPlace(key);
  if (places_[place] == kNone) return std::nullopt;
  return Remove(place);
}

std::optional<HeldStream> PendingTable::TakeExpired(uint64_t now) {
  if (oldest_ == kNone || now - streams_[oldest_].since < timeout_) return std::nullopt;
  return Remove(FindPlace(streams_[oldest_].key));
}

std::optional<HeldStream> PendingTable::TakeCovered(Ipv4FibKey wildcard, uint32_t& cursor) {
  for (uint32_t index = cursor == kNone ? oldest_ : cursor; index != kNone;) {
    const Ipv4FibKey key = streams_[index].key;
    const uint32_t next = streams_[index].newer;
    if (wildcard.Covers(key.source(), key.group())) {
      cursor = next;
      return Remove(FindPlace(key));
    }
    index = next;
  }
  return std::nullopt;
}

}  // namespace mgmd::dataplane
