#include "dataplane/tx/tx.h"

#include <rte_ethdev.h>

#include <bit>

namespace mgmd::dataplane {
namespace {

[[gnu::noinline, gnu::cold]] void DropUnsent(const CopyAccounts& accounts, TxPort& port, uint32_t sent,
                                             DropReason reason) {
  uint64_t lost = 0;
  for (uint32_t n = sent; n < port.count(); ++n) {
    const uint64_t copy = port.fragment_of[n];
    if (copy != 0 && !port.Lose(copy)) continue;
    const rte_mbuf* const mbuf = port.mbufs[n];
    accounts.Charge(mbuf->hash.usr, mbuf->vlan_tci, reason);
    ++lost;
  }
  accounts.stats.Drop(reason, lost);
  rte_pktmbuf_free_bulk(port.mbufs + sent, port.count() - sent);
}

// As many as the device takes; it may take less in one call than it has room for.
uint32_t Burst(TxPort& port, uint16_t device) {
  uint32_t sent = 0;
  while (sent < port.count()) {
    const uint16_t taken =
        rte_eth_tx_burst(device, port.queue, port.mbufs + sent, static_cast<uint16_t>(port.count() - sent));
    if (taken == 0) break;
    sent += taken;
  }
  return sent;
}

}  // namespace

void FlushPort(Transmitter& tx, TxPort& port) {
  // A device that is down might keep what it is given and send it when it is up again.
  const uint16_t device = tx.interfaces.port(port.port).tx_device.load(std::memory_order_acquire);
  const bool down = device == kNoDevice;
  const uint32_t sent = down ? 0 : Burst(port, device);
  if (sent < port.count()) [[unlikely]]
    DropUnsent(tx.accounts, port, sent, down ? DropReason::kOifDown : DropReason::kTxFull);
  Add(tx.accounts.stats.copies, sent);
  port.Empty();
  tx.copy_buffers.Spare();
}

void Flush(Transmitter& tx) {
  for (uint32_t loaded = tx.loaded; loaded != 0; loaded &= loaded - 1) {
    TxPort& port = tx.ports[static_cast<uint32_t>(std::countr_zero(loaded))];
    if (port.count() > 0) FlushPort(tx, port);
  }
  tx.loaded = 0;
}

}  // namespace mgmd::dataplane
