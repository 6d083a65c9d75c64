#include "control/plane/counter_ledger.h"

#include <algorithm>
#include <utility>

namespace mgmd::plane {
namespace {

using dataplane::CounterLine;
using dataplane::Get;

void AddDrop(EntryCounters& totals, DropReason reason, uint64_t packets) {
  if (packets == 0) return;
  auto found = std::find_if(totals.drops.begin(), totals.drops.end(),
                            [&](const DropCount& drop) { return drop.reason == reason; });
  if (found == totals.drops.end()) found = totals.drops.insert(found, {reason, 0});
  found->packets += packets;
}

OifCounters& OifOf(EntryCounters& totals, InterfaceSlot slot, OifIndex& index) {
  OifCounters* const known = index.Find(totals.oifs, slot);
  return known != nullptr ? *known : index.Add(totals.oifs, slot);
}

void AddPacketException(EntryCounters& totals, DropReason reason, uint64_t packets) {
  AddDrop(totals, reason, packets);
  const bool overflow = reason == DropReason::kPendingDepth || reason == DropReason::kPendingPackets ||
                        reason == DropReason::kPendingShare;
  (overflow ? totals.queue_overflow : totals.discards) += packets;
}

void AddOifException(EntryCounters& totals, OifCounters& oif, DropReason reason, uint64_t packets) {
  AddDrop(totals, reason, packets);
  if (reason == DropReason::kTtlThreshold) {
    oif.ttl_too_low += packets;
  } else if (reason == DropReason::kFragmentationNeeded) {
    oif.frag_needed += packets;
  } else {
    oif.discards += packets;
  }
}

void AddLine(EntryCounters& totals, const CounterLine& line, const dataplane::FibEntry& entry) {
  const uint64_t packets = Get(line.packets);
  if (entry.oif_count == 0) {
    totals.negative_packets += packets;
    AddDrop(totals, dataplane::NegativeReason(entry), packets);
  } else {
    totals.packets += packets;
    totals.octets += Get(line.octets);
  }
  totals.different_if_packets += Get(line.different_if_packets);
  AddDrop(totals, DropReason::kWrongInterface, Get(line.different_if_packets));
  totals.ttl_packets += Get(line.ttl_packets);
  AddDrop(totals, DropReason::kTtlExpired, Get(line.ttl_packets));
  totals.held_packets += Get(line.held);
}

void AddOif(OifCounters& sum, const OifCounters& oif) {
  sum.packets += oif.packets;
  sum.ttl_too_low += oif.ttl_too_low;
  sum.frag_needed += oif.frag_needed;
  sum.discards += oif.discards;
}

void AddTotals(EntryCounters& totals, const EntryCounters& more, OifIndex& index) {
  totals.packets += more.packets;
  totals.octets += more.octets;
  totals.different_if_packets += more.different_if_packets;
  totals.ttl_packets += more.ttl_packets;
  totals.negative_packets += more.negative_packets;
  totals.held_packets += more.held_packets;
  totals.queue_overflow += more.queue_overflow;
  totals.discards += more.discards;
  for (const OifCounters& oif : more.oifs) AddOif(OifOf(totals, oif.oif, index), oif);
  for (const DropCount& drop : more.drops) AddDrop(totals, drop.reason, drop.packets);
}

}  // namespace

template <class Family>
void CounterLedger<Family>::Prepare(uint32_t counter) {
  for (const WorkerCounts& worker : workers_) worker.counters->Clear(counter);
  LinksOf(counter) = {};
}

template <class Family>
bool CounterLedger<Family>::FetchNext(uint32_t end) {
  return std::any_of(workers_.begin(), workers_.end(),
                     [&](const WorkerCounts& worker) { return worker.counters->FetchNext(end); });
}

template <class Family>
void CounterLedger<Family>::Replaced(uint32_t old_counter, uint32_t new_counter) {
  LinksOf(new_counter).older = old_counter;
  LinksOf(old_counter).newer = new_counter;
}

template <class Family>
void CounterLedger<Family>::Deleted(const FibKey<Family>& key, uint32_t counter) {
  if (!folded_.empty()) folded_.Erase(key);
  for (; counter != dataplane::kNoEntry; counter = LinksOf(counter).older) LinksOf(counter).gone = 1;
}

template <class Family>
void CounterLedger<Family>::Fold(const FibKey<Family>& key, uint32_t counter, const dataplane::FibEntry& entry,
                                 const Stamp* oifs) {
  Links& links = LinksOf(counter);
  if (links.gone == 0 && Counted(counter)) {
    std::unique_ptr<Record>& record = folded_.Add(key, nullptr).first->second;
    if (record == nullptr) record = std::make_unique<Record>();
    BringUpToDate(*record);
    oif_index_.Load(record->totals.oifs);
    Sum(counter, entry, oifs, record->totals);
  }
  directory_.DropUse(entry.accept.slot);
  for (uint16_t i = 0; i < entry.oif_count; ++i) directory_.DropUse(oifs[i].slot);
  if (links.newer != 0) LinksOf(links.newer).older = dataplane::kNoEntry;
  for (const WorkerCounts& worker : workers_) {
    if (Get(worker.counters->line(counter).exceptions) == 0) continue;
    worker.exceptions->Clear(counter, kNoSlot);
    for (uint16_t i = 0; i < entry.oif_count; ++i) worker.exceptions->Clear(counter, InterfaceSlot{oifs[i].slot});
  }
}

template <class Family>
void CounterLedger<Family>::BringUpToDate(Record& record) const {
  if (record.given == directory_.given()) return;
  std::vector<OifCounters> kept;
  OifCounters former;
  for (const OifCounters& oif : record.totals.oifs) {
    if (oif.oif != kNoSlot && directory_.given(oif.oif) <= record.given) {
      kept.push_back(oif);
    } else {
      AddOif(former, oif);
    }
  }
  if (kept.size() != record.totals.oifs.size()) kept.push_back(former);
  record.totals.oifs = std::move(kept);
  record.given = directory_.given();
}

template <class Family>
EntryCounters CounterLedger<Family>::Read(const FibKey<Family>& key, uint32_t counter,
                                          const dataplane::Mfib<Family>& fib) const {
  EntryCounters totals;
  for (; counter != dataplane::kNoEntry; counter = links_[counter].older) {
    const dataplane::FibEntry& entry = fib.entry(counter);
    Sum(counter, entry, fib.Oifs(entry).data(), totals);
  }
  if (const auto* folded = folded_.Find(key)) {
    BringUpToDate(*folded->second);
    AddTotals(totals, folded->second->totals, oif_index_);
  }
  return totals;
}

template <class Family>
uint64_t CounterLedger<Family>::Activity(const FibKey<Family>& key, uint32_t counter) const {
  uint64_t arrived = 0;
  for (; counter != dataplane::kNoEntry; counter = links_[counter].older) arrived += Arrived(counter);
  if (const auto* folded = folded_.Find(key)) {
    const EntryCounters& totals = folded->second->totals;
    arrived += totals.packets + totals.negative_packets + totals.different_if_packets + totals.ttl_packets;
  }
  return arrived;
}

template <class Family>
typename CounterLedger<Family>::Links& CounterLedger<Family>::LinksOf(uint32_t counter) {
  if (counter >= links_.size()) links_.resize(counter + size_t{1});
  return links_[counter];
}

template <class Family>
void CounterLedger<Family>::Sum(uint32_t counter, const dataplane::FibEntry& entry, const Stamp* oifs,
                                EntryCounters& totals) const {
  for (uint16_t i = 0; i < entry.oif_count; ++i) OifOf(totals, InterfaceSlot{oifs[i].slot}, oif_index_);
  for (const WorkerCounts& worker : workers_) {
    const CounterLine& line = worker.counters->line(counter);
    AddLine(totals, line, entry);
    const bool exceptions = Get(line.exceptions) != 0;
    if (exceptions) {
      worker.exceptions->ForEach(
          counter, kNoSlot, [&](DropReason reason, uint64_t packets) { AddPacketException(totals, reason, packets); });
    }
    for (uint16_t i = 0; i < entry.oif_count; ++i) {
      OifCounters& oif = OifOf(totals, InterfaceSlot{oifs[i].slot}, oif_index_);
      uint64_t lost = 0;
      if (exceptions) {
        worker.exceptions->ForEach(counter, oif.oif, [&](DropReason reason, uint64_t packets) {
          AddOifException(totals, oif, reason, packets);
          lost += packets;
        });
      }
      // A copy that is lost while this is read can be counted as lost before its packet is counted.
      oif.packets += std::max(Get(line.packets), lost) - lost;
    }
  }
}

template <class Family>
uint64_t CounterLedger<Family>::Arrived(uint32_t counter) const {
  uint64_t arrived = 0;
  for (const WorkerCounts& worker : workers_) {
    const CounterLine& line = worker.counters->line(counter);
    arrived += Get(line.packets) + Get(line.different_if_packets) + Get(line.ttl_packets);
  }
  return arrived;
}

template <class Family>
bool CounterLedger<Family>::Counted(uint32_t counter) const {
  return Arrived(counter) != 0 || std::any_of(workers_.begin(), workers_.end(), [&](const WorkerCounts& worker) {
           return Get(worker.counters->line(counter).exceptions) != 0;
         });
}

template class CounterLedger<Ipv4>;
template class CounterLedger<Ipv6>;

}  // namespace mgmd::plane
