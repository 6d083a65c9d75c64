#ifndef MGMD_DATAPLANE_FRAMES_SEGMENTS_H_
#define MGMD_DATAPLANE_FRAMES_SEGMENTS_H_

// A received packet in several buffers.

#include <rte_mbuf.h>

#include <cstdint>

namespace mgmd::dataplane {

// Makes the first `octets` of the packet, which has them, stand in its first segment. False: that segment has no room
// for them.
bool PullUp(rte_mbuf* mbuf, uint32_t octets);

// Cuts the packet down to `octets`, which the first segment may exceed or not.
void Trim(rte_mbuf* mbuf, uint32_t octets);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FRAMES_SEGMENTS_H_
