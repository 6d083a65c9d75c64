#include "control/plane/interface_directory.h"

#include <algorithm>

namespace mgmd::plane {

InterfaceDirectory::Given InterfaceDirectory::SlotOf(InterfaceId interface) {
  constexpr size_t kLooks = 8;  // at slots that may wait for their entries, before a new one is taken
  if (const auto found = slots_.find(interface); found != slots_.end()) {
    interfaces_[Value(found->second)].freed = false;
    return {found->second, false};
  }
  const bool all_in_use = interfaces_.size() == kMaxSlots;
  InterfaceSlot slot = TakeFreed(all_in_use ? freed_.size() : kLooks);
  if (slot == kNoSlot) {
    if (all_in_use) return {};
    slot = InterfaceSlot{static_cast<uint16_t>(interfaces_.size())};
    interfaces_.emplace_back();
    uses_.push_back(0);
  } else {
    Interface& reused = interfaces_[Value(slot)];
    slots_.erase(reused.id);
    // Nothing names the slot in any epoch, so there is no half of the range to wait for.
    reused = {.id = {}, .epoch = static_cast<uint16_t>(reused.epoch + 1), .left_half = {}};
  }
  interfaces_[Value(slot)].id = interface;
  interfaces_[Value(slot)].given = ++given_;
  slots_.emplace(interface, slot);
  return {slot, true};
}

InterfaceSlot InterfaceDirectory::TakeFreed(size_t looks) {
  for (looks = std::min(looks, freed_.size()); looks > 0; --looks) {
    const InterfaceSlot slot = freed_.front();
    freed_.pop_front();
    Interface& interface = interfaces_[Value(slot)];
    interface.queued = false;
    if (!interface.freed) continue;
    if (uses_[Value(slot)] == 0) return slot;
    interface.queued = true;
    freed_.push_back(slot);
  }
  return kNoSlot;
}

std::optional<InterfaceSlot> InterfaceDirectory::Find(InterfaceId interface) const {
  const auto found = slots_.find(interface);
  if (found == slots_.end() || interfaces_[Value(found->second)].freed) return std::nullopt;
  return found->second;
}

bool InterfaceDirectory::Free(InterfaceSlot slot) {
  Interface& interface = interfaces_[Value(slot)];
  if (interface.kept) return false;
  interface.freed = true;
  if (!interface.queued) freed_.push_back(slot);
  interface.queued = true;
  return true;
}

std::optional<BatchId> InterfaceDirectory::Bump(InterfaceSlot slot, BatchId next_batch) {
  Interface& interface = interfaces_[Value(slot)];
  const int old_half = interface.epoch >> 15;
  const int half = static_cast<uint16_t>(++interface.epoch) >> 15;
  if (half == old_half) return std::nullopt;
  interface.left_half[old_half] = next_batch;
  return std::exchange(interface.left_half[half], std::nullopt);
}

}  // namespace mgmd::plane
