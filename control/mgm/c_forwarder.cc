#include "control/mgm/c_forwarder.h"

#include <algorithm>
#include <cstddef>

#include "control/mgm/outside_call.h"

namespace mgmd::mgm {

template <class Family>
InterfaceSlot CForwarder<Family>::Slot(const Id& interface) {
  const auto known = slots_.find(interface);
  if (known != slots_.end()) return known->second;
  slots_.reserve(slots_.size() + 1);  // so that nothing fails after the first of the two
  InterfaceSlot slot{static_cast<uint16_t>(interfaces_.size() << 1 | Family::kSlotBit)};
  if (!freed_.empty()) {
    slot = freed_.back();
    freed_.pop_back();
    interfaces_[PlaceOf(slot)] = interface;
  } else if (interfaces_.size() < kMaxInterfaces) {
    interfaces_.push_back(interface);
  } else {
    return kNoSlot;
  }
  slots_.emplace(interface, slot);
  return slot;
}

// What names an interface in the program's table is its index and next hop, so a slot is free at
// once.
template <class Family>
bool CForwarder<Family>::FreeSlot(InterfaceSlot slot) {
  freed_.push_back(slot);
  slots_.erase(interfaces_[PlaceOf(slot)]);
  return true;
}

template <class Family>
void CForwarder<Family>::SetEnabled(InterfaceSlot slot, bool enabled) {
  if (table_.pfnSetInterface == nullptr) return;
  const Id interface = interfaces_[PlaceOf(slot)];
  const auto next_hop = CValues<Family>::ToC(interface.next_hop);
  CallOutside(table_.pfnSetInterface, table_.pvContext, interface.index, CValues<Family>::Pass(next_hop),
              enabled ? TRUE : FALSE);
}

template <class Family>
ApplyResult CForwarder<Family>::Apply(const FibBatch<Family>& batch) {
  using Values = CValues<Family>;
  using Change = FibChange<Family>;
  using CInterface = typename Values::Interface;
  ApplyResult result{.batch = BatchId{++batches_}, .refused = {}};
  const auto to_c = [&](InterfaceSlot slot) {
    const Id interface = interfaces_[PlaceOf(slot)];
    return CInterface{interface.index, Values::ToC(interface.next_hop)};
  };
  std::vector<CInterface> oifs;
  oifs.reserve(batch.oifs.size());
  for (const InterfaceSlot slot : batch.oifs) oifs.push_back(to_c(slot));
  std::vector<typename Values::TableEntry> entries;
  entries.reserve(batch.changes.size());
  for (const Change& change : batch.changes) {
    const CEntry<Family> key = ToC(change.key);
    const auto own_oifs = oifs.begin() + change.first_oif;
    std::sort(own_oifs, own_oifs + change.oif_count, [](const CInterface& a, const CInterface& b) {
      const auto& [a_index, a_next_hop] = a;
      const auto& [b_index, b_next_hop] = b;
      return InterfaceFromC<Family>(a_index, a_next_hop) < InterfaceFromC<Family>(b_index, b_next_hop);
    });
    const DWORD flags =
        (change.no_route ? MGM_EXT_ENTRY_NO_ROUTE : 0) | (change.drain_pending ? MGM_EXT_ENTRY_FIRST_PACKET : 0);
    entries.push_back({change.kind == Change::Kind::kUpsert ? MGM_EXT_ENTRY_SET : MGM_EXT_ENTRY_DELETE, flags,
                       key.source, key.source_mask, key.group, key.group_mask,
                       change.accept != kNoSlot ? to_c(change.accept) : CInterface{}, change.oif_count,
                       oifs.data() + change.first_oif, NO_ERROR});
  }
  if (table_.pfnApply != nullptr &&
      !CallOutside(table_.pfnApply, table_.pvContext, entries.data(), static_cast<DWORD>(entries.size()))) {
    // Nobody knows what it has done: all of it is tried again.
    for (auto& entry : entries) entry.dwResult = ERROR_CAN_NOT_COMPLETE;
  }
  for (size_t i = 0; i < entries.size(); ++i) {
    const Change& change = batch.changes[i];
    if (change.kind == Change::Kind::kDelete) {
      oifs_.erase(change.key);
    } else if (entries[i].dwResult != NO_ERROR) {
      result.refused.push_back(static_cast<uint32_t>(i));
    } else if (table_.pfnReadCounters != nullptr) {
      std::vector<Id>& kept = oifs_[change.key];
      kept.clear();
      for (uint32_t oif = 0; oif < change.oif_count; ++oif) {
        kept.push_back(interfaces_[PlaceOf(batch.oifs[change.first_oif + oif])]);
      }
    }
  }
  return result;
}

template <class Family>
SettleResult CForwarder<Family>::Settle() {
  SettleResult result;
  if (table_.pfnSettle != nullptr) result.settled = CallOutside(table_.pfnSettle, table_.pvContext);
  return result;
}

template <class Family>
void CForwarder<Family>::DiscardPending(const Key& key) {
  if (table_.pfnDiscard == nullptr) return;
  const CEntry<Family> entry = ToC(key);
  CallOutside(table_.pfnDiscard, table_.pvContext, CValues<Family>::Pass(entry.source),
              CValues<Family>::Pass(entry.group));
}

template <class Family>
std::optional<EntryCounters> CForwarder<Family>::Read(const Key& key) {
  using Values = CValues<Family>;
  using Stats = typename Values::MfeStatsEx;
  using OifStats = typename Values::OifStats;
  constexpr size_t kHead = offsetof(Stats, rgmiosOutStats);
  const auto found = oifs_.find(key);
  if (table_.pfnReadCounters == nullptr || found == oifs_.end()) return std::nullopt;
  const std::vector<Id>& oifs = found->second;
  // A structure with an open end, in storage of its alignment.
  std::vector<DWORD> storage((kHead + std::max<size_t>(oifs.size(), 1) * sizeof(OifStats)) / sizeof(DWORD));
  auto* stats = reinterpret_cast<Stats*>(storage.data());
  auto* oif_stats = reinterpret_cast<OifStats*>(reinterpret_cast<BYTE*>(storage.data()) + kHead);
  const CEntry<Family> entry = ToC(key);
  Group(*stats) = entry.group;
  Source(*stats) = entry.source;
  SourceMask(*stats) = entry.source_mask;
  stats->ulNumOutIf = static_cast<ULONG>(oifs.size());
  for (size_t i = 0; i < oifs.size(); ++i) {
    oif_stats[i].dwOutIfIndex = oifs[i].index;
    NextHop(oif_stats[i]) = Values::ToC(oifs[i].next_hop);
  }
  if (AskOutside(ERROR_CAN_NOT_COMPLETE, table_.pfnReadCounters, table_.pvContext, stats) != NO_ERROR) {
    return std::nullopt;
  }
  EntryCounters counters;
  counters.packets = stats->ulInPkts;
  counters.octets = stats->ulInOctets;
  counters.different_if_packets = stats->ulPktsDifferentIf;
  counters.queue_overflow = stats->ulQueueOverflow;
  counters.held_packets = stats->ulUninitMfe;
  counters.negative_packets = stats->ulNegativeMfe;
  counters.discards = stats->ulInDiscards;
  counters.ttl_packets = stats->ulInHdrErrors;
  for (size_t i = 0; i < oifs.size(); ++i) {
    const auto slot = slots_.find(oifs[i]);
    counters.oifs.push_back({slot == slots_.end() ? kNoSlot : slot->second, oif_stats[i].ulOutPackets,
                             oif_stats[i].ulTtlTooLow, oif_stats[i].ulFragNeeded, oif_stats[i].ulOutDiscards});
  }
  return counters;
}

template <class Family>
uint64_t CForwarder<Family>::Activity(const Key& key) {
  if (table_.pfnActivity == nullptr) return 0;
  const CEntry<Family> entry = ToC(key);
  return AskOutside(0, table_.pfnActivity, table_.pvContext, CValues<Family>::Pass(entry.source),
                    CValues<Family>::Pass(entry.group));
}

template <class Family>
std::optional<Route<Family>> CRouteTable<Family>::Lookup(const typename Family::Address& source) const {
  using Values = CValues<Family>;
  const auto from = Values::ToC(source);
  typename Values::Route route = {};
  if (lookup_ == nullptr || AskOutside(ERROR_NOT_FOUND, lookup_, context_, Values::Pass(from), &route) != NO_ERROR) {
    return std::nullopt;
  }
  const auto& [network, mask, protocol, index, next_hop, upstream] = route;
  return Route<Family>{typename Family::Prefix(Values::FromC(network), Values::LengthOf(mask)),
                       InterfaceFromC<Family>(index, next_hop), Values::FromC(upstream), protocol};
}

template class CForwarder<Ipv4>;
template class CForwarder<Ipv6>;
template class CRouteTable<Ipv4>;
template class CRouteTable<Ipv6>;

}  // namespace mgmd::mgm
