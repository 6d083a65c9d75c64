#include "dataplane/replicate/each.h"

#include "dataplane/replicate/plain_copy.h"
#include "dataplane/replicate/shared.h"

namespace mgmd::dataplane {
namespace {

// Whether the packet's own mbuf can be the copy.
bool CanTake(const PacketBatch& batch, uint32_t i, const Output& output) {
  const rte_mbuf* const mbuf = batch.mbufs[i];
  return output.claims_left == 1 && !batch.claims.shared(i) && (output.port.multi_segs || mbuf->nb_segs == 1) &&
         mbuf->data_off >= output.front();
}

rte_mbuf* Take(PacketBatch& batch, uint32_t i, const Output& output) {
  rte_mbuf* const mbuf = batch.mbufs[i];
  output.egress.Prepend(mbuf, PriorityOf(batch, i, output.egress));
  mbuf->ol_flags &= kPlacementFlags;
  SetCharge(mbuf, batch.entries[i], output.slot);
  batch.claims.Taken(i, output.claims_left);
  return mbuf;
}

// Whether the copy is to be a header in front of the payload, which the packet's mbuf becomes if it is not yet.
bool Shares(PacketBatch& batch, uint32_t i, const Output& output) {
  if (!output.port.multi_segs) return false;
  if (batch.claims.shared(i)) return true;
  const bool worth_it = output.claims_left > 1 && (batch.shareable >> i & 1) != 0;
  if (!worth_it || batch.mbufs[i]->data_len <= FrontOf(batch.frames[i])) return false;
  SharedForm::Share(batch, i, output.claims_left);
  return true;
}

// nullptr with the reason.
rte_mbuf* Copy(Replicator& with, const PacketBatch& batch, uint32_t i, const Output& output, DropReason& reason) {
  const uint64_t charge = ChargeWord(batch.entries[i], output.slot);
  if (batch.lines[i] != 0) {
    rte_mbuf* const copy = with.copy_buffers.Take();
    if (copy != nullptr) CopyPlain(batch, i, output.egress, charge, copy);
    return copy;
  }
  if (batch.lengths[i] > with.copy_room && !output.port.multi_segs) {
    reason = DropReason::kFrameTooLong;
    return nullptr;
  }
  rte_mbuf* const copy = CopyFrame(with.copy_pool, ReadFrame(batch, i, 0), batch.lengths[i]);
  if (copy == nullptr) return nullptr;
  output.egress.Prepend(copy, PriorityOf(batch, i, output.egress));
  SetCharge(copy, batch.entries[i], output.slot);
  return copy;
}

// The copy, whose claim has ended; nullptr with the reason.
rte_mbuf* Make(Replicator& with, PacketBatch& batch, uint32_t i, const Output& output, DropReason& reason) {
  if (CanTake(batch, i, output)) return Take(batch, i, output);
  rte_mbuf* const mbuf = batch.mbufs[i];
  const bool shares = Shares(batch, i, output);
  rte_mbuf* const copy = shares ? SharedForm::MakeCopy(with, batch, i, output) : Copy(with, batch, i, output, reason);
  // A header has taken the claim's reference along.
  if (!shares || copy == nullptr) batch.claims.Ended(i, mbuf, output.claims_left);
  return copy;
}

}  // namespace

void EachForm::Send(Replicator& with, PacketBatch& batch, Packets packets, const Output& output) {
  for (uint32_t i = packets.begin; i < packets.end; ++i) {
    // The packet's mbuf cannot be asked afterwards.
    const uint64_t priority = output.encapsulation != nullptr ? PriorityOf(batch, i) : 0;
    DropReason reason = DropReason::kNoBuffers;
    rte_mbuf* const copy = Make(with, batch, i, output, reason);
    if (copy == nullptr) {
      with.accounts.DropCopy(batch.entries[i], output.slot, reason);
      continue;
    }
    if (output.encapsulation != nullptr) [[unlikely]]
      Encapsulate(copy, *output.encapsulation, priority);
    output.port.Append(copy);
    Grown(with.tx, output.port, batch.port_limit);
  }
}

}  // namespace mgmd::dataplane
