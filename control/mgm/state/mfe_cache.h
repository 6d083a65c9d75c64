#ifndef MGMD_CONTROL_MGM_STATE_MFE_CACHE_H_
#define MGMD_CONTROL_MGM_STATE_MFE_CACHE_H_

// The cache of multicast forwarding entries: built for a million MFEs on a thousand interfaces.
//
// An MFE is a line of 64 bytes in an array of chunks, found by its index, with up to three oifs
// inside it; a longer OIL is one allocation. What is read rarely stands in a second array. One
// ordered index serves lookup, the walk by (group, source) and the MFEs of a group. Every MFE knows
// its place in the lists of its interfaces (interface_table.h), so that it leaves them without a
// search.
//
// Kill() marks MFEs dead by the million: a dead MFE cannot be found any more, but still stands in
// the index and in lists until Reclaim() has removed it, some at a time. Whoever walks a list skips
// the dead.
//
// Cost: 120 bytes for an MFE of IPv4 and 176 of IPv6, about 18 for its index and 4 for each place in a list.

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "common/fib_key.h"
#include "common/hash_parts.h"
#include "common/interface.h"
#include "common/ssm_ranges.h"
#include "control/mgm/state/interface_table.h"
#include "control/mgm/state/memberships.h"
#include "control/mgm/state/oil_element.h"
#include "control/mgm/state/wildcard_lengths.h"

namespace mgmd::mgm {

using Time = std::chrono::microseconds;  // of the manager's clock

inline constexpr uint32_t kNoMfe = ~uint32_t{0};

// The elements of an MFE's OIL, ascending by slot. Owned and freed by the cache.
class Oil {
 public:
  static constexpr uint32_t kInline = 3;

  std::span<OilElement> elements() { return {data(), count_}; }
  std::span<const OilElement> elements() const { return {const_cast<Oil*>(this)->data(), count_}; }
  OilElement* Find(InterfaceSlot slot);
  // The slot is not in the OIL.
  OilElement& Insert(InterfaceSlot slot);
  void Remove(const OilElement* element);
  void Clear();

 private:
  // Of the first element that is not below the slot.
  OilElement* Place(InterfaceSlot slot);
  OilElement* data() { return capacity_ == kInline ? few.data() : many; }
  void Grow();

  uint16_t count_ = 0;
  uint16_t capacity_ = kInline;
  union {
    std::array<OilElement, kInline> few = {};
    OilElement* many;
  };
};
static_assert(sizeof(Oil) == 32);

// All of an MFE but its key.
struct Mfe {
  static constexpr uint16_t kAlive = 1;
  static constexpr uint16_t kDirty = 2;            // to be written to the forwarder
  static constexpr uint16_t kOrphan = 4;           // no route, or nobody on the iif
  static constexpr uint16_t kDrain = 8;            // answers a first packet
  static constexpr uint16_t kProactive = 16;       // a proactive membership of its key stands
  static constexpr uint16_t kNegative = 32;        // counted as one
  static constexpr uint16_t kSampled = 64;         // MfeDetails::activity was read
  static constexpr uint16_t kRedecide = 128;       // waits to be decided again
  static constexpr uint16_t kAnnounced = 256;      // the observer knows it
  static constexpr uint16_t kInherited = 512;      // its iif is a wider MFE's
  static constexpr uint16_t kPruneInGrace = 1024;  // its iif's holder may have to be told PRUNE
  static constexpr uint16_t kLookedAt = 2048;      // whether it is idle (rules/room.h)

  // It goes to another client, and its iif's holder has had PRUNE: it hears no more of it (T24).
  static constexpr uint16_t kLeaving = 4096;

  Oil oil;
  uint32_t iif_position = 0;  // in Interface::iif_mfes
  uint32_t timeout = 0;       // seconds from `created`
  uint16_t iif = Value(kNoSlot);
  uint16_t flags = 0;
  uint16_t active = 0;     // elements of `oil` that are oifs
  uint16_t looked_at = 0;  // the second of the last look, of 65,536, if kLookedAt
  int64_t created = 0;     // microseconds

  bool Is(uint16_t flag) const { return (flags & flag) != 0; }
  void Set(uint16_t flag, bool value) { flags = value ? flags | flag : flags & ~flag; }
  InterfaceSlot iif_slot() const { return InterfaceSlot{iif}; }
};

template <class Family>
struct MfeOf : Mfe {
  FibKey<Family> key;
};
static_assert(sizeof(MfeOf<Ipv4>) == 64);

// What is kept of a first packet: the IP header without options, and so much of the payload.
template <class Family>
inline constexpr size_t kKeptHeader = 11 + (Family::kAddressBits == 32 ? 20 : 40);

// What is needed at creation, at the end, and by the MIB.
template <class Family>
struct MfeDetails {
  uint64_t activity = 0;
  uint32_t generation = 0;        // of the index: grows when it is freed
  uint32_t schedule = 0;          // of the expiry: only its latest one counts
  uint32_t route = ~uint32_t{0};  // in RouteUses
  typename Family::Address upstream_neighbour;
  uint8_t header_size = 0;
  std::array<uint8_t, kKeptHeader<Family>> header{};  // of the first packet; longer ones with options stand apart
};
static_assert(sizeof(MfeDetails<Ipv4>) == 56 && sizeof(MfeDetails<Ipv6>) == 88);

// Names an MFE across changes.
struct MfeRef {
  uint32_t index = kNoMfe;
  uint32_t generation = 0;
};

template <class Family>
class MfeCache {
 public:
  MfeCache(InterfaceTable<Family>& interfaces, const SsmRanges<Family>& ssm) : interfaces_(interfaces), ssm_(ssm) {}
  ~MfeCache();
  MfeCache(const MfeCache&) = delete;
  MfeCache& operator=(const MfeCache&) = delete;

  MfeOf<Family>& operator[](uint32_t mfe) { return chunks_[mfe / kChunk]->mfes[mfe % kChunk]; }
  const MfeOf<Family>& operator[](uint32_t mfe) const { return chunks_[mfe / kChunk]->mfes[mfe % kChunk]; }
  MfeDetails<Family>& details(uint32_t mfe) { return chunks_[mfe / kChunk]->details[mfe % kChunk]; }
  const MfeDetails<Family>& details(uint32_t mfe) const { return chunks_[mfe / kChunk]->details[mfe % kChunk]; }

  size_t size() const { return alive_; }
  // kNoMfe: there is none.
  uint32_t Find(FibKey<Family> key) const;
  // No live MFE has the key. Without iif and oifs.
  uint32_t Insert(FibKey<Family> key);
  // Removes it from everything, at once.
  void Erase(uint32_t mfe);
  // Makes it dead; Reclaim() does the rest.
  void Kill(uint32_t mfe);
  // Kills every MFE with the interface as iif; they leave its list. Calls visit(mfe) for each live
  // one before.
  template <class Visitor>
  void KillAllOf(Interface<Family>& iif, Visitor visit);
  // Removes up to about `budget` dead MFEs. False: there are none.
  bool Reclaim(size_t budget);
  bool has_dead() const { return !graveyard_.empty(); }

  MfeRef RefTo(uint32_t mfe) const { return {mfe, details(mfe).generation}; }
  // Whether the MFE that was named still lives.
  bool Lives(MfeRef ref) const {
    return ref.index < count_ && (*this)[ref.index].Is(Mfe::kAlive) && details(ref.index).generation == ref.generation;
  }

  void SetIif(uint32_t mfe, InterfaceSlot slot);  // kNoSlot: none
  // The slot is not in the OIL. Maintains `active`.
  void AddOif(uint32_t mfe, InterfaceSlot slot, uint16_t flags);
  void SetOifFlags(MfeOf<Family>& mfe, OilElement& element, uint16_t flags);
  void RemoveOif(uint32_t mfe, OilElement* element);
  void ClearOifs(uint32_t mfe);

  void SetHeader(uint32_t mfe, std::span<const uint8_t> header);
  // Valid until the next change.
  std::span<const uint8_t> Header(uint32_t mfe) const;

  // Calls visit(index) for every live MFE whose key lies in the range, in order; visit must not
  // insert or erase.
  template <class Visitor>
  void ForEachIn(OrderRange<Family> range, Visitor visit) const;
  // The same from an order on, for at most `budget` MFEs, dead ones included. Returns where to go
  // on; nothing: all have been seen.
  template <class Visitor>
  std::optional<KeyOrder<Family>> VisitSome(KeyOrder<Family> from, size_t budget, Visitor visit) const;
  // The first live MFE from the order on; kNoMfe: none.
  uint32_t Next(KeyOrder<Family> from) const;
  // Calls visit(index) -> bool for at most `live` live MFEs from an order on, until it returns false:
  // that one counts as not seen. Steps over at most `dead` dead ones. Returns the key to go on from;
  // nothing: all have been seen.
  template <class Visitor>
  std::optional<FibKey<Family>> ReadSome(KeyOrder<Family> from, size_t live, size_t dead, Visitor visit) const;

  uint32_t wildcards() const { return wildcards_.keys(); }
  // The narrowest wildcard MFE that covers the key and is not its own; kNoMfe: none.
  uint32_t CoveringWildcard(FibKey<Family> key) const;

 private:
  static constexpr uint32_t kChunk = 1024;
  struct Chunk {
    std::array<MfeOf<Family>, kChunk> mfes;
    std::array<MfeDetails<Family>, kChunk> details;
  };
  static constexpr uint32_t kNoPosition = ~uint32_t{0};

  void Unlink(uint32_t mfe);
  void Free(uint32_t mfe);

  InterfaceTable<Family>& interfaces_;
  const SsmRanges<Family>& ssm_;
  std::vector<std::unique_ptr<Chunk>> chunks_;
  uint32_t count_ = 0;  // indices ever used
  std::deque<uint32_t> free_;
  size_t alive_ = 0;
  WildcardLengths<Family> wildcards_;  // that live
  absl::btree_map<KeyOrder<Family>, uint32_t> index_;
  HashParts<absl::flat_hash_map<uint32_t, std::vector<uint8_t>>> long_headers_;

  std::vector<MfeRef> graveyard_;  // dead, not reclaimed
  bool sweeping_ = false;          // through the index, in order, since most of it is dead
  KeyOrder<Family> sweep_from_{};
};

template <class Family>
template <class Visitor>
void MfeCache<Family>::ForEachIn(OrderRange<Family> range, Visitor visit) const {
  for (auto place = index_.lower_bound(range.first); place != index_.end() && place->first <= range.last; ++place) {
    if ((*this)[place->second].Is(Mfe::kAlive)) visit(place->second);
  }
}

template <class Family>
template <class Visitor>
std::optional<KeyOrder<Family>> MfeCache<Family>::VisitSome(KeyOrder<Family> from, size_t budget, Visitor visit) const {
  auto place = index_.lower_bound(from);
  for (; place != index_.end() && budget > 0; ++place, --budget) {
    if ((*this)[place->second].Is(Mfe::kAlive)) visit(place->second);
  }
  if (place == index_.end()) return std::nullopt;
  return place->first;
}

template <class Family>
template <class Visitor>
std::optional<FibKey<Family>> MfeCache<Family>::ReadSome(KeyOrder<Family> from, size_t live, size_t dead,
                                                         Visitor visit) const {
  for (auto place = index_.lower_bound(from); place != index_.end(); ++place) {
    const auto& mfe = (*this)[place->second];
    const bool over = mfe.Is(Mfe::kAlive) ? live-- == 0 || !visit(place->second) : dead-- == 0;
    if (over) return mfe.key;
  }
  return std::nullopt;
}

template <class Family>
template <class Visitor>
void MfeCache<Family>::KillAllOf(Interface<Family>& iif, Visitor visit) {
  constexpr size_t kAhead = 8;
  const ChunkedList<uint32_t>& list = iif.iif_mfes;
  graveyard_.reserve(graveyard_.size() + list.size());
  for (size_t i = 0; i < list.size(); ++i) {
    if (i + kAhead < list.size()) __builtin_prefetch(&(*this)[list[i + kAhead]], 1);
    auto& mfe = (*this)[list[i]];
    mfe.iif_position = kNoPosition;
    if (!mfe.Is(Mfe::kAlive)) continue;
    visit(list[i]);
    Kill(list[i]);
  }
  interfaces_.CountMfes(iif, -static_cast<int64_t>(list.size()));
  iif.iif_mfes.clear();
}

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_STATE_MFE_CACHE_H_
