#ifndef MGMD_DATAPLANE_STAGES_L4_CHECKSUM_H_
#define MGMD_DATAPLANE_STAGES_L4_CHECKSUM_H_

// UDP and TCP checksums that their sender has left to a network card.
//
// A host that sends on a virtual device (veth, tap, a guest's virtio) leaves the checksum to a card
// that does not exist: the field holds the sum of the pseudo-header alone, which is what a card
// begins with. Its kernel remembers that such a packet needs no check; a packet that leaves the
// machine, or goes by a packet socket, has lost that mark, and every receiver drops it.
//
// So on ports of such devices the sum is completed here, once for a packet and before anything is
// copied, shared, held or fragmented: all that is made of the packet later has it. Touched is only
// what can be nothing else: a whole packet, not a fragment, whose sum does not verify and whose
// field is the sum of its pseudo-header (RFC 768, RFC 9293 section 3.1, RFC 8200 section 8.1). Left
// alone is an IPv6 packet with a routing header, whose pseudo-header names another destination.
//
// Cost: nothing on other ports; the pseudo-header's sum for a packet that needs nothing, and the
// sum of the packet for one that does.

#include <cstdint>

#include "dataplane/batch/packet_batch.h"
#include "dataplane/counters/counters.h"
#include "dataplane/interfaces/interface_table.h"

namespace mgmd::dataplane {

// Completes the checksums of the parsed packets of the batch that arrived on interfaces with
// Gate::kCompleteChecksums; counts them for `port`, where all have arrived. Their mbufs are not
// shared yet, whatever segments they have.
template <class Family>
void CompleteChecksums(const InterfaceTable& interfaces, WorkerStats& stats, const StreamBatch<Family>& batch,
                       uint16_t port);

// The same for one untagged frame that goes to control; of one with IP header and lengths have been found right.
void CompleteChecksum(WorkerStats& stats, rte_mbuf* mbuf, uint16_t port);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_STAGES_L4_CHECKSUM_H_
