#ifndef MGMD_DATAPLANE_REPLICATE_EACH_H_
#define MGMD_DATAPLANE_REPLICATE_EACH_H_

// The third form: asked of each packet and oif. The packet itself for the last oif where its buffer allows it; a header
// in front of a shared payload where the packet is long enough and the port takes chained buffers; otherwise a copy, in
// whole lines or piece by piece.
//
// For any packet, in any number of segments, shared or not, and any kind of interface: what the other forms do not
// serve comes here, packet by packet.

#include <cstdint>

#include "dataplane/batch/packet_batch.h"
#include "dataplane/replicate/form.h"
#include "dataplane/replicate/replicate.h"

namespace mgmd::dataplane {

struct EachForm {
  static void Send(Replicator& with, PacketBatch& batch, Packets packets, const Output& output);
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_REPLICATE_EACH_H_
