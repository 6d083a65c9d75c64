#include <rte_ethdev.h>

#include "dataplane/stages.h"

namespace mgmd::dataplane {
namespace {

// Follows fragments through what the device took and what it did not: a copy is lost once, whatever
// the number of its fragments that are.
bool CountsAsCopy(TxPort& port, Item item, bool lost) {
  if (!(item & kFragment)) return lost;
  if (item & kFirstFragment) port.fragment_charged = false;
  if (!lost || port.fragment_charged) return false;
  port.fragment_charged = true;
  return true;
}

void DropUnsent(WorkerState& worker, TxPort& port, uint32_t sent) {
  uint64_t lost = 0;
  for (uint32_t n = port.fragments ? 0 : sent; n < port.count; ++n) {
    const Item item = port.items[n];
    if (!CountsAsCopy(port, item, n >= sent)) continue;
    ++lost;
    Charge(worker, ItemCounter(item), ItemSlot(item), DropReason::kTxFull);
  }
  worker.stats.Drop(DropReason::kTxFull, lost);
  rte_pktmbuf_free_bulk(port.mbufs + sent, port.count - sent);
}

}  // namespace

void FlushPort(WorkerState& worker, TxPort& port) {
  uint32_t sent = 0;
  // A driver may take less than it has room for in one call.
  while (sent < port.count) {
    const uint16_t taken = rte_eth_tx_burst(port.port, port.queue, port.mbufs + sent,
                                            static_cast<uint16_t>(port.count - sent));
    if (taken == 0) break;
    sent += taken;
  }
  if (sent < port.count || port.fragments) [[unlikely]]
    DropUnsent(worker, port, sent);
  Add(worker.stats.tx_packets[port.port], sent);
  Add(worker.stats.copies, sent);
  port.count = 0;
  port.fragments = false;
}

void Flush(WorkerState& worker) {
  for (uint32_t ports = worker.loaded; ports != 0; ports &= ports - 1) {
    TxPort& port = worker.tx[static_cast<uint32_t>(std::countr_zero(ports))];
    if (port.count > 0) FlushPort(worker, port);
  }
  worker.loaded = 0;
}

}  // namespace mgmd::dataplane
