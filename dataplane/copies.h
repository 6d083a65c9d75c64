#ifndef MGMD_DATAPLANE_COPIES_H_
#define MGMD_DATAPLANE_COPIES_H_

// Makes the copies of packets for one oif and puts them into its port's buffer.
//
// The oifs of a packet come one after the other. Each has a claim on the packet's mbuf and ends it
// exactly once: by a copy, by a header mbuf that refers to it, by taking the mbuf itself (the last
// claim), or by EndClaim(). `claims_left` counts them down, the present one included: 1 is the
// last. A shared packet's mbuf counts the references of its header mbufs and of the claims left
// itself.

#include <rte_mbuf.h>

#include <cstdint>

#include "dataplane/copy.h"
#include "dataplane/egress.h"
#include "dataplane/packet_batch.h"
#include "dataplane/tx_port.h"
#include "dataplane/worker_state.h"

namespace mgmd::dataplane {

// The oif whose copies are made.
struct Output {
  Output(uint16_t slot_number, const InterfaceLine& line, TxPort& tx_port, size_t claims)
      : slot(slot_number),
        claims_left(claims),
        egress(line),
        encapsulation(line.encapsulation.load(std::memory_order_relaxed)),
        port(tx_port) {}

  // Octets that the frame begins earlier than the untagged header.
  uint32_t front() const { return egress.front() + (encapsulation != nullptr ? uint32_t{encapsulation->front()} : 0); }

  const uint16_t slot;
  const size_t claims_left;
  const Egress egress;
  const Encapsulation* const encapsulation;  // nullptr: an ordinary interface
  TxPort& port;
};

// The packets begin to end - 1, of which whole copies are made in whole lines.
void SendBulk(WorkerState& worker, PacketBatch& batch, uint32_t begin, uint32_t end, const Output& output);

// Makes the mbufs of the packets begin to end - 1 the payload of header mbufs, referred to by
// `claims` oifs: for CopyForm::kShared, before their first oif.
void BeginSharing(PacketBatch& batch, uint32_t begin, uint32_t end, size_t claims);

// The packets begin to end - 1, which are shared; the port takes chained buffers.
void SendBulkShared(WorkerState& worker, PacketBatch& batch, uint32_t begin, uint32_t end, const Output& output);

// One packet of any batch, for any kind of interface.
void SendAny(WorkerState& worker, PacketBatch& batch, uint32_t packet, const Output& output);

// One packet of any batch, which may have to leave in fragments or not at all.
void SendExcluded(WorkerState& worker, PacketBatch& batch, uint32_t packet, Stamp oif, const InterfaceLine& line,
                  size_t claims_left);

// The frame of a packet from octet `from` of its first segment on, whether its mbuf is shared
// already or not.
FrameReader ReadFrame(const PacketBatch& batch, uint32_t packet, uint32_t from);

// Ends the claim of an oif that gets nothing, or has got fragments.
void EndClaim(PacketBatch& batch, uint32_t packet, size_t claims_left);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_COPIES_H_
