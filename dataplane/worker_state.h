#ifndef MGMD_DATAPLANE_WORKER_STATE_H_
#define MGMD_DATAPLANE_WORKER_STATE_H_

// What a worker's stages share. Private to dataplane/.

#include <rte_cycles.h>

#include <vector>

#include "dataplane/drain_pace.h"
#include "dataplane/egress.h"
#include "dataplane/packet_batch.h"
#include "dataplane/replicate/buffer_stash.h"
#include "dataplane/replicate/replicate.h"
#include "dataplane/streams.h"
#include "dataplane/token_bucket.h"
#include "dataplane/tx.h"
#include "dataplane/worker.h"

namespace mgmd::dataplane {

struct WorkerState {
  explicit WorkerState(const WorkerConfig& worker_config);

  bool valid() const { return ipv4.valid() && copy_buffers.valid() && header_buffers.valid() && local_buckets.valid(); }

  const WorkerConfig config;
  const uint64_t alert_interval;  // ticks

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

  BufferStash copy_buffers;
  BufferStash header_buffers;
  Transmitter tx{*config.interfaces, ipv4.accounts, copy_buffers};
  Replicator replicator;

  StreamBatch<Ipv4> batch;
};

// Drops a packet of no entry: total, buffer.
inline void DropPacket(WorkerState& worker, rte_mbuf* mbuf, DropReason reason) {
  worker.stats.Drop(reason);
  rte_pktmbuf_free(mbuf);
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_WORKER_STATE_H_
