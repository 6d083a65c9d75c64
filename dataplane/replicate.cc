#include <algorithm>
#include <span>

#include "dataplane/checksum.h"
#include "dataplane/copies.h"
#include "dataplane/exclusion.h"
#include "dataplane/plain_copy.h"
#include "dataplane/stages.h"

namespace mgmd::dataplane {
namespace {

// From this number on packets with the same oifs go together.
constexpr uint32_t kBulk = 8;

// And of those that are copied no more than have this many octets: as much again for the copies,
// which each oif makes in the buffers that have just come back from the oif before, and all of it
// stays in the first-level cache.
constexpr uint32_t kBulkOctets = 16 * 1024;

// How many copies of so many lines a port's buffer holds when it is handed over: what waits in the
// buffers of all ports is to be in the core's caches still.
constexpr uint32_t PortLimit(uint32_t lines) {
  constexpr uint32_t kPortLines = 2 * kPortBuffer;
  return std::clamp(kPortLines / lines, kBulk, kPortBuffer);
}

// Packets in a row that have the same oifs and arrival interface: what an oif asks of a packet is
// asked once of all.
struct Group {
  uint32_t begin;
  uint32_t end;
  std::span<const Stamp> oifs;
};

// What has to be known of each packet where they differ.
[[gnu::noinline]] void Describe(const WorkerState& worker, PacketBatch& batch, uint32_t share_above) {
  for (uint32_t i = 0; i < batch.count; ++i) {
    const rte_mbuf* const mbuf = batch.mbufs[i];
    const uint32_t octets = batch.lines[i] * kLine;
    const bool whole_lines =
        octets <= worker.copy_room && mbuf->nb_segs == 1 && mbuf->data_off + octets <= mbuf->buf_len;
    if (!whole_lines) batch.lines[i] = 0;
    batch.shareable |= uint64_t{batch.lengths[i] > share_above} << i;
  }
}

// What is done once for a packet, whatever the number of its copies. What can be computed for
// several packets at a time comes first; the compiler takes every store into a frame for one that
// may have changed the batch.
void Prepare(WorkerState& worker, StreamBatch<Ipv4>& batch) {
  const uint32_t count = batch.count;
  uint32_t longest = 0;
  alignas(64) uint64_t destinations[kBatch];
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t length = kEthernetHeader + uint32_t{batch.ip_lengths[i]};
    batch.lengths[i] = length;
    batch.lines[i] = static_cast<uint16_t>(LinesOf(length));
    longest = std::max(longest, length);
    destinations[i] = GroupMac(batch.keys[i].group());
  }
  for (uint32_t i = 0; i < count; ++i) {
    uint8_t* const frame = batch.frames[i];
    DecrementTtl(frame + kEthernetHeader);
    WriteDestination(frame, destinations[i]);
  }
  const uint32_t share_above = worker.can_share ? worker.config.share_above : UINT32_MAX;
  const bool whole_lines = batch.whole_lines && LinesOf(longest) * kLine <= worker.copy_room;
  batch.shareable = 0;
  batch.shared = 0;
  batch.port_limit = PortLimit(LinesOf(longest));
  if (whole_lines && longest <= share_above) [[likely]] {
    batch.form = CopyForm::kWhole;
    const bool few_octets = longest * kBatch <= kBulkOctets;
    batch.together = few_octets ? kBatch : std::max(kBulk, kBulkOctets / longest);
    return;
  }
  batch.together = kBatch;
  const uint32_t shortest = *std::min_element(batch.lengths, batch.lengths + count);
  // With something behind the headers.
  if (whole_lines && shortest > std::max(share_above, kLongestHeaders) && worker.ports_share) {
    batch.form = CopyForm::kShared;
    batch.port_limit = kPortBuffer;
  } else {
    batch.form = CopyForm::kEach;
    Describe(worker, batch, share_above);
  }
}

bool SameOifs(std::span<const Stamp> some, std::span<const Stamp> others) {
  if (some.size() != others.size() || Word(some[0]) != Word(others[0])) return false;
  // One or few is what most entries have: not worth a call.
  if (some.size() > 4) return std::memcmp(some.data(), others.data(), some.size_bytes()) == 0;
  for (size_t n = 1; n < some.size(); ++n) {
    if (Word(some[n]) != Word(others[n])) return false;
  }
  return true;
}

Group FindGroup(const FibView<Ipv4> view, const PacketBatch& batch, uint32_t begin) {
  uint32_t last_entry = batch.entries[begin];
  const std::span<const Stamp> oifs = view.Oifs(view.entry(last_entry));
  const uint16_t arrival = batch.arrivals[begin];
  const uint32_t limit = std::min(batch.count, begin + batch.together);
  uint32_t end = begin + 1;
  for (; end < limit && batch.arrivals[end] == arrival; ++end) {
    if (batch.entries[end] == last_entry) continue;
    last_entry = batch.entries[end];
    if (!SameOifs(view.Oifs(view.entry(last_entry)), oifs)) break;
  }
  return {begin, end, oifs};
}

// A group that goes oif by oif, all its packets each time.
void SendGroup(WorkerState& worker, PacketBatch& batch, const Group& group) {
  const Asks asks(batch, group.begin, group.end);
  size_t claims_left = group.oifs.size();
  // One oif takes the packets themselves, whatever their length.
  const bool whole = batch.form == CopyForm::kWhole || (batch.form == CopyForm::kShared && claims_left == 1);
  const bool shared = batch.form == CopyForm::kShared && claims_left > 1;
  if (shared) BeginSharing(batch, group.begin, group.end, claims_left);
  for (const Stamp oif : group.oifs) {
    const InterfaceLine& line = worker.config.interfaces->line(oif.slot);
    if (!asks.Suit(oif, line)) [[unlikely]] {
      for (uint32_t n = group.begin; n < group.end; ++n) SendExcluded(worker, batch, n, oif, line, claims_left);
    } else {
      const Output output(oif.slot, line, worker.tx[line.port.load(std::memory_order_relaxed)], claims_left);
      if (whole) {
        SendBulk(worker, batch, group.begin, group.end, output);
      } else if (shared) {
        SendBulkShared(worker, batch, group.begin, group.end, output);
      } else {
        for (uint32_t n = group.begin; n < group.end; ++n) SendAny(worker, batch, n, output);
      }
    }
    --claims_left;
  }
}

// Makes whole copies of one packet for all oifs but the last.
//
// The inner loop calls nothing, so that all it works with stays in registers.
void CopyToAllButLast(WorkerState& worker, PacketBatch& batch, uint32_t i, const Asks& asks,
                      std::span<const Stamp> oifs) {
  const InterfaceLine* const interfaces = &worker.config.interfaces->line(0);
  TxPort* const ports = worker.tx.data();
  BufferStash& buffers = worker.copy_buffers;
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
      ++oif;
      rte_mbuf* const copy = *--top;
      uint8_t* const to = BehindHeadroom(copy);
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
    if (full != nullptr) FlushPort(worker, *full);
    if (!ordinary) [[unlikely]] {
      SendExcluded(worker, batch, i, *oif, interfaces[oif->slot], static_cast<size_t>(last - oif) + 1);
      ++oif;
    }
  }
  worker.loaded |= loaded;
}

// The rest of a batch of whole copies from `begin` on, packet by packet.
void SendSingly(WorkerState& worker, PacketBatch& batch, uint32_t begin) {
  for (uint32_t i = begin; i < batch.count; ++i) {
    const uint32_t index = batch.entries[i];
    const std::span<const Stamp> oifs = worker.ipv4.view.Oifs(worker.ipv4.view.entry(index));
    const Asks asks(batch, i, i + 1);
    if (oifs.size() > 1) CopyToAllButLast(worker, batch, i, asks, oifs);
    const Stamp last = oifs.back();
    const InterfaceLine& line = worker.config.interfaces->line(last.slot);
    if (!asks.Suit(last, line)) [[unlikely]] {
      SendExcluded(worker, batch, i, last, line, 1);
      continue;
    }
    TxPort& port = worker.tx[line.port.load(std::memory_order_relaxed)];
    port.Append(TakePlain(batch, i, Egress(line), ChargeWord(index, last.slot)));
    Grown(worker, port);
  }
}

}  // namespace

void Replicate(WorkerState& worker, StreamBatch<Ipv4>& batch) {
  if (batch.count == 0) return;
  Prepare(worker, batch);
  for (uint32_t begin = 0; begin < batch.count;) {
    const Group group = FindGroup(worker.ipv4.view, batch, begin);
    if (batch.form == CopyForm::kWhole && group.end - begin < kBulk) {
      SendSingly(worker, batch, begin);
      break;
    }
    SendGroup(worker, batch, group);
    begin = group.end;
  }
  batch.count = 0;
}

}  // namespace mgmd::dataplane
