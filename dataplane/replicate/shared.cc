#include "dataplane/replicate/shared.h"

#include <cstring>

#include "dataplane/frames/copy.h"
#include "dataplane/replicate/plain_copy.h"

namespace mgmd::dataplane {
namespace {

// Makes the raw buffer the header of a copy whose payload is the packet's mbuf. The copy holds the
// headers of the frame already.
void Refer(rte_mbuf* header, PacketBatch& batch, uint32_t i, const Egress& egress, uint32_t front,
           const Output& output) {
  rte_mbuf* const payload = batch.mbufs[i];
  Finish(header, egress, PriorityOf(batch, i, egress), front, ChargeWord(batch.entries[i], output.slot));
  header->pkt_len = header->data_len + batch.lengths[i] - front;
  header->nb_segs = static_cast<uint16_t>(payload->nb_segs + 1);
  header->next = payload;
  batch.claims.Referred(i, output.claims_left);
}

}  // namespace

void SharedForm::Share(PacketBatch& batch, uint32_t packet, size_t left) {
  rte_mbuf* const mbuf = batch.mbufs[packet];
  const uint32_t front = FrontOf(batch.frames[packet]);
  // With what says the priority, which is asked of the packet for every oif.
  mbuf->ol_flags &= kPlacementFlags | RTE_MBUF_F_RX_VLAN;
  mbuf->data_off = static_cast<uint16_t>(mbuf->data_off + front);
  mbuf->data_len = static_cast<uint16_t>(mbuf->data_len - front);
  mbuf->pkt_len -= front;
  batch.claims.Share(packet, mbuf, left);
}

void SharedForm::ShareAll(PacketBatch& batch, Packets packets, size_t oifs) {
  for (uint32_t i = packets.begin; i < packets.end; ++i) Share(batch, i, oifs);
}

void SharedForm::Send(Replicator& with, PacketBatch& batch, Packets packets, const Output& output) {
  TxPort& port = output.port;
  const Egress egress = output.egress;
  const uint32_t begin = packets.begin;
  rte_mbuf** const out = port.next;
  const uint32_t made = with.header_buffers.TakeMany(out, packets.size());
  for (uint32_t n = 0; n < made; ++n) {
    const uint32_t i = begin + n;
    const uint32_t front = FrontOf(batch.frames[i]);
    CopyLines(AfterHeadroom(out[n]), batch.frames[i], LinesOf(front));
    Refer(out[n], batch, i, egress, front, output);
  }
  for (uint32_t i = begin + made; i < packets.end; ++i) {
    with.accounts.DropCopy(batch.entries[i], output.slot, DropReason::kNoBuffers);
    batch.claims.Ended(i, batch.mbufs[i], output.claims_left);
  }
  port.next += made;
  Grown(with.tx, port, batch.port_limit);
}

rte_mbuf* SharedForm::MakeCopy(Replicator& with, PacketBatch& batch, uint32_t packet, const Output& output) {
  rte_mbuf* const header = with.header_buffers.Take();
  if (header == nullptr) return nullptr;
  const uint8_t* const frame = batch.frames[packet];
  const uint32_t front = FrontOf(frame);
  if (batch.lines[packet] != 0) [[likely]] {
    CopyLines(AfterHeadroom(header), frame, LinesOf(front));
  } else {
    std::memcpy(AfterHeadroom(header), frame, front);
  }
  Refer(header, batch, packet, output.egress, front, output);
  return header;
}

}  // namespace mgmd::dataplane
