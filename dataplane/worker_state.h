#ifndef MGMD_DATAPLANE_WORKER_STATE_H_
#define MGMD_DATAPLANE_WORKER_STATE_H_

// What a worker's stages share. Private to dataplane/.

#include <rte_cycles.h>

#include <array>
#include <bit>
#include <vector>

#include "dataplane/buffer_stash.h"
#include "dataplane/copy.h"
#include "dataplane/drain_pace.h"
#include "dataplane/egress.h"
#include "dataplane/streams.h"
#include "dataplane/token_bucket.h"
#include "dataplane/tx_port.h"
#include "dataplane/worker.h"

namespace mgmd::dataplane {

struct WorkerState {
  explicit WorkerState(const WorkerConfig& worker_config);

  bool valid() const { return ipv4.valid() && copy_buffers.valid() && header_buffers.valid() && local_buckets.valid(); }

  const WorkerConfig config;
  const uint64_t alert_interval;  // ticks
  const uint32_t copy_room;       // octets of a copy buffer, whole lines
  const bool can_share;
  bool ports_share = true;  // every port takes chained buffers

  WorkerStats stats;
  Streams<Ipv4> ipv4;
  DrainPace drain_pace;
  TokenRate alert_rate;
  uint64_t alert_bucket = 0;
  std::vector<TokenRate> local_rates;     // by class
  ReservedArray<uint64_t> local_buckets;  // by slot and class

  // Of the present turn.
  uint64_t now = 0;
  uint64_t received = 0;  // in the turn before

  uint32_t loaded = 0;  // bit = port id: the port's buffer is not empty
  std::array<TxPort, kMaxPorts> tx;
  BufferStash copy_buffers;
  BufferStash header_buffers;

  StreamBatch<Ipv4> batch;
};
static_assert(kMaxPorts <= 32);

// Charges packets or copies to a stream's oif (kNoSlot: to the stream), in addition to the totals of
// WorkerStats.
template <class Family>
void Charge(WorkerState& worker, Streams<Family>& streams, uint32_t counter, uint16_t slot, DropReason reason,
            uint64_t n = 1) {
  if (counter == kNoEntry) return;
  Add(streams.counters.line(counter).exceptions, n);
  if (!streams.exceptions.Add({counter, InterfaceSlot{slot}, reason}, n)) Add(worker.stats.unattributed, n);
}

// Drops a packet of no entry: total, buffer.
inline void DropPacket(WorkerState& worker, rte_mbuf* mbuf, DropReason reason) {
  worker.stats.Drop(reason);
  rte_pktmbuf_free(mbuf);
}
// Of an entry: charges it, too.
template <class Family>
void DropPacket(WorkerState& worker, Streams<Family>& streams, rte_mbuf* mbuf, DropReason reason, uint32_t counter) {
  Charge(worker, streams, counter, Value(kNoSlot), reason);
  DropPacket(worker, mbuf, reason);
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_WORKER_STATE_H_
