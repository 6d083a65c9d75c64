#ifndef MGMD_DATAPLANE_TX_TX_H_
#define MGMD_DATAPLANE_TX_TX_H_

// The last stage: one worker's ways out of all ports.
//
// Whoever has put copies into a port's buffer says so (Grown), and the buffer is handed over when that is worth it;
// what is left is handed over at the end of the turn (Flush). The buffers that come back from a device meanwhile are
// spared for the next copies.

#include <array>
#include <cstdint>

#include "dataplane/counters/accounts.h"
#include "dataplane/interfaces/interface_table.h"
#include "dataplane/tx/buffer_stash.h"
#include "dataplane/tx/tx_port.h"

namespace mgmd::dataplane {

struct Transmitter {
  const InterfaceTable& interfaces;
  const CopyAccounts accounts;
  BufferStash& copy_buffers;

  uint32_t loaded = 0;  // bit = port: the port's buffer is not empty
  std::array<TxPort, kMaxPorts> ports{};

  // The port that the interface is on.
  TxPort& PortOf(const InterfaceLine& line) { return ports[line.port.load(std::memory_order_relaxed)]; }
};
static_assert(kMaxPorts <= 32);

// Hands the buffer of the port to the device; what it does not take is dropped as tx_full, and all of
// it as oif_down where the port is down.
void FlushPort(Transmitter& tx, TxPort& port);
// All buffers.
void Flush(Transmitter& tx);

// The buffer has grown: hands it over if it holds `limit` copies.
inline void Grown(Transmitter& tx, TxPort& port, uint32_t limit) {
  tx.loaded |= uint32_t{1} << port.port;
  if (port.Holds(limit)) FlushPort(tx, port);
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_TX_TX_H_
