// Taking out and dropping what was held for streams.
//
// Held packets leave at a pace that a device can bear on top of what is received: two for each
// packet received, so that what is held shrinks at full load too, and kDrainPerSecond besides. All
// at once, a few thousand packets that waited would overrun the device's queue and be lost there,
// with packets of streams that flow already.

#include <algorithm>

#include "dataplane/frames/ip_header.h"
#include "dataplane/interfaces/egress.h"
#include "dataplane/pending/drain_pace.h"
#include "dataplane/stages/stages.h"

namespace mgmd::dataplane {

template <class Family>
void TakeHeld(Streams<Family>& streams, StreamBatch<Family>& batch, uint32_t limit) {
  batch.count = 0;
  batch.held = true;
  batch.whole_lines = false;
  batch.priorities = true;
  while (batch.count < limit && streams.pending.draining()) {
    const HeldStream<Family> part = streams.pending.TakeDraining(limit - batch.count);
    const HeldLosses& lost = part.lost;
    if (lost.depth + lost.packets + lost.share > 0) {
      // These have been counted as dropped when they were; now it is known for which entry.
      uint32_t entry = kNoEntry;
      streams.view.Lookup(&part.key, 1, &entry);
      const uint16_t whole = Value(kNoSlot);
      if (lost.depth > 0) streams.accounts.Charge(entry, whole, DropReason::kPendingDepth, lost.depth);
      if (lost.packets > 0) streams.accounts.Charge(entry, whole, DropReason::kPendingPackets, lost.packets);
      if (lost.share > 0) streams.accounts.Charge(entry, whole, DropReason::kPendingShare, lost.share);
    }
    for (rte_mbuf* mbuf = part.head; mbuf != nullptr; mbuf = HeldPacket::Of(mbuf).next) {
      const uint32_t i = batch.count++;
      uint8_t* const frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
      batch.mbufs[i] = mbuf;
      batch.frames[i] = frame;
      batch.keys[i] = part.key;
      batch.arrivals[i] = StampOf(HeldPacket::Of(mbuf).arrival).slot;
      batch.ip_lengths[i] = static_cast<uint16_t>(mbuf->pkt_len - kEthernetHeader);
      batch.ttls[i] = frame[kEthernetHeader + kHopsAt<Family>];
    }
  }
}

uint64_t DrainPace::Allowed(uint64_t now, uint64_t received) {
  const uint64_t most = kBatch * ticks_per_packet_;
  credit_ += std::min(now - last_, most);
  credit_ = std::min(credit_, most);
  last_ = now;
  for_received_ = 2 * received;
  return for_received_ + credit_ / ticks_per_packet_;
}

void DrainPace::Sent(uint64_t packets) {
  if (packets > for_received_) credit_ -= (packets - for_received_) * ticks_per_packet_;
}

template <class Family>
void DropHeld(WorkerStats& stats, const HeldStream<Family>& held, DropReason reason) {
  for (rte_mbuf* mbuf = held.head; mbuf != nullptr;) {
    rte_mbuf* const next = HeldPacket::Of(mbuf).next;
    DropPacket(stats, mbuf, reason);
    mbuf = next;
  }
}

template void TakeHeld(Streams<Ipv4>& streams, StreamBatch<Ipv4>& batch, uint32_t limit);
template void TakeHeld(Streams<Ipv6>& streams, StreamBatch<Ipv6>& batch, uint32_t limit);
template void DropHeld(WorkerStats& stats, const HeldStream<Ipv4>& held, DropReason reason);
template void DropHeld(WorkerStats& stats, const HeldStream<Ipv6>& held, DropReason reason);

}  // namespace mgmd::dataplane
