#ifndef MGMD_DATAPLANE_COUNTERS_EXCEPTIONS_H_
#define MGMD_DATAPLANE_COUNTERS_EXCEPTIONS_H_

// What went otherwise than the stream's counter line says, charged to (counter index, oif, drop
// reason): an open- addressing table of one worker.
//
// Why a table: a line of counters for each (entry, oif, reason) would be a thousand times the
// memory for what hardly ever happens. Why not a map: the worker may not allocate, and control
// reads while it writes.
//
// Protocol. The key of a place is 0 while it is free. The worker claims a free place within the
// window of its key's hash (count is 0 there, then the key is stored) and adds to the count.
// Control reads both, relaxed, at any time. After the grace period of a counter index control sums
// and clears its places: count = 0, then key = 0 with release, so that who finds the place free
// finds the count 0. A key may stand twice in its window after such clearing; control sums over the
// whole window, so nothing is lost or doubled. A full window counts as `unattributed`.
//
// Cost: 16 bytes a place; Add() reads one to four lines.

#include <atomic>
#include <cstdint>

#include "common/drop_reason.h"
#include "common/interface.h"
#include "dataplane/counters/counters.h"
#include "dataplane/fib/reserved_memory.h"

namespace mgmd::dataplane {

// An oif is named by its slot. kNoSlot: the packet as a whole.
struct ExceptionKey {
  uint32_t counter = 0;
  InterfaceSlot oif = kNoSlot;
  DropReason reason{};
};

class ExceptionTable {
 public:
  // `places` is rounded up to a power of two, at least one window.
  explicit ExceptionTable(uint32_t places);
  bool valid() const { return places_.valid(); }

  // --- The worker

  // False: no room. `key.counter` is not kNoEntry.
  bool Add(const ExceptionKey& key, uint64_t n);

  // --- The control thread

  // Calls visit(DropReason, uint64_t packets) for what is charged to the counter index and oif now.
  template <typename Visitor>
  void ForEach(uint32_t counter, InterfaceSlot oif, Visitor&& visit) const {
    const uint32_t window = Window(counter, oif);
    for (uint32_t i = 0; i < kWindow; ++i) {
      const Place& place = places_[window + i];
      const uint64_t word = place.key.load(std::memory_order_acquire);
      if (word == 0 || (word & ~kReasonMask) != Pack(counter, oif)) continue;
      const uint64_t count = Get(place.count);
      if (count != 0) visit(static_cast<DropReason>((word & kReasonMask) - 1), count);
    }
  }

  // Frees the places of the counter index and oif. Only while no worker counts on the index
  // (CounterSink::Fold).
  void Clear(uint32_t counter, InterfaceSlot oif);

  // In places.
  uint32_t capacity() const { return mask_ + kWindow; }

 private:
  struct Place {
    Counter key;
    Counter count;
  };
  static constexpr uint32_t kWindow = 16;
  // A key word: counter index, slot, and the reason plus one in the lowest byte.
  static constexpr uint64_t kReasonMask = 0xFF;
  static uint64_t Pack(uint32_t counter, InterfaceSlot oif) {
    return uint64_t{counter} << 32 | uint64_t{Value(oif)} << 8;
  }
  uint32_t Window(uint32_t counter, InterfaceSlot oif) const {
    return static_cast<uint32_t>((Pack(counter, oif) * 0x9E3779B97F4A7C15) >> 32) & mask_;
  }

  ReservedArray<Place> places_;
  uint32_t mask_ = 0;  // window starts: multiples of kWindow
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_COUNTERS_EXCEPTIONS_H_
