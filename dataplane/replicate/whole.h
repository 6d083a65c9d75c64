#ifndef MGMD_DATAPLANE_REPLICATE_WHOLE_H_
#define MGMD_DATAPLANE_REPLICATE_WHOLE_H_

// The first form: whole copies, in whole lines; the last oif takes the packet itself.
//
// For packets that stand in one segment each with room for whole lines, and ordinary interfaces. Two ways: many packets
// for one oif, whose buffers are allocated in one go just before they are filled; or one packet for all its oifs in a
// loop that calls nothing, so that all it works with stays in registers. Compiled for each instruction set.

#include <cstddef>

#include "common/instruction_set.h"
#include "dataplane/batch/packet_batch.h"
#include "dataplane/replicate/form.h"
#include "dataplane/replicate/replicate.h"

namespace mgmd::dataplane {

template <InstructionSet kSet>
struct WholeForm {
  static void Send(Replicator& with, PacketBatch& batch, Packets packets, const Output& output);

  // Packet by packet, each for all its oifs, those that are not ordinary included.
  static void SendSingly(Replicator& with, const EntryView& view, PacketBatch& batch, Packets packets);
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_REPLICATE_WHOLE_H_
