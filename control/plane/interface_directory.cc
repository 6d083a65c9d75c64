#include "control/plane/interface_directory.h"

namespace mgmd::plane {

InterfaceSlot InterfaceDirectory::SlotOf(InterfaceId interface) {
  if (const auto slot = Find(interface)) return *slot;
  if (interfaces_.size() == kMaxSlots) return kNoSlot;
  const InterfaceSlot slot{static_cast<uint16_t>(interfaces_.size())};
  interfaces_.push_back({.id = interface, .epoch = 0, .left_half = {}});
  slots_.emplace(interface, slot);
  return slot;
}

std::optional<InterfaceSlot> InterfaceDirectory::Find(InterfaceId interface) const {
  const auto found = slots_.find(interface);
  if (found == slots_.end()) return std::nullopt;
  return found->second;
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
