#ifndef MGMD_DATAPLANE_REPLICATE_SHARED_H_
#define MGMD_DATAPLANE_REPLICATE_SHARED_H_

// The second form: a copy is a header mbuf in front of the packet's own, which is the payload of all.
//
// For packets that are longer than share_above, stand in one segment each and have more than one oif, on ports that
// take chained buffers. What every copy has of its own are the headers, of which the Ethernet header differs.

#include <cstdint>

#include "dataplane/batch/packet_batch.h"
#include "dataplane/replicate/form.h"
#include "dataplane/replicate/replicate.h"

namespace mgmd::dataplane {

struct SharedForm {
  // Before the first oif of packets that go together.
  static void ShareAll(PacketBatch& batch, Packets packets, size_t oifs);
  static void Send(Replicator& with, PacketBatch& batch, Packets packets, const Output& output);

  // Makes the packet's mbuf, in any number of segments, the payload of the claims left.
  static void Share(PacketBatch& batch, uint32_t packet, size_t left);
  // A copy of a packet that is shared; the header takes the claim's reference along. nullptr: there is no buffer, and
  // the claim has not ended.
  static rte_mbuf* MakeCopy(Replicator& with, PacketBatch& batch, uint32_t packet, const Output& output);
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_REPLICATE_SHARED_H_
