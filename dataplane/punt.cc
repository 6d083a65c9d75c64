#include "dataplane/punt.h"

#include <algorithm>
#include <cstring>

#include "dataplane/egress.h"
#include "dataplane/worker_state.h"

namespace mgmd::dataplane {

bool PuntPacket(WorkerState& worker, const PacketBatch& batch, uint32_t packet, PuntReason reason) {
  const rte_mbuf* const mbuf = batch.mbufs[packet];
  const uint8_t* const ip = batch.frames[packet] + kEthernetHeader;
  const auto in_first_segment =
      static_cast<uint32_t>(rte_pktmbuf_mtod(mbuf, uint8_t*) + mbuf->data_len - ip);
  Punt punt;
  punt.key = batch.keys[packet];
  punt.arrival = InterfaceSlot{batch.arrivals[packet]};
  punt.reason = reason;
  punt.worker = worker.config.id;
  punt.header_size =
      static_cast<uint8_t>(std::min({in_first_segment, uint32_t{batch.ip_lengths[packet]},
                                     static_cast<uint32_t>(punt.header.size())}));
  std::memcpy(punt.header.data(), ip, punt.header_size);
  if (!worker.config.punts->Push(punt)) return false;
  Add(worker.stats.punts[static_cast<size_t>(reason)], 1);
  return true;
}

}  // namespace mgmd::dataplane
