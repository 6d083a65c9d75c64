#include "control/mgm/state/interface_table.h"

#include <algorithm>
#include <utility>

namespace mgmd::mgm {

template <class Family>
const Interface<Family>* InterfaceTable<Family>::Find(InterfaceIdOf<Family> id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

template <class Family>
Interface<Family>* InterfaceTable<Family>::FindOrAdd(InterfaceIdOf<Family> id) {
  if (auto* known = Find(id)) return known;
  const InterfaceSlot slot = forwarder_.Slot(id);
  if (slot == kNoSlot) return nullptr;
  if (Value(slot) >= by_slot_.size()) by_slot_.resize(Value(slot) + size_t{1});
  auto interface = std::make_unique<Interface<Family>>();
  interface->id = id;
  interface->slot = slot;
  auto* result = interface.get();
  by_slot_[Value(slot)] = std::move(interface);
  by_id_.emplace(id, result);
  Left(*result);  // nobody has come yet, and perhaps nobody will
  return result;
}

template <class Family>
void InterfaceTable<Family>::Left(Interface<Family>& interface) {
  if (interface.looked_at) return;
  to_look_at_.push_back(interface.slot);
  interface.looked_at = true;
}

template <class Family>
size_t InterfaceTable<Family>::ForgetIdle(size_t looks) {
  size_t forgotten = 0;
  for (looks = std::min(looks, to_look_at_.size()); looks > 0; --looks) {
    const InterfaceSlot slot = to_look_at_.front();
    to_look_at_.pop_front();
    auto& interface = (*this)[slot];
    interface.looked_at = false;
    if (interface.known()) continue;
    if (!interface.idle()) {
      Left(interface);
    } else if (forwarder_.FreeSlot(slot)) {
      by_id_.erase(interface.id);
      by_slot_[Value(slot)] = nullptr;
      ++forgotten;
    }
  }
  return forgotten;
}

template <class Family>
void InterfaceTable<Family>::CountMfes(const Interface<Family>& interface, int64_t change) {
  const ClientIndex holder = interface.holder();
  if (holder == kNoClient || change == 0) return;
  if (holder >= mfes_of_.size()) mfes_of_.resize(holder + size_t{1});
  mfes_of_[holder] += static_cast<size_t>(change);
}

template <class Family>
void InterfaceTable<Family>::SetOwner(Interface<Family>& interface, ClientIndex owner) {
  const auto listed = static_cast<int64_t>(interface.iif_mfes.size());
  CountMfes(interface, -listed);
  interface.owner = owner;
  CountMfes(interface, listed);
}

template <class Family>
void InterfaceTable<Family>::SetIgmp(Interface<Family>& interface, ClientIndex igmp) {
  const auto listed = static_cast<int64_t>(interface.iif_mfes.size());
  CountMfes(interface, -listed);
  interface.igmp = igmp;
  CountMfes(interface, listed);
}

template class InterfaceTable<Ipv4>;
template class InterfaceTable<Ipv6>;

}  // namespace mgmd::mgm
