#include "dataplane/replicate/whole.h"

#include <cstring>
#include <span>

#include "dataplane/frames/copy.h"
#include "dataplane/replicate/exclusion.h"
#include "dataplane/replicate/plain_copy.h"

namespace mgmd::dataplane {
namespace {

// Copies of one packet for all its oifs but the last.
void SendToAllButLast(Replicator& with, PacketBatch& batch, uint32_t i, const Asks& asks, std::span<const Stamp> oifs) {
  const InterfaceLine* const interfaces = &with.interfaces.line(0);
  TxPort* const ports = with.tx.ports.data();
  BufferStash& buffers = with.copy_buffers;
  const uint8_t* const frame = batch.frames[i];
  const uint32_t more_lines = batch.lines[i] - 1u;
  const uint32_t length = batch.lengths[i];
  const uint32_t port_limit = batch.port_limit;
  const uint64_t counter = ChargeWord(batch.entries[i], 0);
  const Stamp* oif = oifs.data();
  const Stamp* const last = oif + oifs.size() - 1;
  uint32_t loaded = 0;
  while (oif < last) {
    const Stamp* const end = oif + buffers.Ready(static_cast<uint32_t>(last - oif));
    rte_mbuf** top = buffers.top();
    TxPort* full = nullptr;
    bool ordinary = oif < end;
    while (oif < end) {
      const uint16_t slot = oif->slot;
      const InterfaceLine& line = interfaces[slot];
      ordinary = asks.Suit(*oif, line);
      if (!ordinary) [[unlikely]]
        break;
      batch.claims.Copied(i, static_cast<size_t>(last - oif) + 1);
      ++oif;
      rte_mbuf* const copy = *--top;
      uint8_t* const to = AfterHeadroom(copy);
      std::memcpy(to, frame, kLine);
      if (more_lines > 0) CopyLines(to + kLine, frame + kLine, more_lines);
      const uint64_t charge = counter | uint64_t{slot} << 16;
      if (line.vlan.load(std::memory_order_relaxed) == 0) {
        Store8(to + 6, line.source_and_type.load(std::memory_order_relaxed));
        SetSingle(copy, RTE_PKTMBUF_HEADROOM, length, charge);
      } else {
        const Egress egress(line);
        Finish(copy, egress, PriorityOf(batch, i, egress), length, charge);
      }
      const uint16_t number = line.port.load(std::memory_order_relaxed);
      loaded |= uint32_t{1} << number;
      TxPort& port = ports[number];
      port.Append(copy);
      if (port.Holds(port_limit)) {
        full = &port;
        break;
      }
    }
    buffers.SetTop(top);
    if (full != nullptr) FlushPort(with.tx, *full);
    if (!ordinary) [[unlikely]] {
      SendExcluded(with, batch, i, *oif, static_cast<size_t>(last - oif) + 1);
      ++oif;
    }
  }
  with.tx.loaded |= loaded;
}

}  // namespace

template <>
void WholeForm<kBuiltFor>::Send(Replicator& with, PacketBatch& batch, Packets packets, const Output& output) {
  TxPort& port = output.port;
  // In registers: the compiler takes every store into a frame for one that may have changed it.
  const Egress egress = output.egress;
  const auto charge = [&batch, slot = output.slot](uint32_t i) { return ChargeWord(batch.entries[i], slot); };
  const size_t left = output.claims_left;
  const uint32_t begin = packets.begin;
  const uint32_t size = packets.size();
  rte_mbuf** const out = port.next;
  uint32_t made = size;
  if (left == 1) {
    for (uint32_t n = 0; n < size; ++n) {
      out[n] = TakePlain(batch, begin + n, egress, charge(begin + n));
      batch.claims.Taken(begin + n, left);
    }
  } else {
    made = with.copy_buffers.TakeMany(out, size);
    for (uint32_t n = 0; n < made; ++n) {
      CopyPlain(batch, begin + n, egress, charge(begin + n), out[n]);
      batch.claims.Copied(begin + n, left);
    }
  }
  for (uint32_t i = begin + made; i < packets.end; ++i) {
    with.accounts.DropCopy(batch.entries[i], output.slot, DropReason::kNoBuffers);
    batch.claims.Ended(i, batch.mbufs[i], left);
  }
  port.next += made;
  Grown(with.tx, port, batch.port_limit);
}

template <>
void WholeForm<kBuiltFor>::SendSingly(Replicator& with, const EntryView& view, PacketBatch& batch, Packets packets) {
  // In registers, as in Send().
  const EntryView fib = view;
  const InterfaceLine* const interfaces = &with.interfaces.line(0);
  TxPort* const ports = with.tx.ports.data();
  const uint32_t port_limit = batch.port_limit;
  uint32_t loaded = 0;
  for (uint32_t i = packets.begin; i < packets.end; ++i) {
    const uint32_t index = batch.entries[i];
    const std::span<const Stamp> oifs = fib.Oifs(fib.entry(index));
    const Asks asks(batch, {i, i + 1});
    batch.claims.Open(i, i + 1, oifs.size());
    if (oifs.size() > 1) SendToAllButLast(with, batch, i, asks, oifs);
    const Stamp last = oifs.back();
    const InterfaceLine& line = interfaces[last.slot];
    if (!asks.Suit(last, line)) [[unlikely]] {
      SendExcluded(with, batch, i, last, 1);
      continue;
    }
    const uint16_t number = line.port.load(std::memory_order_relaxed);
    TxPort& port = ports[number];
    port.Append(TakePlain(batch, i, Egress(line), ChargeWord(index, last.slot)));
    batch.claims.Taken(i, 1);
    loaded |= uint32_t{1} << number;
    if (port.Holds(port_limit)) FlushPort(with.tx, port);
  }
  with.tx.loaded |= loaded;
}

}  // namespace mgmd::dataplane
