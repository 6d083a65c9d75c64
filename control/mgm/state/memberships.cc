#include "control/mgm/state/memberships.h"

#include <algorithm>
#include <utility>

namespace mgmd::mgm {
namespace {

auto Position(std::vector<Reference>& references, InterfaceSlot slot) {
  return std::lower_bound(
      references.begin(), references.end(), slot,
      [](const Reference& reference, InterfaceSlot wanted) { return Value(reference.slot) < Value(wanted); });
}

}  // namespace

Reference* Entry::Find(InterfaceSlot slot) {
  const auto place = Position(references, slot);
  return place != references.end() && place->slot == slot ? &*place : nullptr;
}

bool Entry::proactive() const {
  return std::any_of(references.begin(), references.end(),
                     [](const Reference& reference) { return reference.proactive(); });
}

Entry* Memberships::Find(Ipv4FibKey key) {
  const auto found = entries_.find(OrderOf(key));
  return found == entries_.end() ? nullptr : found->second.get();
}

Entry& Memberships::FindOrAdd(Ipv4FibKey key) {
  std::unique_ptr<Entry>& entry = entries_[OrderOf(key)];
  if (entry == nullptr) {
    entry = std::make_unique<Entry>();
    entry->key = key;
    if (key.is_wildcard()) ++wildcards_by_length_[key.group_length()];
  }
  return *entry;
}

Reference& Memberships::FindOrAdd(Entry& entry, InterfaceSlot slot) {
  if (entry.references.empty()) entry.joined_since = ++joins_;
  auto place = Position(entry.references, slot);
  if (place == entry.references.end() || place->slot != slot) {
    place = entry.references.insert(place, Reference{.slot = slot});
  }
  return *place;
}

void Memberships::DropIfEmpty(Entry& entry, InterfaceSlot slot) {
  const auto place = Position(entry.references, slot);
  if (place != entry.references.end() && place->slot == slot && place->empty()) {
    entry.references.erase(place);
  }
}

void Memberships::DropIfUnused(Ipv4FibKey key) {
  const auto found = entries_.find(OrderOf(key));
  if (found == entries_.end() || found->second->joined() || !found->second->told.empty()) return;
  if (key.is_wildcard()) --wildcards_by_length_[key.group_length()];
  SetTowards(*found->second, std::nullopt);
  entries_.erase(found);
}

void Memberships::SetTowards(Entry& entry, std::optional<InterfaceId> towards) {
  if (entry.towards == towards) return;
  // Listed first: without memory for that, nothing has changed.
  if (towards.has_value()) towards_[*towards].insert(entry.key);
  const std::optional<InterfaceId> before = std::exchange(entry.towards, towards);
  if (!before.has_value()) return;
  const auto found = towards_.find(*before);
  found->second.erase(entry.key);
  if (found->second.empty()) towards_.erase(found);
}

std::vector<Ipv4FibKey> Memberships::Towards(InterfaceId interface) const {
  const auto found = towards_.find(interface);
  if (found == towards_.end()) return {};
  std::vector<Ipv4FibKey> keys(found->second.begin(), found->second.end());
  std::sort(keys.begin(), keys.end(), ComesBefore);
  return keys;
}

bool Memberships::Others(ClientIndex client, const Entry& entry) const {
  const bool is_igmp = clients_[client].is_igmp();
  return std::any_of(entry.references.begin(), entry.references.end(), [&](const Reference& reference) {
    if (!is_igmp) return CountsFor(reference) != client;
    return reference.by_owner || interfaces_[reference.slot].igmp != client;
  });
}

bool Memberships::IsMember(Ipv4FibKey key, InterfaceSlot slot) const {
  bool member = false;
  ForEachCovering(key, [&](const Entry& entry) { member = member || entry.Find(slot) != nullptr; });
  return member;
}

bool Memberships::IsOwnersMember(Ipv4FibKey key, InterfaceSlot slot) const {
  bool member = false;
  ForEachCovering(key, [&](const Entry& entry) {
    const Reference* reference = entry.Find(slot);
    member = member || (reference != nullptr && reference->by_owner);
  });
  return member;
}

}  // namespace mgmd::mgm
