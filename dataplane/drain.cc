// Sending and dropping what was held for a stream.

#include <algorithm>

#include "dataplane/egress.h"
#include "dataplane/stages.h"

namespace mgmd::dataplane {

void DropHeld(WorkerState& worker, const HeldStream& held, DropReason reason) {
  for (rte_mbuf* mbuf = held.head; mbuf != nullptr;) {
    rte_mbuf* const next = HeldPacket::Of(mbuf).next;
    DropPacket(worker, mbuf, reason);
    mbuf = next;
  }
}

void SendHeld(WorkerState& worker, const HeldStream& held, uint32_t entry) {
  if (entry == kNoEntry) {
    DropHeld(worker, held, DropReason::kPendingDiscarded);
    return;
  }
  Add(worker.counters.line(entry).held, held.packets);
  // These have been counted as dropped when they were; now it is known for which entry.
  const uint16_t whole = Value(kNoSlot);
  if (held.over_depth > 0) Charge(worker, entry, whole, DropReason::kPendingDepth, held.over_depth);
  if (held.over_packets > 0)
    Charge(worker, entry, whole, DropReason::kPendingPackets, held.over_packets);

  const InterfaceTable& interfaces = *worker.config.interfaces;
  PacketBatch& batch = worker.held_batch;
  for (rte_mbuf* mbuf = held.head; mbuf != nullptr;) {
    batch.count = 0;
    batch.router_alerts = 0;
    while (mbuf != nullptr && batch.count < kBatch) {
      const HeldPacket packet = HeldPacket::Of(mbuf);
      rte_mbuf* const present = mbuf;
      mbuf = packet.next;
      const Stamp arrival = StampOf(packet.arrival);
      if (interfaces.line(arrival.slot).stamp.load(std::memory_order_acquire) != packet.arrival) {
        DropPacket(worker, present, DropReason::kReleased, entry);
        continue;
      }
      const uint32_t i = batch.count++;
      uint8_t* const frame = rte_pktmbuf_mtod(present, uint8_t*);
      batch.mbufs[i] = present;
      batch.frames[i] = frame;
      batch.keys[i] = held.key;
      batch.entries[i] = entry;
      batch.arrivals[i] = arrival.slot;
      batch.ip_lengths[i] = static_cast<uint16_t>(present->pkt_len - kEthernetHeader);
      batch.ttls[i] = frame[kEthernetHeader + 8];
    }
    Accept(worker, batch);
    Replicate(worker, batch);
  }
}

}  // namespace mgmd::dataplane
