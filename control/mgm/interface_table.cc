#include "control/mgm/interface_table.h"

namespace mgmd::mgm {

Interface* InterfaceTable::Find(InterfaceId id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

Interface* InterfaceTable::FindOrAdd(InterfaceId id) {
  if (Interface* known = Find(id)) return known;
  const InterfaceSlot slot = forwarder_.Slot(id);
  if (slot == kNoSlot) return nullptr;
  if (Value(slot) >= by_slot_.size()) by_slot_.resize(Value(slot) + size_t{1});
  auto interface = std::make_unique<Interface>();
  interface->id = id;
  interface->slot = slot;
  Interface* result = interface.get();
  by_slot_[Value(slot)] = std::move(interface);
  by_id_.emplace(id, result);
  return result;
}

}  // namespace mgmd::mgm
