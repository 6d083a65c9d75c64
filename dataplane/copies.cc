#include "dataplane/copies.h"

#include "dataplane/copy.h"
#include "dataplane/exclusion.h"
#include "dataplane/fragment.h"
#include "dataplane/plain_copy.h"

namespace mgmd::dataplane {
namespace {

// Octets that every copy has of its own: the headers, of which the Ethernet header differs.
uint32_t FrontOf(const uint8_t* frame) { return kEthernetHeader + (frame[kEthernetHeader] & 15u) * 4; }

// Turns the packet's mbuf into the payload of header mbufs, referred to by `claims` oifs.
void Share(PacketBatch& batch, uint32_t i, uint32_t front, size_t claims) {
  rte_mbuf* const mbuf = batch.mbufs[i];
  // With what says the priority, which is asked of the packet for every oif.
  mbuf->ol_flags &= kPlacementFlags | RTE_MBUF_F_RX_VLAN;
  mbuf->data_off = static_cast<uint16_t>(mbuf->data_off + front);
  mbuf->data_len = static_cast<uint16_t>(mbuf->data_len - front);
  mbuf->pkt_len -= front;
  for (rte_mbuf* segment = mbuf; segment != nullptr; segment = segment->next) {
    rte_mbuf_refcnt_set(segment, static_cast<uint16_t>(claims));
  }
  batch.shared |= uint64_t{1} << i;
}

// Makes the raw buffer the header of a copy whose payload is the packet's mbuf. The copy holds the
// headers of the frame already.
void Refer(rte_mbuf* header, const PacketBatch& batch, uint32_t i, const Egress& egress, uint32_t front,
           uint64_t charge) {
  rte_mbuf* const payload = batch.mbufs[i];
  Finish(header, egress, PriorityOf(batch, i, egress), front, charge);
  header->pkt_len = header->data_len + batch.lengths[i] - front;
  header->nb_segs = static_cast<uint16_t>(payload->nb_segs + 1);
  header->next = payload;
}

rte_mbuf* MakeShared(WorkerState& worker, const PacketBatch& batch, uint32_t i, const Output& output, uint32_t front) {
  rte_mbuf* const header = worker.header_buffers.Take();
  if (header == nullptr) return nullptr;
  if (batch.lines[i] != 0) [[likely]] {
    CopyLines(BehindHeadroom(header), batch.frames[i], LinesOf(front));
  } else {
    std::memcpy(BehindHeadroom(header), batch.frames[i], front);
  }
  Refer(header, batch, i, output.egress, front, ChargeWord(batch.entries[i], output.slot));
  return header;
}

// A copy; nullptr with the reason.
rte_mbuf* MakeCopy(WorkerState& worker, const PacketBatch& batch, uint32_t i, const Output& output,
                   DropReason& reason) {
  reason = DropReason::kNoBuffers;
  if (batch.lines[i] != 0) {
    rte_mbuf* const copy = worker.copy_buffers.Take();
    if (copy != nullptr) CopyPlain(batch, i, output.egress, ChargeWord(batch.entries[i], output.slot), copy);
    return copy;
  }
  if (batch.lengths[i] > worker.copy_room && !output.port.multi_segs) {
    reason = DropReason::kFrameTooLong;
    return nullptr;
  }
  rte_mbuf* const copy = CopyFrame(worker.config.copy_pool, ReadFrame(batch, i, 0), batch.lengths[i]);
  if (copy == nullptr) return nullptr;
  output.egress.Prepend(copy, PriorityOf(batch, i, output.egress));
  SetCharge(copy, batch.entries[i], output.slot);
  return copy;
}

}  // namespace

void SendBulk(WorkerState& worker, PacketBatch& batch, uint32_t begin, uint32_t end, const Output& output) {
  TxPort& port = output.port;
  // In registers: the compiler takes every store into a frame for one that may have changed it.
  const Egress egress = output.egress;
  const auto charge = [&batch, slot = output.slot](uint32_t i) { return ChargeWord(batch.entries[i], slot); };
  const uint32_t size = end - begin;
  rte_mbuf** const out = port.next;
  uint32_t made = size;
  if (output.claims_left == 1) {
    for (uint32_t n = 0; n < size; ++n) out[n] = TakePlain(batch, begin + n, egress, charge(begin + n));
  } else {
    made = worker.copy_buffers.TakeMany(out, size);
    for (uint32_t n = 0; n < made; ++n) CopyPlain(batch, begin + n, egress, charge(begin + n), out[n]);
  }
  for (uint32_t n = made; n < size; ++n) DropCopy(worker, batch, begin + n, output.slot, DropReason::kNoBuffers);
  port.next += made;
  Grown(worker, port);
}

void BeginSharing(PacketBatch& batch, uint32_t begin, uint32_t end, size_t claims) {
  for (uint32_t i = begin; i < end; ++i) Share(batch, i, FrontOf(batch.frames[i]), claims);
}

void SendBulkShared(WorkerState& worker, PacketBatch& batch, uint32_t begin, uint32_t end, const Output& output) {
  TxPort& port = output.port;
  const Egress egress = output.egress;
  const uint32_t size = end - begin;
  rte_mbuf** const out = port.next;
  const uint32_t made = worker.header_buffers.TakeMany(out, size);
  for (uint32_t n = 0; n < made; ++n) {
    const uint32_t i = begin + n;
    const uint32_t front = FrontOf(batch.frames[i]);
    CopyLines(BehindHeadroom(out[n]), batch.frames[i], LinesOf(front));
    Refer(out[n], batch, i, egress, front, ChargeWord(batch.entries[i], output.slot));
  }
  for (uint32_t i = begin + made; i < end; ++i) {
    DropCopy(worker, batch, i, output.slot, DropReason::kNoBuffers);
    EndClaim(batch, i, output.claims_left);
  }
  port.next += made;
  Grown(worker, port);
}

void SendAny(WorkerState& worker, PacketBatch& batch, uint32_t i, const Output& output) {
  rte_mbuf* const original = batch.mbufs[i];
  const bool chains = output.port.multi_segs;
  const uint32_t front = FrontOf(batch.frames[i]);
  const bool last = output.claims_left == 1;
  bool shared = batch.shared >> i & 1;
  const uint64_t priority = output.encapsulation != nullptr ? PriorityOf(batch, i) : 0;
  rte_mbuf* out = nullptr;
  if (!shared && last && (chains || original->nb_segs == 1) && original->data_off >= output.front()) {
    out = original;
    output.egress.Prepend(out, PriorityOf(batch, i, output.egress));
    out->ol_flags &= kPlacementFlags;
    SetCharge(out, batch.entries[i], output.slot);
  } else {
    if (!shared && !last && chains && (batch.shareable >> i & 1) && original->data_len > front) {
      Share(batch, i, front, output.claims_left);
      shared = true;
    }
    DropReason reason = DropReason::kNoBuffers;
    const bool refer = shared && chains;
    out = refer ? MakeShared(worker, batch, i, output, front) : MakeCopy(worker, batch, i, output, reason);
    // A header mbuf takes the claim's reference along.
    if (!refer || out == nullptr) EndClaim(batch, i, output.claims_left);
    if (out == nullptr) {
      DropCopy(worker, batch, i, output.slot, reason);
      return;
    }
  }
  if (output.encapsulation != nullptr) [[unlikely]]
    Encapsulate(out, *output.encapsulation, priority);
  output.port.Append(out);
  Grown(worker, output.port);
}

[[gnu::cold]] void SendExcluded(WorkerState& worker, PacketBatch& batch, uint32_t i, Stamp oif,
                                const InterfaceLine& line, size_t claims_left) {
  DropReason reason{};
  const Exclusion exclusion = Exclude(batch, i, oif, line, reason);
  if (exclusion == Exclusion::kDrop) {
    DropCopy(worker, batch, i, oif.slot, reason);
    EndClaim(batch, i, claims_left);
    return;
  }
  TxPort& port = worker.tx[line.port.load(std::memory_order_relaxed)];
  const Output output(oif.slot, line, port, claims_left);
  if (exclusion == Exclusion::kNone) {
    SendAny(worker, batch, i, output);
  } else {
    SendFragments(worker, batch, i, line.load_gate().mtu(), output);
    EndClaim(batch, i, claims_left);
  }
}

FrameReader ReadFrame(const PacketBatch& batch, uint32_t packet, uint32_t from) {
  const uint8_t* const frame = batch.frames[packet];
  const rte_mbuf* const mbuf = batch.mbufs[packet];
  // A shared packet's mbuf begins behind its headers, but these stand where they stood.
  const uint32_t front = batch.shared >> packet & 1 ? FrontOf(frame) : 0;
  return {frame + from, front + mbuf->data_len - from, mbuf->next};
}

void EndClaim(PacketBatch& batch, uint32_t packet, size_t claims_left) {
  const bool shared = batch.shared >> packet & 1;
  if (shared || claims_left == 1) rte_pktmbuf_free(batch.mbufs[packet]);
}

}  // namespace mgmd::dataplane
