#include "control/mgm/state/enumerations.h"

#include "control/mgm/rows_per_turn.h"

namespace mgmd::mgm {
template <class Family>
void Enumerations<Family>::Start(EnumHandle handle, ClientIndex client, EnumType type) {
  open_[static_cast<uint64_t>(handle)] = {
      .client = client, .type = type, .started = memberships_.joins(), .next = {}, .left = {}};
}

template <class Family>
void Enumerations<Family>::EndAllOf(ClientIndex client) {
  std::erase_if(open_, [&](const auto& item) { return item.second.client == client; });
}

template <class Family>
void Enumerations<Family>::Left(const Entry<Family>& entry) {
  const auto order = OrderOf(entry.key);
  for (auto& [handle, enumeration] : open_) {
    if (order < enumeration.next || entry.joined_since > enumeration.started) continue;
    enumeration.left.emplace(order, entry.key);
  }
}

template <class Family>
std::optional<EnumerationPiece<Family>> Enumerations<Family>::Read(EnumHandle handle, size_t room) {
  const auto found = open_.find(static_cast<uint64_t>(handle));
  if (found == open_.end()) return std::nullopt;
  Enumeration& enumeration = found->second;
  const auto& entries = memberships_.all();
  constexpr auto kPastAll = LastOrder<Family>();
  EnumerationPiece<Family> piece;
  auto place = entries.lower_bound(enumeration.next);
  for (size_t looks = kRowsPerTurn; looks > 0; --looks) {
    KeyOrder<Family> order = place == entries.end() ? kPastAll : place->first;
    const bool is_left = !enumeration.left.empty() && enumeration.left.begin()->first <= order;
    if (is_left) order = enumeration.left.begin()->first;
    if (order == kPastAll) {
      enumeration.next = kPastAll;
      return piece;
    }
    const bool shown_already = order < enumeration.next;
    const bool in_time = is_left || (place->second->joined() && place->second->joined_since <= enumeration.started);
    if (in_time && !shown_already) {
      if (piece.keys.size() == room) {
        piece.then = EnumerationPiece<Family>::Then::kMore;
        return piece;
      }
      const FibKey<Family> key = is_left ? enumeration.left.begin()->second : place->second->key;
      const bool whole_group = enumeration.type == EnumType::kAnySource && key.group_length() == Family::kAddressBits;
      piece.keys.push_back(whole_group ? FibKey<Family>::AnySource(key.group()) : key);
      enumeration.next = whole_group ? PastGroup(order) : NextOrder(order);
      if (whole_group) place = entries.lower_bound(enumeration.next);  // no look at the rest of it
    }
    if (is_left) {
      enumeration.left.erase(enumeration.left.begin());
    } else if (place != entries.end() && place->first <= order) {
      enumeration.next = NextOrder(order);
      ++place;
    }
  }
  piece.then = EnumerationPiece<Family>::Then::kGoOn;
  return piece;
}

template class Enumerations<Ipv4>;
template class Enumerations<Ipv6>;

}  // namespace mgmd::mgm
