#include <algorithm>
#include <span>

#include "dataplane/checksum.h"
#include "dataplane/copies.h"
#include "dataplane/egress.h"
#include "dataplane/fragment.h"
#include "dataplane/plain_copy.h"
#include "dataplane/stages.h"

namespace mgmd::dataplane {
namespace {

// Packets in a row that have the same oifs and arrival interface: what an oif asks of a packet is
// asked once of all.
struct Group {
  uint32_t begin;  // into PacketBatch::accepted
  uint32_t end;
  std::span<const Stamp> oifs;
  uint16_t arrival;
  uint8_t lowest_ttl;
  uint16_t longest;     // IP octets
  uint64_t boundaries;  // of any packet
};

// What is done once for a packet, whatever the number of its copies.
//
// Totals stand in variables of the loop: the compiler takes every store into a frame for one that
// may have changed the batch.
void Prepare(WorkerState& worker, PacketBatch& batch) {
  const uint32_t count = batch.accepted_count;
  const uint32_t copy_room = worker.copy_room;
  const uint32_t share_above = worker.can_share ? worker.config.share_above : UINT32_MAX;
  uint64_t shareable = 0;
  bool plain = true;
  for (uint32_t n = 0; n < count; ++n) {
    const uint32_t i = batch.accepted[n];
    const rte_mbuf* const mbuf = batch.mbufs[i];
    uint8_t* const frame = batch.frames[i];
    const uint32_t length = kEthernetHeader + uint32_t{batch.ip_lengths[i]};
    const uint32_t lines = LinesOf(length);
    // The frame begins where the mbuf's data does.
    const bool whole_lines = uint32_t{lines * kLine <= copy_room} &
                             uint32_t{mbuf->nb_segs == 1} &
                             uint32_t{mbuf->data_off + lines * kLine <= mbuf->buf_len};
    const bool long_enough = length > share_above;
    batch.lengths[i] = length;
    batch.lines[i] = whole_lines ? static_cast<uint16_t>(lines) : uint16_t{0};
    batch.first_piece[i] = mbuf->data_len;
    shareable |= uint64_t{long_enough} << i;
    // The packet itself may have to take a tag in front.
    plain &= whole_lines & !long_enough & (mbuf->data_off >= kVlanTag);
    const Ipv4Address to = batch.keys[i].group();
    DecrementTtl(frame + kEthernetHeader);
    WriteDestinationAndType(frame, to);
  }
  batch.shareable = shareable;
  batch.shared = 0;
  batch.plain = plain;
}

bool SameOifs(std::span<const Stamp> some, std::span<const Stamp> others) {
  if (some.size() != others.size() || some[0] != others[0]) return false;
  // One or few is what most entries have: not worth a call.
  if (some.size() > 4)
    return std::memcmp(some.data(), others.data(), some.size_bytes()) == 0;
  for (size_t n = 1; n < some.size(); ++n) {
    if (some[n] != others[n]) return false;
  }
  return true;
}

Group FindGroup(const WorkerState& worker, const PacketBatch& batch, uint32_t begin) {
  uint32_t i = batch.accepted[begin];
  uint32_t last_entry = batch.entries[i];
  Group group{.begin = begin,
              .end = begin + 1,
              .oifs = worker.view.Oifs(worker.view.entry(last_entry)),
              .arrival = batch.arrivals[i],
              .lowest_ttl = batch.ttls[i],
              .longest = batch.ip_lengths[i],
              .boundaries = batch.boundaries[i]};
  for (; group.end < batch.accepted_count; ++group.end) {
    i = batch.accepted[group.end];
    if (batch.arrivals[i] != group.arrival) break;
    if (batch.entries[i] != last_entry) {
      if (!SameOifs(worker.view.Oifs(worker.view.entry(batch.entries[i])), group.oifs)) break;
      last_entry = batch.entries[i];
    }
    group.lowest_ttl = std::min(group.lowest_ttl, batch.ttls[i]);
    group.longest = std::max(group.longest, batch.ip_lengths[i]);
    group.boundaries |= batch.boundaries[i];
  }
  return group;
}

// Why one packet gets no ordinary copy for an oif.
enum class Exclusion : uint8_t { kNone, kFragment, kDrop };

Exclusion Exclude(const PacketBatch& batch, uint32_t i, Stamp oif, const InterfaceLine& line,
                  DropReason& reason) {
  const InterfaceLine::Limits limits = line.load_limits();
  if (oif.slot == batch.arrivals[i]) {
    reason = DropReason::kArrivalInterface;
  } else if (line.stamp.load(std::memory_order_acquire) != Word(oif)) {
    reason = DropReason::kStaleOif;
  } else if (!(limits.flags & InterfaceLine::kSendable)) {
    reason = DropReason::kOifDown;
  } else if (batch.ttls[i] <= limits.ttl_threshold) {
    reason = DropReason::kTtlThreshold;
  } else if (batch.boundaries[i] & line.boundary.load(std::memory_order_relaxed)) {
    reason = DropReason::kScopeBoundaryOut;
  } else if (batch.ip_lengths[i] > limits.mtu) {
    // Don't Fragment is the second bit of the seventh octet.
    if (!(batch.frames[i][kEthernetHeader + 6] & 0x40)) return Exclusion::kFragment;
    reason = DropReason::kFragmentationNeeded;
  } else {
    return Exclusion::kNone;
  }
  return Exclusion::kDrop;
}

// One oif for the packets of a group of which at least one gets no ordinary copy.
void SendToSome(WorkerState& worker, PacketBatch& batch, const Group& group, Stamp oif,
                const InterfaceLine& line, size_t claims_left) {
  for (uint32_t n = group.begin; n < group.end; ++n) {
    const uint32_t i = batch.accepted[n];
    DropReason reason{};
    const Exclusion exclusion = Exclude(batch, i, oif, line, reason);
    if (exclusion == Exclusion::kDrop) {
      worker.stats.Drop(reason);
      Charge(worker, batch.entries[i], oif.slot, reason);
      EndClaim(batch, i, claims_left);
      continue;
    }
    const Output output(oif.slot, line, worker.tx[line.port.load(std::memory_order_relaxed)],
                        claims_left);
    if (exclusion == Exclusion::kNone) {
      SendAny(worker, batch, i, output);
    } else {
      SendFragments(worker, batch, i, line.load_limits().mtu, output);
      EndClaim(batch, i, claims_left);
    }
  }
}

// Whether every packet of the group gets an ordinary copy for the oif.
bool SuitsAll(const Group& group, Stamp oif, const InterfaceLine& line) {
  const InterfaceLine::Limits limits = line.load_limits();
  const uint32_t suits =
      uint32_t{line.stamp.load(std::memory_order_acquire) == Word(oif)} &
      uint32_t{oif.slot != group.arrival} &
      uint32_t{(limits.flags & InterfaceLine::kSendable) != 0} &
      uint32_t{group.lowest_ttl > limits.ttl_threshold} & uint32_t{group.longest <= limits.mtu} &
      uint32_t{(group.boundaries & line.boundary.load(std::memory_order_relaxed)) == 0};
  return suits != 0;
}

// A group that goes oif by oif, all its packets each time.
void SendGroup(WorkerState& worker, PacketBatch& batch, const Group& group) {
  size_t claims_left = group.oifs.size();
  for (const Stamp oif : group.oifs) {
    const InterfaceLine& line = worker.config.interfaces->line(oif.slot);
    if (!SuitsAll(group, oif, line)) [[unlikely]] {
      SendToSome(worker, batch, group, oif, line, claims_left);
    } else {
      const Output output(oif.slot, line, worker.tx[line.port.load(std::memory_order_relaxed)],
                          claims_left);
      if (batch.plain) {
        SendBulk(worker, batch, group.begin, group.end, output);
      } else {
        for (uint32_t n = group.begin; n < group.end; ++n)
          SendAny(worker, batch, batch.accepted[n], output);
      }
    }
    --claims_left;
  }
}

// The packets of a small group in a plain batch, one by one: nothing is looped over but oifs.
void SendSingly(WorkerState& worker, PacketBatch& batch, const Group& group) {
  for (uint32_t n = group.begin; n < group.end; ++n) {
    const uint32_t i = batch.accepted[n];
    const Item charge = MakeItem(batch.entries[i], 0);
    size_t claims_left = group.oifs.size();
    for (const Stamp oif : group.oifs) {
      const InterfaceLine& line = worker.config.interfaces->line(oif.slot);
      if (!SuitsAll(group, oif, line)) [[unlikely]] {
        const Group alone{.begin = n,
                          .end = n + 1,
                          .oifs = {},
                          .arrival = 0,
                          .lowest_ttl = 0,
                          .longest = 0,
                          .boundaries = 0};
        SendToSome(worker, batch, alone, oif, line, claims_left--);
        continue;
      }
      TxPort& port = worker.tx[line.port.load(std::memory_order_relaxed)];
      const Egress egress(line);
      rte_mbuf* out;
      if (--claims_left == 0) {
        out = TakeOriginal(batch, i, egress);
      } else {
        out = worker.copy_buffers.Take();
        if (out == nullptr) [[unlikely]] {
          DropCopy(worker, batch, i, oif.slot, DropReason::kNoBuffers);
          continue;
        }
        CopyPlain(batch, i, egress, out);
      }
      port.Append(out, charge | Item{oif.slot} << 16);
      Grown(worker, port);
    }
  }
}

}  // namespace

void Replicate(WorkerState& worker, PacketBatch& batch) {
  if (batch.accepted_count == 0) return;
  Prepare(worker, batch);
  for (uint32_t begin = 0; begin < batch.accepted_count;) {
    const Group group = FindGroup(worker, batch, begin);
    if (batch.plain && group.end - group.begin < kBulk) {
      SendSingly(worker, batch, group);
    } else {
      SendGroup(worker, batch, group);
    }
    begin = group.end;
  }
  batch.accepted_count = 0;
}

}  // namespace mgmd::dataplane
