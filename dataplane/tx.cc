#include <rte_ethdev.h>

#include "dataplane/stages.h"

namespace mgmd::dataplane {
namespace {

void DropUnsent(WorkerState& worker, TxPort& port, uint32_t sent) {
  for (uint32_t n = sent; n < port.count(); ++n) {
    const rte_mbuf* const mbuf = port.mbufs[n];
    Charge(worker, mbuf->hash.usr, mbuf->vlan_tci, DropReason::kTxFull);
  }
  worker.stats.Drop(DropReason::kTxFull, port.count() - sent);
  rte_pktmbuf_free_bulk(port.mbufs + sent, port.count() - sent);
}

// As many as the device takes; it may take less in one call than it has room for.
uint32_t Burst(TxPort& port) {
  uint32_t sent = 0;
  while (sent < port.count()) {
    const uint16_t taken = rte_eth_tx_burst(port.port, port.queue, port.mbufs + sent,
                                            static_cast<uint16_t>(port.count() - sent));
    if (taken == 0) break;
    sent += taken;
  }
  return sent;
}

// With fragments in the buffer: a copy is lost once, whatever the number of its fragments that are,
// and so those that were sent have to be followed as well.
[[gnu::noinline, gnu::cold]] uint32_t BurstFragments(WorkerState& worker, TxPort& port) {
  const uint32_t sent = Burst(port);
  for (uint32_t n = 0; n < port.count(); ++n) {
    if (port.first_fragments[n]) port.fragment_charged = false;
    if (n < sent || (port.fragments[n] && port.fragment_charged)) continue;
    port.fragment_charged |= port.fragments[n];
    const rte_mbuf* const mbuf = port.mbufs[n];
    worker.stats.Drop(DropReason::kTxFull);
    Charge(worker, mbuf->hash.usr, mbuf->vlan_tci, DropReason::kTxFull);
  }
  rte_pktmbuf_free_bulk(port.mbufs + sent, port.count() - sent);
  port.fragments.reset();
  port.first_fragments.reset();
  return sent;
}

}  // namespace

void FlushPort(WorkerState& worker, TxPort& port) {
  uint32_t sent;
  if (port.fragments.any()) [[unlikely]] {
    sent = BurstFragments(worker, port);
  } else {
    sent = Burst(port);
    if (sent < port.count()) [[unlikely]]
      DropUnsent(worker, port, sent);
  }
  Add(worker.stats.tx_packets[port.port], sent);
  Add(worker.stats.copies, sent);
  port.next = port.mbufs;
  worker.copy_buffers.Spare();
}

void Flush(WorkerState& worker) {
  for (uint32_t ports = worker.loaded; ports != 0; ports &= ports - 1) {
    TxPort& port = worker.tx[static_cast<uint32_t>(std::countr_zero(ports))];
    if (port.count() > 0) FlushPort(worker, port);
  }
  worker.loaded = 0;
}

}  // namespace mgmd::dataplane
