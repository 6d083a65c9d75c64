#include "control/mgm/state/memberships.h"

#include <algorithm>
#include <utility>

#include "control/mgm/state/slot_order.h"

namespace mgmd::mgm {

template <class Family>
Reference* Entry<Family>::Find(InterfaceSlot slot) {
  return FindIn(references, slot);
}

template <class Family>
bool Entry<Family>::joined() const {
  return std::any_of(references.begin(), references.end(),
                     [](const Reference& reference) { return reference.joined(); });
}

template <class Family>
bool Entry<Family>::proactive() const {
  return std::any_of(references.begin(), references.end(),
                     [](const Reference& reference) { return reference.proactive(); });
}

template <class Family>
Entry<Family>* Memberships<Family>::Find(FibKey<Family> key) {
  const auto found = entries_.find(OrderOf(key));
  return found == entries_.end() ? nullptr : found->second.get();
}

template <class Family>
Entry<Family>& Memberships<Family>::FindOrAdd(FibKey<Family> key) {
  std::unique_ptr<Entry<Family>>& entry = entries_[OrderOf(key)];
  if (entry == nullptr) {
    entry = std::make_unique<Entry<Family>>();
    entry->key = key;
    lengths_.Add(key);
  }
  return *entry;
}

template <class Family>
Reference& Memberships<Family>::FindOrAdd(Entry<Family>& entry, InterfaceSlot slot) {
  if (!entry.joined()) entry.joined_since = ++joins_;
  auto place = PlaceIn(entry.references, slot);
  if (place == entry.references.end() || place->slot != slot) {
    place = entry.references.insert(place, Reference{.slot = slot});
  }
  return *place;
}

template <class Family>
void Memberships<Family>::DropIfEmpty(Entry<Family>& entry, InterfaceSlot slot) {
  const auto place = PlaceIn(entry.references, slot);
  if (place != entry.references.end() && place->slot == slot && place->empty()) {
    entry.references.erase(place);
  }
}

template <class Family>
void Memberships<Family>::DropIfUnused(FibKey<Family> key) {
  const auto found = entries_.find(OrderOf(key));
  if (found == entries_.end() || found->second->stands() || !found->second->told.empty()) return;
  lengths_.Remove(key);
  SetTowards(*found->second, std::nullopt);
  entries_.erase(found);
}

template <class Family>
void Memberships<Family>::SetTowards(Entry<Family>& entry, std::optional<InterfaceIdOf<Family>> towards) {
  if (entry.towards == towards) return;
  // Listed first: without memory for that, nothing has changed.
  if (towards.has_value()) towards_[*towards].Add(entry.key);
  const std::optional<InterfaceIdOf<Family>> before = std::exchange(entry.towards, towards);
  if (!before.has_value()) return;
  const auto found = towards_.find(*before);
  found->second.Erase(entry.key);
  if (found->second.empty()) towards_.erase(found);
}

template <class Family>
std::vector<FibKey<Family>> Memberships<Family>::Towards(InterfaceIdOf<Family> interface) const {
  const auto found = towards_.find(interface);
  if (found == towards_.end()) return {};
  std::vector<FibKey<Family>> keys = found->second.Items();
  std::sort(keys.begin(), keys.end(), ComesBefore);
  return keys;
}

template <class Family>
bool Memberships<Family>::Others(ClientIndex client, const Entry<Family>& entry) const {
  const bool is_igmp = clients_[client].is_igmp();
  return std::any_of(entry.references.begin(), entry.references.end(), [&](const Reference& reference) {
    if (!reference.joined()) return false;
    if (!is_igmp) return CountsFor(reference) != client;
    return reference.by_owner || interfaces_[reference.slot].igmp != client;
  });
}

template <class Family>
auto Memberships<Family>::MembersOn(FibKey<Family> key, InterfaceSlot slot) const -> Members {
  Members members;
  ForEachCovering(key, [&](const Entry<Family>& entry) {
    const Reference* reference = entry.Find(slot);
    if (reference == nullptr) return;
    members.owner = members.owner || reference->by_owner;
    members.igmp = members.igmp || reference->by_igmp;
  });
  return members;
}

template struct Entry<Ipv4>;
template struct Entry<Ipv6>;
template class Memberships<Ipv4>;
template class Memberships<Ipv6>;

}  // namespace mgmd::mgm
