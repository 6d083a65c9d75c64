#ifndef MGMD_DATAPLANE_REPLICATE_FRAGMENT_H_
#define MGMD_DATAPLANE_REPLICATE_FRAGMENT_H_

// IPv4 fragmentation (RFC 791 section 3.2): a packet that is larger than the oif's MTU leaves in
// pieces. The first has all options, the others those with the copied flag; packets that are
// fragments already keep their place in the whole.
//
// The pieces are copies of copies: nothing is shared and the packet itself is left alone. A packet
// whose pieces do not all get out counts as one lost copy.

#include <cstdint>

#include "dataplane/batch/packet_batch.h"
#include "dataplane/replicate/form.h"
#include "dataplane/replicate/replicate.h"

namespace mgmd::dataplane {

inline constexpr uint32_t kMaxIpv4Header = 60;

// Writes the header of the fragments after the first into `to`: `header` without the options that
// are not copied. Returns its octets. Length, flags and checksum are left to the caller.
uint32_t LaterFragmentHeader(const uint8_t* header, uint32_t octets, uint8_t (&to)[kMaxIpv4Header]);

// Buffers the fragments, of at most `link_mtu` octets, of a packet of the batch, TTL and checksum
// done, for the oif.
void SendFragments(Replicator& with, const PacketBatch& batch, uint32_t packet, uint16_t link_mtu,
                   const Output& output);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_REPLICATE_FRAGMENT_H_
