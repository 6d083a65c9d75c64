#include <rte_prefetch.h>

#include "dataplane/stages/stages.h"

namespace mgmd::dataplane {

template <class Family>
void Lookup(Streams<Family>& streams, StreamBatch<Family>& batch) {
  streams.view.Lookup(batch.keys, batch.count, batch.entries);
  // The entry and its counter line have one number: both are on their way before accept reads the
  // first.
  for (uint32_t i = 0; i < batch.count; ++i) {
    rte_prefetch0(&streams.view.entry(batch.entries[i]));
    rte_prefetch0(&streams.counters.line(batch.entries[i]));
  }
}

template void Lookup(Streams<Ipv4>& streams, StreamBatch<Ipv4>& batch);
template void Lookup(Streams<Ipv6>& streams, StreamBatch<Ipv6>& batch);

}  // namespace mgmd::dataplane
