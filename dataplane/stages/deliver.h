#ifndef MGMD_DATAPLANE_STAGES_DELIVER_H_
#define MGMD_DATAPLANE_STAGES_DELIVER_H_

// Copies of streams for listeners on the host itself: of the groups that an interface delivers
// (InterfaceTable::AddDelivered()), whatever arrives there as data that could be forwarded, an entry or not. The stream
// goes its way as without them.
//
// For interfaces with Gate::kDelivers only. A copy is made of buffers of the pool that its packet came in, and counts
// against the same ceiling as local packets (local_ring.h); what is above the class's rate, or finds no room, is lost
// and counted, and the packet goes on.

#include <rte_mbuf.h>

#include <cstdint>

#include "dataplane/batch/packet_batch.h"
#include "dataplane/stages/local.h"

namespace mgmd::dataplane {

// Of the batch's packets, which have been parsed.
template <class Family>
void DeliverAll(LocalWay& way, uint64_t now, const StreamBatch<Family>& batch);

// Of a packet of the group that arrived on the interface; its mbuf begins with an untagged Ethernet header.
template <class Address>
void Deliver(LocalWay& way, uint64_t now, const rte_mbuf* mbuf, uint16_t slot, const Address& group);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_STAGES_DELIVER_H_
