#include "dataplane/replicate/replicate.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <type_traits>

#include "common/group_mac.h"
#include "dataplane/frames/copy.h"
#include "dataplane/frames/ip_header.h"
#include "dataplane/interfaces/egress.h"
#include "dataplane/replicate/each.h"
#include "dataplane/replicate/exclusion.h"
#include "dataplane/replicate/shared.h"
#include "dataplane/replicate/whole.h"

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
  Packets packets;
  std::span<const Stamp> oifs;
};

// What has to be known of each packet where they differ.
[[gnu::noinline]] void Describe(const Replicator& with, PacketBatch& batch) {
  for (uint32_t i = 0; i < batch.count; ++i) {
    const rte_mbuf* const mbuf = batch.mbufs[i];
    const uint32_t octets = batch.lines[i] * kLine;
    const bool whole_lines = octets <= with.copy_room && mbuf->nb_segs == 1 && mbuf->data_off + octets <= mbuf->buf_len;
    if (!whole_lines) batch.lines[i] = 0;
    batch.shareable |= uint64_t{batch.lengths[i] > with.share_above} << i;
  }
}

// What is done once for a packet, whatever the number of its copies. What can be computed for
// several packets at a time comes first; the compiler takes every store into a frame for one that
// may have changed the batch.
template <class Family>
void Prepare(const Replicator& with, StreamBatch<Family>& batch) {
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
    DecrementHops<Family>(frame + kEthernetHeader);
    if constexpr (std::is_same_v<Family, Ipv6>) {
      // Its sender may be told of it yet.
      ReplaceDestination(frame, destinations[i]);
    } else {
      WriteDestination(frame, destinations[i]);
    }
  }
  const bool whole_lines = batch.whole_lines && LinesOf(longest) * kLine <= with.copy_room;
  batch.shareable = 0;
  batch.claims.Reset();
  batch.port_limit = PortLimit(LinesOf(longest));
  if (whole_lines && longest <= with.share_above) [[likely]] {
    batch.form = CopyForm::kWhole;
    const bool few_octets = longest * kBatch <= kBulkOctets;
    batch.together = few_octets ? kBatch : std::max(kBulk, kBulkOctets / longest);
    return;
  }
  batch.together = kBatch;
  const uint32_t shortest = *std::min_element(batch.lengths, batch.lengths + count);
  // With something after the headers.
  if (whole_lines && shortest > std::max(with.share_above, kLongestHeaders) && with.ports_share) {
    batch.form = CopyForm::kShared;
    batch.port_limit = kPortBuffer;
  } else {
    batch.form = CopyForm::kEach;
    Describe(with, batch);
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

Group FindGroup(const EntryView& view, const PacketBatch& batch, uint32_t begin) {
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
  return {{begin, end}, oifs};
}

// A group that goes oif by oif, all its packets each time. `send` is the form's.
void SendGroup(Replicator& with, PacketBatch& batch, const Group& group, decltype(WholeCopies::send) send) {
  const Packets packets = group.packets;
  const Asks asks(batch, packets);
  size_t claims_left = group.oifs.size();
  for (const Stamp oif : group.oifs) {
    const InterfaceLine& line = with.interfaces.line(oif.slot);
    if (!asks.Suit(oif, line)) [[unlikely]] {
      for (uint32_t i = packets.begin; i < packets.end; ++i) SendExcluded(with, batch, i, oif, claims_left);
    } else {
      send(with, batch, packets, Output(oif.slot, line, with.tx.PortOf(line), claims_left));
    }
    --claims_left;
  }
}

void SendInForm(Replicator& with, PacketBatch& batch, const Group& group) {
  batch.claims.Open(group.packets.begin, group.packets.end, group.oifs.size());
  // One oif takes the packets themselves, whatever their length.
  const bool alone = group.oifs.size() == 1;
  if (batch.form == CopyForm::kWhole || (batch.form == CopyForm::kShared && alone)) {
    SendGroup(with, batch, group, with.whole.send);
  } else if (batch.form == CopyForm::kShared) {
    SharedForm::ShareAll(batch, group.packets, group.oifs.size());
    SendGroup(with, batch, group, SharedForm::Send);
  } else {
    SendGroup(with, batch, group, EachForm::Send);
  }
}

template <InstructionSet kSet>
constexpr WholeCopies kWholeCopies = {WholeForm<kSet>::Send, WholeForm<kSet>::SendSingly};

}  // namespace

WholeCopies FindWholeCopies(InstructionSet set) {
  return ForSet(set, kWholeCopies<InstructionSet::kPortable>, kWholeCopies<InstructionSet::kAvx2>,
                kWholeCopies<InstructionSet::kAvx512>);
}

template <class Family>
void Replicate(Replicator& with, const EntryView& view, StreamBatch<Family>& batch) {
  if (batch.count == 0) return;
  Prepare(with, batch);
  for (uint32_t begin = 0; begin < batch.count;) {
    const Group group = FindGroup(view, batch, begin);
    if (batch.form == CopyForm::kWhole && group.packets.size() < kBulk) {
      with.whole.send_singly(with, view, batch, {begin, batch.count});
      break;
    }
    SendInForm(with, batch, group);
    begin = group.packets.end;
  }
  batch.claims.CheckAllEnded(batch.count);
  if constexpr (std::is_same_v<Family, Ipv6>) with.too_big.SendAll();
  batch.count = 0;
}

template void Replicate(Replicator&, const EntryView&, StreamBatch<Ipv4>&);
template void Replicate(Replicator&, const EntryView&, StreamBatch<Ipv6>&);

}  // namespace mgmd::dataplane
