#include <rte_prefetch.h>

#include <cstring>

#include "dataplane/interfaces/egress.h"
#include "dataplane/stages/stages.h"

namespace mgmd::dataplane {
namespace {

// Holds a packet for control's decision about its stream, or behind those that are held, or drops
// it with the bound that was reached.
template <class Family>
void HoldPacket(Streams<Family>& streams, uint64_t now, StreamBatch<Family>& batch, uint32_t i,
                uint32_t arrival_stamp) {
  rte_mbuf* const mbuf = batch.mbufs[i];
  const FibKey<Family>& key = batch.keys[i];
  const uint32_t length = kEthernetHeader + uint32_t{batch.ip_lengths[i]};
  switch (streams.pending.Hold(key, arrival_stamp, mbuf, batch.frames[i], length, now)) {
    case PendingTable<Family>::Outcome::kFirst:
      if (streams.pending.has_unasked() || !PuntPacket(streams, batch, i, PuntReason::kNoEntry))
        streams.pending.AskLater();
      break;
    case PendingTable<Family>::Outcome::kFurther:
      break;
    case PendingTable<Family>::Outcome::kStreams:
      streams.accounts.stats.Drop(DropReason::kPendingStreams);
      break;
    case PendingTable<Family>::Outcome::kDepth:
      streams.accounts.stats.Drop(DropReason::kPendingDepth);
      break;
    case PendingTable<Family>::Outcome::kPackets:
      streams.accounts.stats.Drop(DropReason::kPendingPackets);
      break;
    case PendingTable<Family>::Outcome::kShare:
      streams.accounts.stats.Drop(DropReason::kPendingShare);
      break;
  }
  rte_pktmbuf_free(mbuf);
}

// A packet that arrived elsewhere than on the entry's accept interface.
template <class Family>
void RejectArrival(Acceptor& with, Streams<Family>& streams, uint64_t now, StreamBatch<Family>& batch, uint32_t i,
                   const FibEntry& entry) {
  const uint32_t counter = batch.entries[i];
  const uint16_t slot = batch.arrivals[i];
  if (entry.accept.slot == slot) {
    streams.accounts.DropPacket(batch.mbufs[i], DropReason::kReleased, counter);
    return;
  }
  CounterLine& line = streams.counters.line(counter);
  Add(line.different_if_packets, 1);
  streams.accounts.stats.Drop(DropReason::kWrongInterface);
  if (with.interfaces.line(slot).alerts_of_wrong_interface() && with.alert_rate.Has(with.alert_bucket, now) &&
      streams.alerts.Pass(batch.keys[i], slot, now, with.alert_interval)) {
    with.alert_rate.Take(with.alert_bucket, now);
    PuntPacket(streams, batch, i, PuntReason::kWrongInterface);
  }
  rte_pktmbuf_free(batch.mbufs[i]);
}

// Decides about a packet that is not simply forwarded, in the order of docs/dataplane-rules.md.
// True: it goes on.
template <class Family>
bool Decide(Acceptor& with, Streams<Family>& streams, uint64_t now, StreamBatch<Family>& batch, uint32_t i,
            uint32_t arrival_stamp, bool boundary) {
  rte_mbuf* const mbuf = batch.mbufs[i];
  const uint32_t index = batch.entries[i];
  if (boundary) {
    streams.accounts.DropPacket(mbuf, DropReason::kScopeBoundaryIn, index);
    return false;
  }
  if (index == kNoEntry) {
    if (batch.held) {
      DropPacket(streams.accounts.stats, mbuf, DropReason::kPendingDiscarded);
      return false;
    }
    // Its entry went while it was drained: the stream begins anew.
    if (streams.pending.draining()) {
      if (const auto rest = streams.pending.TakeDraining(batch.keys[i]))
        DropHeld(streams.accounts.stats, *rest, DropReason::kPendingDiscarded);
    }
    HoldPacket(streams, now, batch, i, arrival_stamp);
    return false;
  }
  const FibEntry& entry = streams.view.entry(index);
  if (batch.held) {
    Add(streams.counters.line(index).held, 1);
    if (HeldPacket::Of(mbuf).arrival != arrival_stamp) {
      streams.accounts.DropPacket(mbuf, DropReason::kReleased, index);
      return false;
    }
  } else if (streams.pending.streams() != 0 && streams.pending.StartDraining(batch.keys[i])) {
    // Not before those that came before it.
    HoldPacket(streams, now, batch, i, arrival_stamp);
    return false;
  }
  // An entry may have no accept interface: a negative one for want of a route takes packets from
  // everywhere.
  if (Word(entry.accept) != arrival_stamp && entry.accept.slot != Value(kNoSlot)) {
    RejectArrival(with, streams, now, batch, i, entry);
    return false;
  }
  CounterLine& line = streams.counters.line(index);
  if (batch.ttls[i] <= 1) {
    Add(line.ttl_packets, 1);
    streams.accounts.stats.Drop(DropReason::kTtlExpired);
    rte_pktmbuf_free(mbuf);
    return false;
  }
  Add(line.packets, 1);
  Add(line.octets, batch.ip_lengths[i]);
  if (entry.oif_count == 0) {
    streams.accounts.stats.Drop(NegativeReason(entry));
    rte_pktmbuf_free(mbuf);
    return false;
  }
  return true;
}

// Closes the batch up after a packet that does not go on.
template <class Family>
void Move(StreamBatch<Family>& batch, uint32_t from, uint32_t to) {
  batch.mbufs[to] = batch.mbufs[from];
  batch.frames[to] = batch.frames[from];
  batch.keys[to] = batch.keys[from];
  batch.entries[to] = batch.entries[from];
  batch.arrivals[to] = batch.arrivals[from];
  batch.ip_lengths[to] = batch.ip_lengths[from];
  batch.ttls[to] = batch.ttls[from];
  batch.boundaries[to] = batch.boundaries[from];
}

// The packets of a batch; most are plain, and go on without a further question. Returns how many
// go on.
template <bool kBoundaries, class Family>
uint32_t AcceptEach(Acceptor& with, Streams<Family>& streams, uint64_t now, StreamBatch<Family>& batch) {
  const InterfaceTable& interfaces = with.interfaces;
  const FibView<Family> view = streams.view;
  // Whoever is held, or may have to wait behind one who is, is not simply forwarded.
  uint32_t odd = batch.held || streams.pending.streams() != 0;
  const uint32_t count = batch.count;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t index = batch.entries[i];
    const FibEntry& entry = view.entry(index);
    // Loaded after the entry was found: a bump of the stamp before the entry went is seen.
    const InterfaceLine& arrival = interfaces.line(batch.arrivals[i]);
    const uint32_t stamp = arrival.load_gate().stamp();
    const bool boundary = kBoundaries && (batch.boundaries[i] & arrival.boundary.load(std::memory_order_relaxed)) != 0;
    // kNoEntry's accept stamp is no interface's, so that the packet of an unknown stream is not
    // plain. Words and not booleans: one test for all, whatever the compiler thinks of each.
    const uint32_t unlike = (Word(entry.accept) ^ stamp) | uint32_t{batch.ttls[i] <= 1} |
                            uint32_t{entry.oif_count == 0} | uint32_t{boundary} | odd;
    if (unlike == 0) [[likely]] {
      CounterLine& line = streams.counters.line(index);
      Add(line.packets, 1);
      Add(line.octets, batch.ip_lengths[i]);
      // More oifs than stand in the entry itself: replicate will want the line of the first.
      if (entry.oif_count > kInlineOifs) rte_prefetch0(view.Oifs(entry).data());
    } else if (!Decide(with, streams, now, batch, i, stamp, boundary)) {
      // It may be held now, and its stream's entry may have come since: whoever follows asks.
      odd |= streams.pending.streams() != 0;
      continue;
    }
    if (kept != i) [[unlikely]]
      Move(batch, i, kept);
    ++kept;
  }
  return kept;
}

}  // namespace

template <class Family>
void Accept(Acceptor& with, Streams<Family>& streams, uint64_t now, StreamBatch<Family>& batch) {
  const uint32_t count = batch.count;
  const BoundarySet<Family>& boundaries = *streams.parts.boundaries;
  if (boundaries.any()) {
    for (uint32_t i = 0; i < count; ++i) batch.boundaries[i] = boundaries.GroupMask(batch.keys[i].group());
    batch.count = AcceptEach<true>(with, streams, now, batch);
    return;
  }
  std::memset(batch.boundaries, 0, count * sizeof(batch.boundaries[0]));
  batch.count = AcceptEach<false>(with, streams, now, batch);
}

template void Accept(Acceptor&, Streams<Ipv4>&, uint64_t, StreamBatch<Ipv4>& batch);
template void Accept(Acceptor&, Streams<Ipv6>&, uint64_t, StreamBatch<Ipv6>& batch);

}  // namespace mgmd::dataplane
