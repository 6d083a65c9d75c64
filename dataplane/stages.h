#ifndef MGMD_DATAPLANE_STAGES_H_
#define MGMD_DATAPLANE_STAGES_H_

// The stages of the packet's way, each a function over a batch and each in a file of its name.
// packet_batch.h says what each reads and writes; those that are more than a file have headers of their own
// (replicate/replicate.h, tx.h).

#include <cstdint>

#include "dataplane/packet_batch.h"
#include "dataplane/worker_state.h"

namespace mgmd::dataplane {

// Fills the batch with at most kBatch packets of a queue. Returns how many.
uint32_t Receive(WorkerState& worker, RxQueue queue, PacketBatch& batch);

// Keeps the valid IPv4 multicast packets that arrived on interfaces that are up and enabled:
// Ethernet with at most one VLAN tag, in the frame or in the mbuf's metadata; header checks of RFC
// 1812 section 5.2.2; no IGMP, no link-local groups. Takes the tag and Ethernet padding off, and
// completes UDP and TCP checksums where the interface says so. All packets of the batch came from
// `port`.
void Parse(WorkerState& worker, StreamBatch<Ipv4>& batch, uint16_t port);

// Finds the entry of every packet.
template <class Family>
void Lookup(Streams<Family>& streams, StreamBatch<Family>& batch);

// Decides: boundary, unknown stream, arrival interface, TTL, negative entry, in this order; counts
// the packet for its stream. A packet whose stream is held still is held behind it, and the stream
// begins to be drained.
template <class Family>
void Accept(WorkerState& worker, Streams<Family>& streams, StreamBatch<Family>& batch);

// Sends packets of draining streams by the stages above, as many as the pace allows; what has no
// entry is dropped as pending_discarded.
void SendHeld(WorkerState& worker);

// Drops a held stream.
template <class Family>
void DropHeld(WorkerState& worker, const HeldStream<Family>& held, DropReason reason);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_STAGES_H_
