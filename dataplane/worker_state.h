#ifndef MGMD_DATAPLANE_WORKER_STATE_H_
#define MGMD_DATAPLANE_WORKER_STATE_H_

// What a worker's stages share. Private to dataplane/.

#include <type_traits>

#include "common/turn_times.h"
#include "dataplane/batch/packet_batch.h"
#include "dataplane/counters/counters.h"
#include "dataplane/pending/drain_pace.h"
#include "dataplane/replicate/replicate.h"
#include "dataplane/stages/local.h"
#include "dataplane/stages/stages.h"
#include "dataplane/stages/streams.h"
#include "dataplane/tx/buffer_stash.h"
#include "dataplane/tx/tx.h"
#include "dataplane/worker_config.h"

namespace mgmd::dataplane {

struct WorkerState {
  explicit WorkerState(const WorkerConfig& worker_config);

  bool valid() const {
    return Supported(config.instructions) && ipv4.valid() && ipv6.valid() && copy_buffers.valid() &&
           header_buffers.valid() && local.buckets.valid() && errors.valid();
  }

  // By family.
  template <class Family>
  Streams<Family>& streams() {
    if constexpr (std::is_same_v<Family, Ipv4>) {
      return ipv4;
    } else {
      return ipv6;
    }
  }
  template <class Family>
  StreamBatch<Family>& batch() {
    if constexpr (std::is_same_v<Family, Ipv4>) {
      return ipv4_batch;
    } else {
      return ipv6_batch;
    }
  }

  const WorkerConfig config;

  WorkerStats stats;
  TurnTimes turn_times;
  Streams<Ipv4> ipv4;
  Streams<Ipv6> ipv6;
  DrainPace drain_pace;
  bool drains_ipv6 = false;  // whose held packets were sent last
  LocalWay local;
  ErrorRequests errors;
  Parser parser{*config.interfaces,
                stats,
                local,
                errors,
                config.act_on_unknown_options,
                FindHeaderJudge<Ipv4>(config.instructions),
                FindHeaderJudge<Ipv6>(config.instructions)};
  Acceptor acceptor;

  // Of the present turn.
  uint64_t now;           // when it began, by the clock of the configuration
  uint64_t received = 0;  // in the turn before

  BufferStash copy_buffers;
  BufferStash header_buffers;
  Transmitter tx{*config.interfaces, {stats, ipv4.accounts, ipv6.accounts}, copy_buffers};
  TooBig too_big{errors};
  Replicator replicator;

  StreamBatch<Ipv4> ipv4_batch;
  StreamBatch<Ipv6> ipv6_batch;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_WORKER_STATE_H_
