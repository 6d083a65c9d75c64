#ifndef MGMD_DATAPLANE_REPLICATE_REPLICATE_H_
#define MGMD_DATAPLANE_REPLICATE_REPLICATE_H_

// The stage that makes the copies of the accepted packets and puts them into the buffers of their ports.
//
//   replicate.cc   once for a packet: TTL and checksum, or hop limit, and destination; which form the batch's copies
//                  have; which packets go together, oif by oif
//   whole, shared, each   the three forms of a copy, each with Send(packets, output): the copies for one oif
//   exclusion      what an oif asks of a packet before it gets an ordinary copy, and who gets another or none
//   fragment       an IPv4 packet that is longer than the oif's MTU
//   too_big        an IPv6 packet that is: its sender is told
//   plain_copy     a frame's octets and header
//
// replicate calls the forms. What does not suit an oif, replicate, or whole where it goes packet by packet, hands to
// exclusion, which goes on with fragment or too_big, or with each for one packet.

#include <rte_mempool.h>

#include <cstdint>

#include "common/instruction_set.h"
#include "dataplane/batch/packet_batch.h"
#include "dataplane/counters/accounts.h"
#include "dataplane/fib/mfib.h"
#include "dataplane/interfaces/interface_table.h"
#include "dataplane/replicate/too_big.h"
#include "dataplane/tx/buffer_stash.h"
#include "dataplane/tx/tx.h"

namespace mgmd::dataplane {

struct Output;
struct Packets;
struct Replicator;

// The functions of the first form (whole.h), for one instruction set.
struct WholeCopies {
  void (*send)(Replicator& with, PacketBatch& batch, Packets packets, const Output& output);
  void (*send_singly)(Replicator& with, const EntryView& view, PacketBatch& batch, Packets packets);
};

// `set` is supported here.
WholeCopies FindWholeCopies(InstructionSet set);

// What replicate works with, and all of the worker that it knows.
struct Replicator {
  const InterfaceTable& interfaces;
  const CopyAccounts accounts;
  Transmitter& tx;
  TooBig& too_big;
  BufferStash& copy_buffers;
  BufferStash& header_buffers;
  const WholeCopies whole;
  rte_mempool* const copy_pool;
  const uint32_t copy_room;    // octets of a copy buffer, whole lines
  const uint32_t share_above;  // frames longer than this are shared where the port can; UINT32_MAX: none
  bool ports_share = true;     // every port takes chained buffers
};

// Takes every packet's mbuf.
template <class Family>
void Replicate(Replicator& with, const EntryView& view, StreamBatch<Family>& batch);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_REPLICATE_REPLICATE_H_
