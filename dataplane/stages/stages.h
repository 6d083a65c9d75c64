#ifndef MGMD_DATAPLANE_STAGES_STAGES_H_
#define MGMD_DATAPLANE_STAGES_STAGES_H_

// The stages of the packet's way, each a function over a batch and each in a file of its name. What a stage knows of
// the worker is what it is given. `now`: the turn's time, in ticks of the worker's clock. packet_batch.h says what each
// reads and writes; those that are more than a file have headers of their own (replicate/replicate.h, tx.h).

#include <cstdint>

#include "common/token_bucket.h"
#include "dataplane/batch/packet_batch.h"
#include "dataplane/counters/counters.h"
#include "dataplane/interfaces/interface_table.h"
#include "dataplane/rings/error_requests.h"
#include "dataplane/stages/judge_headers.h"
#include "dataplane/stages/local.h"
#include "dataplane/stages/streams.h"

namespace mgmd::dataplane {

// Fills the batch with at most kBatch packets of a device's queue. Returns how many.
uint32_t Receive(WorkerStats& stats, uint16_t device, uint16_t queue, PacketBatch& batch);

struct Parser {
  const InterfaceTable& interfaces;
  WorkerStats& stats;
  LocalWay& local;
  ErrorRequests& errors;
  const bool act_on_unknown_options;  // WorkerConfig
  const HeaderJudge<Ipv4> judge_ipv4;
  const HeaderJudge<Ipv6> judge_ipv6;
};

// Makes two batches of a burst. It stands in the IPv4 batch, all of it from `port`; its IPv6 packets move to the other.
//
// Keeps the valid multicast packets that arrived on interfaces that are up and enabled: Ethernet with
// at most one VLAN tag, in the frame or in the mbuf's metadata; header checks of RFC 1812 section
// 5.2.2 and RFC 8200 sections 3 and 4; no IGMP or MLD, no groups of the link. Takes the tag and
// Ethernet padding off, and completes UDP and TCP checksums where the interface says so.
void Parse(Parser& with, uint64_t now, StreamBatch<Ipv4>& ipv4, StreamBatch<Ipv6>& ipv6, uint16_t port);

// Finds the entry of every packet.
template <class Family>
void Lookup(Streams<Family>& streams, StreamBatch<Family>& batch);

struct Acceptor {
  const InterfaceTable& interfaces;
  // Of alerts about the arrival interface: over all streams, and of one.
  const TokenRate alert_rate;
  const uint64_t alert_interval;  // ticks
  uint64_t alert_bucket = 0;
};

// Decides: boundary, unknown stream, arrival interface, TTL, negative entry, in this order; counts
// the packet for its stream. A packet whose stream is held still is held behind it, and the stream
// begins to be drained.
template <class Family>
void Accept(Acceptor& with, Streams<Family>& streams, uint64_t now, StreamBatch<Family>& batch);

// Fills the batch from draining streams, at most `limit` packets.
template <class Family>
void TakeHeld(Streams<Family>& streams, StreamBatch<Family>& batch, uint32_t limit);

// Drops a held stream.
template <class Family>
void DropHeld(WorkerStats& stats, const HeldStream<Family>& held, DropReason reason);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_STAGES_STAGES_H_
