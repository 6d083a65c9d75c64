#include "dataplane/local.h"

#include <cstring>

#include "dataplane/egress.h"
#include "dataplane/worker_state.h"

namespace mgmd::dataplane {
namespace {

// Whether the frame is for one station, and that is not the interface: a port may hear what is for others.
bool IsForAnother(const uint8_t* frame, const InterfaceLine& line) {
  constexpr uint64_t kAddress = 0xFFFFFFFFFFFF;
  if (frame[0] & 1) return false;
  return ((Load8(frame) ^ line.source_and_type.load(std::memory_order_relaxed)) & kAddress) != 0;
}

}  // namespace

void PuntLocal(WorkerState& worker, rte_mbuf* mbuf, uint16_t slot, LocalClass local_class, bool tagged) {
  uint8_t* const frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
  if (tagged) std::memmove(frame, frame - kVlanTag, 2 * sizeof(MacAddress));
  if (IsForAnother(frame, worker.config.interfaces->line(slot))) {
    DropPacket(worker, mbuf, DropReason::kNotForUs);
    return;
  }
  const auto row = static_cast<size_t>(local_class);
  uint64_t& bucket = worker.local_buckets[size_t{slot} * kLocalClasses + row];
  const TokenRate& rate = worker.local_rates[row];
  if (!rate.Has(bucket, worker.now)) {
    DropPacket(worker, mbuf, DropReason::kLocalRate);
    return;
  }
  rate.Take(bucket, worker.now);
  if (!worker.config.local->Push(mbuf, worker.now, slot, local_class)) {
    DropPacket(worker, mbuf, DropReason::kLocalRingFull);
    return;
  }
  Add(worker.stats.local[row], 1);
}

}  // namespace mgmd::dataplane
