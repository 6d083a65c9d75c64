#include "control/mgm/c_forwarder.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "control/mgm/c_values.h"
#include "control/mgm/outside_call.h"

namespace mgmd::mgm {

InterfaceSlot CForwarder::Slot(const InterfaceId& interface) {
  const auto known = slots_.find(interface);
  if (known != slots_.end()) return known->second;
  slots_.reserve(slots_.size() + 1);  // so that nothing fails after the first of the two
  InterfaceSlot slot{static_cast<uint16_t>(interfaces_.size() << 1 | Ipv4::kSlotBit)};
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
bool CForwarder::FreeSlot(InterfaceSlot slot) {
  freed_.push_back(slot);
  slots_.erase(interfaces_[PlaceOf(slot)]);
  return true;
}

void CForwarder::SetEnabled(InterfaceSlot slot, bool enabled) {
  if (table_.pfnSetInterface == nullptr) return;
  const InterfaceId interface = interfaces_[PlaceOf(slot)];
  CallOutside(table_.pfnSetInterface, table_.pvContext, interface.index, interface.next_hop.ToNetwork(),
              enabled ? TRUE : FALSE);
}

ApplyResult CForwarder::Apply(const FibBatch<Ipv4>& batch) {
  ApplyResult result{.batch = BatchId{++batches_}, .refused = {}};
  const auto to_c = [&](InterfaceSlot slot) {
    const InterfaceId interface = interfaces_[PlaceOf(slot)];
    return MGM_EXT_INTERFACE{interface.index, interface.next_hop.ToNetwork()};
  };
  std::vector<MGM_EXT_INTERFACE> oifs;
  oifs.reserve(batch.oifs.size());
  for (const InterfaceSlot slot : batch.oifs) oifs.push_back(to_c(slot));
  std::vector<MGM_EXT_ENTRY> entries;
  entries.reserve(batch.changes.size());
  for (const FibChange<Ipv4>& change : batch.changes) {
    const CEntry<Ipv4> key = ToC(change.key);
    MGM_EXT_ENTRY entry = {};
    entry.dwChange = change.kind == FibChange<Ipv4>::Kind::kUpsert ? MGM_EXT_ENTRY_SET : MGM_EXT_ENTRY_DELETE;
    entry.dwFlags =
        (change.no_route ? MGM_EXT_ENTRY_NO_ROUTE : 0) | (change.drain_pending ? MGM_EXT_ENTRY_FIRST_PACKET : 0);
    entry.dwSourceAddr = key.source;
    entry.dwSourceMask = key.source_mask;
    entry.dwGroupAddr = key.group;
    entry.dwGroupMask = key.group_mask;
    if (change.accept != kNoSlot) entry.In = to_c(change.accept);
    entry.dwOutIfCount = change.oif_count;
    entry.pOutIf = oifs.data() + change.first_oif;
    std::sort(oifs.begin() + change.first_oif, oifs.begin() + change.first_oif + change.oif_count,
              [](const MGM_EXT_INTERFACE& a, const MGM_EXT_INTERFACE& b) {
                return InterfaceFromC<Ipv4>(a.dwIfIndex, a.dwIfNextHopAddr) <
                       InterfaceFromC<Ipv4>(b.dwIfIndex, b.dwIfNextHopAddr);
              });
    entries.push_back(entry);
  }
  if (table_.pfnApply != nullptr &&
      !CallOutside(table_.pfnApply, table_.pvContext, entries.data(), static_cast<DWORD>(entries.size()))) {
    // Nobody knows what it has done: all of it is tried again.
    for (MGM_EXT_ENTRY& entry : entries) entry.dwResult = ERROR_CAN_NOT_COMPLETE;
  }
  for (size_t i = 0; i < entries.size(); ++i) {
    const FibChange<Ipv4>& change = batch.changes[i];
    if (change.kind == FibChange<Ipv4>::Kind::kDelete) {
      oifs_.erase(change.key);
    } else if (entries[i].dwResult != NO_ERROR) {
      result.refused.push_back(static_cast<uint32_t>(i));
    } else if (table_.pfnReadCounters != nullptr) {
      std::vector<InterfaceId>& kept = oifs_[change.key];
      kept.clear();
      for (uint32_t oif = 0; oif < change.oif_count; ++oif) {
        kept.push_back(interfaces_[PlaceOf(batch.oifs[change.first_oif + oif])]);
      }
    }
  }
  return result;
}

SettleResult CForwarder::Settle() {
  SettleResult result;
  if (table_.pfnSettle != nullptr) result.settled = CallOutside(table_.pfnSettle, table_.pvContext);
  return result;
}

void CForwarder::DiscardPending(const Ipv4FibKey& key) {
  if (table_.pfnDiscard == nullptr) return;
  CallOutside(table_.pfnDiscard, table_.pvContext, key.source().ToNetwork(), key.group().ToNetwork());
}

std::optional<EntryCounters> CForwarder::Read(const Ipv4FibKey& key) {
  const auto found = oifs_.find(key);
  if (table_.pfnReadCounters == nullptr || found == oifs_.end()) return std::nullopt;
  const std::vector<InterfaceId>& oifs = found->second;
  // A structure with an open end, in storage of its alignment.
  std::vector<DWORD> storage(SIZEOF_MIB_MFE_STATS_EX(std::max<size_t>(oifs.size(), 1)) / sizeof(DWORD));
  auto* stats = reinterpret_cast<PMIB_IPMCAST_MFE_STATS_EX>(storage.data());
  auto* oif_stats = reinterpret_cast<PMIB_IPMCAST_OIF_STATS>(reinterpret_cast<BYTE*>(storage.data()) +
                                                             offsetof(MIB_IPMCAST_MFE_STATS_EX, rgmiosOutStats));
  const CEntry<Ipv4> entry = ToC(key);
  stats->dwGroup = entry.group;
  stats->dwSource = entry.source;
  stats->dwSrcMask = entry.source_mask;
  stats->ulNumOutIf = static_cast<ULONG>(oifs.size());
  for (size_t i = 0; i < oifs.size(); ++i) {
    oif_stats[i].dwOutIfIndex = oifs[i].index;
    oif_stats[i].dwNextHopAddr = oifs[i].next_hop.ToNetwork();
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

uint64_t CForwarder::Activity(const Ipv4FibKey& key) {
  if (table_.pfnActivity == nullptr) return 0;
  return AskOutside(0, table_.pfnActivity, table_.pvContext, key.source().ToNetwork(), ToC(key).group);
}

std::optional<Route<Ipv4>> CRouteTable::Lookup(const Ipv4Address& source) const {
  MGM_EXT_ROUTE route = {};
  if (lookup_ == nullptr || AskOutside(ERROR_NOT_FOUND, lookup_, context_, source.ToNetwork(), &route) != NO_ERROR) {
    return std::nullopt;
  }
  const int length = std::countl_one(Ipv4Address::FromNetwork(route.dwMask).host_order());
  return Route<Ipv4>{Ipv4Prefix(Ipv4Address::FromNetwork(route.dwNetwork), length),
                     InterfaceFromC<Ipv4>(route.dwIfIndex, route.dwIfNextHopAddr),
                     Ipv4Address::FromNetwork(route.dwUpStrmNgbr), route.dwProtocol};
}

}  // namespace mgmd::mgm
