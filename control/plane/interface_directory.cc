#include "control/plane/interface_directory.h"

#include <algorithm>

namespace mgmd::plane {

template <class Family>
typename InterfaceDirectory<Family>::Given InterfaceDirectory<Family>::SlotOf(const Id& interface) {
  constexpr size_t kLooks = 8;  // at slots that may wait for their entries, before a new one is taken
  if (const auto found = slots_.find(interface); found != slots_.end()) {
    interfaces_[PlaceOf(found->second)].freed = false;
    return {found->second, false};
  }
  const bool all_in_use = interfaces_.size() == kMaxInterfaces;
  InterfaceSlot slot = TakeFreed(all_in_use ? freed_.size() : kLooks);
  if (slot == kNoSlot) {
    if (all_in_use) return {};
    slot = SlotAt(interfaces_.size());
    interfaces_.emplace_back();
    uses_.push_back(0);
  } else {
    Interface& reused = interfaces_[PlaceOf(slot)];
    slots_.erase(reused.id);
    // Nothing names the slot in any epoch, so there is no half of the range to wait for.
    reused = {.id = {}, .epoch = static_cast<uint16_t>(reused.epoch + 1), .left_half = {}};
  }
  interfaces_[PlaceOf(slot)].id = interface;
  interfaces_[PlaceOf(slot)].given = ++given_;
  slots_.emplace(interface, slot);
  return {slot, true};
}

template <class Family>
InterfaceSlot InterfaceDirectory<Family>::TakeFreed(size_t looks) {
  for (looks = std::min(looks, freed_.size()); looks > 0; --looks) {
    const InterfaceSlot slot = freed_.front();
    freed_.pop_front();
    Interface& interface = interfaces_[PlaceOf(slot)];
    interface.queued = false;
    if (!interface.freed) continue;
    if (uses_[PlaceOf(slot)] == 0) return slot;
    interface.queued = true;
    freed_.push_back(slot);
  }
  return kNoSlot;
}

template <class Family>
std::optional<InterfaceSlot> InterfaceDirectory<Family>::Find(const Id& interface) const {
  const auto found = slots_.find(interface);
  if (found == slots_.end() || interfaces_[PlaceOf(found->second)].freed) return std::nullopt;
  return found->second;
}

template <class Family>
bool InterfaceDirectory<Family>::Free(InterfaceSlot slot) {
  Interface& interface = interfaces_[PlaceOf(slot)];
  if (interface.kept) return false;
  interface.freed = true;
  if (!interface.queued) freed_.push_back(slot);
  interface.queued = true;
  return true;
}

template <class Family>
std::optional<BatchId> InterfaceDirectory<Family>::Bump(InterfaceSlot slot, BatchId next_batch) {
  Interface& interface = interfaces_[PlaceOf(slot)];
  const int old_half = interface.epoch >> 15;
  const int half = static_cast<uint16_t>(++interface.epoch) >> 15;
  if (half == old_half) return std::nullopt;
  interface.left_half[old_half] = next_batch;
  return std::exchange(interface.left_half[half], std::nullopt);
}

template class InterfaceDirectory<Ipv4>;
template class InterfaceDirectory<Ipv6>;

}  // namespace mgmd::plane
