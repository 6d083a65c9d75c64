#include <rte_prefetch.h>

#include "dataplane/stages.h"

namespace mgmd::dataplane {

void Lookup(WorkerState& worker, PacketBatch& batch) {
  worker.view.Lookup(batch.keys, batch.count, batch.entries);
  // The entry and its counter line have one number: both are on their way before accept reads the
  // first.
  for (uint32_t i = 0; i < batch.count; ++i) {
    rte_prefetch0(&worker.view.entry(batch.entries[i]));
    rte_prefetch0(&worker.counters.line(batch.entries[i]));
  }
}

}  // namespace mgmd::dataplane
