#include "dataplane/stages/local.h"

#include "dataplane/counters/accounts.h"
#include "dataplane/interfaces/egress.h"

namespace mgmd::dataplane {
namespace {

// Whether the frame is for one station, and that is not the interface: a port may hear what is for others.
bool IsForAnother(const uint8_t* frame, const InterfaceLine& line) {
  constexpr uint64_t kAddress = 0xFFFFFFFFFFFF;
  if (frame[0] & 1) return false;
  return ((Load8(frame) ^ line.source_and_type.load(std::memory_order_relaxed)) & kAddress) != 0;
}

}  // namespace

LocalWay::LocalWay(const InterfaceTable& table, WorkerStats& worker_stats, LocalRing* local_ring,
                   const LocalRates& local_rates, uint64_t hz)
    : interfaces(table), stats(worker_stats), ring(local_ring), buckets((kMaxSlots + 1) * kLocalClasses) {
  for (const LocalRate& rate : local_rates) rates.emplace_back(hz, rate.per_second, rate.burst);
}

void PuntLocal(LocalWay& way, uint64_t now, rte_mbuf* mbuf, uint16_t slot, LocalClass local_class) {
  if (IsForAnother(rte_pktmbuf_mtod(mbuf, const uint8_t*), way.interfaces.line(slot))) {
    DropPacket(way.stats, mbuf, DropReason::kNotForUs);
    return;
  }
  const auto row = static_cast<size_t>(local_class);
  uint64_t& bucket = way.buckets[size_t{slot} * kLocalClasses + row];
  const TokenRate& rate = way.rates[row];
  if (!rate.Has(bucket, now)) {
    DropPacket(way.stats, mbuf, DropReason::kLocalRate);
    return;
  }
  if (!way.ring->Push(mbuf, now, slot, local_class)) {
    DropPacket(way.stats, mbuf, DropReason::kLocalRingFull);
    return;
  }
  rate.Take(bucket, now);
  Add(way.stats.local[row], 1);
}

}  // namespace mgmd::dataplane
