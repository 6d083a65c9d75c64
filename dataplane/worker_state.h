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
#include "dataplane/pending.h"
#include "dataplane/punt.h"
#include "dataplane/token_bucket.h"
#include "dataplane/tx_port.h"
#include "dataplane/worker.h"

namespace mgmd::dataplane {

struct WorkerState {
  explicit WorkerState(const WorkerConfig& worker_config);

  bool valid() const {
    return counters.valid() && exceptions.valid() && pending.valid() && copy_buffers.valid() &&
           header_buffers.valid() && local_buckets.valid();
  }

  const WorkerConfig config;
  const uint64_t alert_interval;  // ticks
  const uint32_t copy_room;       // octets of a copy buffer, whole lines
  const bool can_share;
  bool ports_share = true;  // every port takes chained buffers

  WorkerStats stats;
  StreamCounters counters;
  ExceptionTable exceptions;
  PendingTable pending;
  DrainPace drain_pace;
  AlertLimiter alerts;
  TokenRate alert_rate;
  uint64_t alert_bucket = 0;
  std::vector<TokenRate> local_rates;     // by class
  ReservedArray<uint64_t> local_buckets;  // by slot and class

  // Of the present turn.
  FibView<Ipv4> view;
  uint64_t now = 0;
  uint64_t received = 0;  // in the turn before

  uint32_t loaded = 0;  // bit = port id: the port's buffer is not empty
  std::array<TxPort, kMaxPorts> tx;
  BufferStash copy_buffers;
  BufferStash header_buffers;

  PacketBatch batch;
};
static_assert(kMaxPorts <= 32);

// Charges packets or copies to a stream's oif (kNoSlot: to the stream), beside the totals of
// WorkerStats.
inline void Charge(WorkerState& worker, uint32_t counter, uint16_t slot, DropReason reason, uint64_t n = 1) {
  if (counter == kNoEntry) return;
  Add(worker.counters.line(counter).exceptions, n);
  if (!worker.exceptions.Add({counter, InterfaceSlot{slot}, reason}, n)) Add(worker.stats.unattributed, n);
}

// Drops a packet: total, charge, buffer.
inline void DropPacket(WorkerState& worker, rte_mbuf* mbuf, DropReason reason, uint32_t counter = kNoEntry) {
  worker.stats.Drop(reason);
  Charge(worker, counter, Value(kNoSlot), reason);
  rte_pktmbuf_free(mbuf);
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_WORKER_STATE_H_
