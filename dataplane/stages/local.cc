#include "dataplane/stages/local.h"

#include "dataplane/counters/accounts.h"
#include "dataplane/stages/l4_checksum.h"

namespace mgmd::dataplane {

LocalWay::LocalWay(const InterfaceTable& table, WorkerStats& worker_stats, LocalRing* local_ring,
                   const LocalRates& local_rates, uint64_t hz)
    : interfaces(table), stats(worker_stats), ring(local_ring), buckets((kMaxSlots + 1) * kLocalClasses) {
  for (const LocalRate& rate : local_rates) rates.emplace_back(hz, rate.per_second, rate.burst);
}

void PuntLocal(LocalWay& way, uint64_t now, rte_mbuf* mbuf, uint16_t slot, LocalClass local_class) {
  const InterfaceLine& line = way.interfaces.line(slot);
  const auto row = static_cast<size_t>(local_class);
  uint64_t& bucket = way.buckets[size_t{slot} * kLocalClasses + row];
  const TokenRate& rate = way.rates[row];
  if (!rate.Has(bucket, now)) {
    DropPacket(way.stats, mbuf, DropReason::kLocalRate);
    return;
  }
  if (line.load_gate().Has(Gate::kCompleteChecksums)) [[unlikely]]
    CompleteChecksum(way.stats, mbuf, line.port.load(std::memory_order_relaxed));
  if (!way.ring->Push(mbuf, now, slot, local_class)) {
    DropPacket(way.stats, mbuf, DropReason::kLocalRingFull);
    return;
  }
  rate.Take(bucket, now);
  Add(way.stats.local[row], 1);
}

}  // namespace mgmd::dataplane
