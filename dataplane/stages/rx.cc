#include <rte_ethdev.h>

#include "dataplane/stages/stages.h"

namespace mgmd::dataplane {

uint32_t Receive(WorkerStats& stats, uint16_t device, uint16_t queue, PacketBatch& batch) {
  batch.count = rte_eth_rx_burst(device, queue, batch.mbufs, kBatch);
  batch.held = false;
  if (batch.count == 0) return 0;
  Add(stats.bursts, 1);
  Add(stats.packets, batch.count);
  return batch.count;
}

}  // namespace mgmd::dataplane
