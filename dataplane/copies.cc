#include "dataplane/copies.h"

#include <cstddef>

#include "dataplane/copy.h"
#include "dataplane/egress.h"
#include "dataplane/stages.h"

namespace mgmd::dataplane {
namespace {

// Flags that say where an mbuf's data lives; all others are of no use to a copy.
constexpr uint64_t kPlacementFlags = RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL;

// Makes a buffer fresh from its pool a packet of one segment. The pool keeps reference and segment counts at 1 and
// the chain cut, so that four words say everything.
void SetSingle(rte_mbuf* mbuf, uint32_t data_off, uint32_t length) {
  static_assert(offsetof(rte_mbuf, ol_flags) == offsetof(rte_mbuf, data_off) + 8);
  static_assert(offsetof(rte_mbuf, pkt_len) == offsetof(rte_mbuf, data_off) + 20);
  auto* const words = reinterpret_cast<uint8_t*>(mbuf) + offsetof(rte_mbuf, data_off);
  Store8(words, data_off | uint64_t{1} << 16 | uint64_t{1} << 32 | uint64_t{RTE_MBUF_PORT_INVALID} << 48);
  Store8(words + 8, 0);
  Store8(words + 16, uint64_t{length} << 32);
  Store8(words + 24, length);
}

// The Ethernet header of a copy made behind its headroom, and all that the mbuf says.
void Finish(rte_mbuf* mbuf, uint8_t* to, const InterfaceLine& line, uint32_t length) {
  if (line.vlan.load(std::memory_order_relaxed) == 0) {
    WriteUntagged(to, line);
    SetSingle(mbuf, RTE_PKTMBUF_HEADROOM, length);
  } else {
    WriteTagged(to, line);
    SetSingle(mbuf, RTE_PKTMBUF_HEADROOM - kVlanTag, length + kVlanTag);
  }
}

uint8_t* Behind(rte_mbuf* mbuf) { return static_cast<uint8_t*>(mbuf->buf_addr) + RTE_PKTMBUF_HEADROOM; }

void CopyPlain(const PacketBatch& batch, Item item, const InterfaceLine& line, rte_mbuf* mbuf) {
  const uint32_t i = ItemPacket(item);
  uint8_t* const to = Behind(mbuf);
  CopyLines(to, batch.frames[i], batch.lines[i]);
  Finish(mbuf, to, line, batch.lengths[i]);
}

// Takes `count` buffers from the pool, as many as there are. Returns how many.
uint32_t Allocate(rte_mempool* pool, rte_mbuf** mbufs, uint32_t count) {
  auto** const objects = reinterpret_cast<void**>(mbufs);
  if (rte_mempool_get_bulk(pool, objects, count) == 0) [[likely]] return count;
  uint32_t taken = 0;
  while (taken < count && rte_mempool_get(pool, objects + taken) == 0) ++taken;
  return taken;
}

// Gives the packet's own mbuf the header of the oif.
rte_mbuf* TakeOriginal(const PacketBatch& batch, uint32_t i, const InterfaceLine& line) {
  rte_mbuf* const mbuf = batch.mbufs[i];
  mbuf->ol_flags &= kPlacementFlags;
  AddEthernetSource(mbuf, line);
  return mbuf;
}

void DropCopy(WorkerState& worker, Item item, DropReason reason) {
  worker.stats.Drop(reason);
  Charge(worker, ItemCounter(item), ItemSlot(item), reason);
}

// --- Plain batches

void TakeAll(const WorkerState& worker, const PacketBatch& batch, const Item* items, rte_mbuf** out,
             uint32_t count) {
  const InterfaceLine& line = worker.config.interfaces->line(ItemSlot(items[0]));
  for (uint32_t n = 0; n < count; ++n) out[n] = TakeOriginal(batch, ItemPacket(items[n]), line);
}

// All items are for one oif. Returns how many copies were made, the first ones.
uint32_t CopyAll(WorkerState& worker, const PacketBatch& batch, const Item* items, rte_mbuf** out,
                 uint32_t count) {
  const uint32_t made = Allocate(worker.config.copy_pool, out, count);
  const InterfaceLine& line = worker.config.interfaces->line(ItemSlot(items[0]));
  for (uint32_t n = 0; n < made; ++n) CopyPlain(batch, items[n], line, out[n]);
  for (uint32_t n = made; n < count; ++n) DropCopy(worker, items[n], DropReason::kNoBuffers);
  return made;
}

// Leaves a hole, nullptr, for each copy that could not be made. Returns the number of holes.
uint32_t CopyByRemaining(WorkerState& worker, PacketBatch& batch, const Item* items, rte_mbuf** out,
                         uint32_t count) {
  const InterfaceTable& interfaces = *worker.config.interfaces;
  uint8_t copies[TxPort::kThreshold];
  uint8_t originals[TxPort::kThreshold];
  uint32_t copy_count = 0;
  uint32_t original_count = 0;
  for (uint32_t n = 0; n < count; ++n) {
    const bool last = --batch.remaining[ItemPacket(items[n])] == 0;
    copies[copy_count] = static_cast<uint8_t>(n);
    originals[original_count] = static_cast<uint8_t>(n);
    copy_count += !last;
    original_count += last;
  }
  rte_mbuf* fresh[TxPort::kThreshold];
  const uint32_t made = copy_count == 0 ? 0 : Allocate(worker.config.copy_pool, fresh, copy_count);
  for (uint32_t c = 0; c < made; ++c) {
    const uint32_t n = copies[c];
    CopyPlain(batch, items[n], interfaces.line(ItemSlot(items[n])), fresh[c]);
    out[n] = fresh[c];
  }
  for (uint32_t c = made; c < copy_count; ++c) {
    DropCopy(worker, items[copies[c]], DropReason::kNoBuffers);
    out[copies[c]] = nullptr;
  }
  // Behind the copies: a packet may stand in the list several times.
  for (uint32_t o = 0; o < original_count; ++o) {
    const uint32_t n = originals[o];
    out[n] = TakeOriginal(batch, ItemPacket(items[n]), interfaces.line(ItemSlot(items[n])));
  }
  return copy_count - made;
}

// --- Any packets

// Turns the packet's mbuf into the payload of header mbufs, referred to by all claims that are left.
void BeginSharing(PacketBatch& batch, uint32_t i, uint32_t front) {
  rte_mbuf* const mbuf = batch.mbufs[i];
  mbuf->ol_flags &= kPlacementFlags;
  mbuf->data_off = static_cast<uint16_t>(mbuf->data_off + front);
  mbuf->data_len = static_cast<uint16_t>(mbuf->data_len - front);
  mbuf->pkt_len -= front;
  for (rte_mbuf* segment = mbuf; segment != nullptr; segment = segment->next) {
    rte_mbuf_refcnt_set(segment, batch.remaining[i]);
  }
  batch.shared |= uint64_t{1} << i;
}

rte_mbuf* MakeShared(WorkerState& worker, const PacketBatch& batch, uint32_t i, const InterfaceLine& line,
                     uint32_t front) {
  rte_mbuf* header;
  if (Allocate(worker.config.header_pool, &header, 1) == 0) return nullptr;
  rte_mbuf* const payload = batch.mbufs[i];
  uint8_t* const to = Behind(header);
  std::memcpy(to, batch.frames[i], front);
  Finish(header, to, line, front);
  header->pkt_len = header->data_len + batch.lengths[i] - front;
  header->nb_segs = static_cast<uint16_t>(payload->nb_segs + 1);
  header->next = payload;
  return header;
}

// A copy of a frame that is not plain; nullptr with the reason.
rte_mbuf* CopyAny(WorkerState& worker, const PacketBatch& batch, Item item, const InterfaceLine& line,
                  bool multi_segs, DropReason& reason) {
  const uint32_t i = ItemPacket(item);
  rte_mbuf* copy = nullptr;
  if (batch.lines[i] != 0) {
    if (Allocate(worker.config.copy_pool, &copy, 1) == 1) CopyPlain(batch, item, line, copy);
    reason = DropReason::kNoBuffers;
    return copy;
  }
  if (batch.lengths[i] > worker.copy_room && !multi_segs) {
    reason = DropReason::kFrameTooLong;
    return nullptr;
  }
  copy = CopyFrame(worker.config.copy_pool,
                   FrameReader(batch.frames[i], batch.first_piece[i], batch.mbufs[i]->next), batch.lengths[i]);
  if (copy == nullptr) {
    reason = DropReason::kNoBuffers;
    return nullptr;
  }
  AddEthernetSource(copy, line);
  return copy;
}

rte_mbuf* CopyOrShare(WorkerState& worker, PacketBatch& batch, Item item, const TxPort& port) {
  const uint32_t i = ItemPacket(item);
  const InterfaceLine& line = worker.config.interfaces->line(ItemSlot(item));
  rte_mbuf* const original = batch.mbufs[i];
  const uint32_t front = kEthernetHeader + (batch.frames[i][kEthernetHeader] & 15u) * 4;
  const bool last = batch.remaining[i] == 1;
  bool shared = batch.shared >> i & 1;
  if (!shared && last && (port.multi_segs || original->nb_segs == 1) && original->data_off >= kVlanTag) {
    return TakeOriginal(batch, i, line);
  }
  if (!shared && !last && port.multi_segs && (batch.shareable >> i & 1) && batch.first_piece[i] > front) {
    BeginSharing(batch, i, front);
    shared = true;
  }
  DropReason reason = DropReason::kNoBuffers;
  rte_mbuf* out;
  if (shared && port.multi_segs) {
    out = MakeShared(worker, batch, i, line, front);
    if (out != nullptr) return out;  // the claim's reference has gone with it
  } else {
    out = CopyAny(worker, batch, item, line, port.multi_segs, reason);
  }
  ReleaseReference(batch, i);
  if (out == nullptr) DropCopy(worker, item, reason);
  return out;
}

// Closes the holes of copies that were not made.
uint32_t CloseUp(Item* items, rte_mbuf** out, uint32_t count) {
  uint32_t kept = 0;
  for (uint32_t n = 0; n < count; ++n) {
    items[kept] = items[n];
    out[kept] = out[n];
    kept += out[n] != nullptr;
  }
  return kept;
}

}  // namespace

void ReleaseReference(PacketBatch& batch, uint32_t packet) {
  const bool shared = batch.shared >> packet & 1;
  if (shared || --batch.remaining[packet] == 0) rte_pktmbuf_free(batch.mbufs[packet]);
}

void MakeCopies(WorkerState& worker, PacketBatch& batch, TxPort& port, CopyPlan plan) {
  const uint32_t wanted = port.wanted;
  if (wanted == 0) return;
  Item* const items = port.items + port.made;
  rte_mbuf** const out = port.mbufs + port.made;
  uint32_t made = wanted;
  if (plan == CopyPlan::kAllCopies) {
    made = CopyAll(worker, batch, items, out, wanted);
  } else if (plan == CopyPlan::kAllOriginals) {
    TakeAll(worker, batch, items, out, wanted);
  } else if (batch.plain) {
    if (CopyByRemaining(worker, batch, items, out, wanted) > 0) made = CloseUp(items, out, wanted);
  } else {
    for (uint32_t n = 0; n < wanted; ++n) out[n] = CopyOrShare(worker, batch, items[n], port);
    made = CloseUp(items, out, wanted);
  }
  port.wanted = 0;
  port.made += made;
  worker.loaded |= uint32_t{1} << port.port;
  if (port.made >= TxPort::kThreshold) FlushPort(worker, port);
}

}  // namespace mgmd::dataplane
