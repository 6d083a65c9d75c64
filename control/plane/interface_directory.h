#ifndef MGMD_CONTROL_PLANE_INTERFACE_DIRECTORY_H_
#define MGMD_CONTROL_PLANE_INTERFACE_DIRECTORY_H_

// Which slot an interface has in a family, and which epoch its stamp is in. Control thread.
//
// An epoch is 16 bits wide and comes round. It must not come back while an entry of its last life can still be read,
// so the directory tells when a bump enters a half of the range and names the batch that must have been reclaimed by
// then: the one that unlinked the last entries with epochs of that half, at least 32,768 bumps ago.
//
// A slot that has been freed goes to another interface when no entry names it any more, in whatever epoch: published,
// refused its replacement, or waiting for its grace period. So the directory counts the entries that name each slot,
// and a slot that is given anew begins with the next epoch and with no half to wait for.
//
// Cost: four bytes a slot to count, and a store for each interface that an entry names, when it is made and when it is
// reclaimed.

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/forwarder.h"
#include "common/interface.h"

namespace mgmd::plane {

template <class Family>
class InterfaceDirectory {
 public:
  using Id = InterfaceIdOf<Family>;
  struct Given {
    InterfaceSlot slot = kNoSlot;
    bool fresh = false;  // the interface had none
  };

  // The slot of the interface, a new one if it has none; kNoSlot when all are in use.
  Given SlotOf(const Id& interface);
  std::optional<InterfaceSlot> Find(const Id& interface) const;
  size_t size() const { return interfaces_.size(); }

  Stamp Current(InterfaceSlot slot) const { return {Value(slot), interfaces_[PlaceOf(slot)].epoch}; }

  // The next stamp of the slot. `next_batch` is the batch that will unlink the entries that hold the old one; a batch
  // that is returned must have been reclaimed before the new stamp is used.
  std::optional<BatchId> Bump(InterfaceSlot slot, BatchId next_batch);

  // The slot stays its interface's for ever: it stands in the configuration.
  void Keep(InterfaceSlot slot) { interfaces_[PlaceOf(slot)].kept = true; }
  // Another interface may get the slot when no entry names it any more, unless its own asks for it before. False: it is
  // kept.
  bool Free(InterfaceSlot slot);

  // --- How many entries name a slot. kNoSlot is nobody's.

  void AddUse(uint16_t slot) {
    if (slot != Value(kNoSlot)) ++uses_[PlaceOf(InterfaceSlot{slot})];
  }
  void DropUse(uint16_t slot) {
    if (slot != Value(kNoSlot)) --uses_[PlaceOf(InterfaceSlot{slot})];
  }

  // Slots given so far, and which of these was the one by which the slot has its present interface.
  uint64_t given() const { return given_; }
  uint64_t given(InterfaceSlot slot) const { return interfaces_[PlaceOf(slot)].given; }

 private:
  struct Interface {
    Id id;
    uint16_t epoch = 0;
    bool kept = false;
    bool freed = false;
    bool queued = false;                              // in freed_
    std::array<std::optional<BatchId>, 2> left_half;  // the batch when the epochs left that half of the range
    uint64_t given = 0;
  };

  // Slots of a family have its lowest bit, so its tables have a place for every second one.
  static size_t PlaceOf(InterfaceSlot slot) { return Value(slot) >> 1; }
  static InterfaceSlot SlotAt(size_t place) {
    return InterfaceSlot{static_cast<uint16_t>(place << 1 | Family::kSlotBit)};
  }

  // A slot that was freed and that no entry names; kNoSlot: there is none among the first `looks`.
  InterfaceSlot TakeFreed(size_t looks);

  std::vector<Interface> interfaces_;
  std::vector<uint32_t> uses_;
  absl::flat_hash_map<Id, InterfaceSlot> slots_;
  std::deque<InterfaceSlot> freed_;  // oldest first; some have been taken back
  uint64_t given_ = 0;
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_INTERFACE_DIRECTORY_H_
