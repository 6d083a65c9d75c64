#ifndef MGMD_DATAPLANE_COPIES_H_
#define MGMD_DATAPLANE_COPIES_H_

// Makes the copies a port's list asks for, in the order of the list, right behind a bulk allocation of just as many
// buffers: these come out of the mempool's cache and are still in the core's when they are written.
//
// Every oif of a packet ends its claim on the packet's mbuf exactly once: by a copy, by taking the mbuf itself
// (the last claim), or by ReleaseReference(). PacketBatch::remaining counts the claims left. A shared packet's mbuf
// counts them itself, in its reference count: header mbufs on their way out hold it.

#include <rte_mbuf.h>

#include <cstdint>

#include "dataplane/packet_batch.h"
#include "dataplane/tx_port.h"
#include "dataplane/worker_state.h"

namespace mgmd::dataplane {

// How the claims of a list end.
enum class CopyPlan : uint8_t {
  kByRemaining,   // a packet's last claim takes its mbuf, others get a copy; any kind of packet
  kAllCopies,     // every item gets a copy; plain batches only
  kAllOriginals,  // every item is its packet's last claim, no packet has two; plain batches only
};

// Works the list of the port off; hands its buffer to the device when that has become long enough.
void MakeCopies(WorkerState& worker, PacketBatch& batch, TxPort& port, CopyPlan plan);

// Ends the claim of an oif that gets nothing, or has got fragments.
void ReleaseReference(PacketBatch& batch, uint32_t packet);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_COPIES_H_
