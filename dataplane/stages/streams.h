#ifndef MGMD_DATAPLANE_STAGES_STREAMS_H_
#define MGMD_DATAPLANE_STAGES_STREAMS_H_

// What a worker has of the streams of one address family: the FIB, what it counts of its entries, and what waits for a
// decision. Counter indices are those of this FIB's entries and mean nothing in another. Private to dataplane/.

#include "dataplane/counters/accounts.h"
#include "dataplane/counters/counters.h"
#include "dataplane/counters/exceptions.h"
#include "dataplane/fib/mfib.h"
#include "dataplane/pending/pending.h"
#include "dataplane/stages/punt.h"
#include "dataplane/worker_config.h"

namespace mgmd::dataplane {

template <class Family>
struct Streams {
  // Limits are those of the configuration; its clock is complete.
  Streams(const FamilyParts<Family>& the_parts, const WorkerConfig& config, WorkerStats& stats)
      : parts(the_parts),
        worker(config.id),
        counters(parts.fib->index_limit()),
        exceptions(config.exception_places),
        pending(config.pending, config.pending_pool, config.tsc_hz * config.pending.timeout_ms / 1000),
        accounts{stats, counters, exceptions} {}
  bool valid() const { return counters.valid() && exceptions.valid() && pending.valid(); }

  const FamilyParts<Family> parts;
  const uint8_t worker;  // in punts
  StreamCounters counters;
  ExceptionTable exceptions;
  PendingTable<Family> pending;
  AlertLimiter<Family> alerts;
  const Accounts accounts;
  FibView<Family> view;  // of the present turn
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_STAGES_STREAMS_H_
