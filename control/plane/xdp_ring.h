#ifndef MGMD_CONTROL_PLANE_XDP_RING_H_
#define MGMD_CONTROL_PLANE_XDP_RING_H_

// The send ring that net_af_xdp shares with the kernel, of kXdpDescriptors descriptors for each socket. Each names a
// buffer of the pool that the port receives into (dataplane::MakePagePool()), which the driver frees when the kernel says
// that the packet has left.

#include <rte_mempool.h>

#include <cstddef>

#include "absl/status/statusor.h"

namespace mgmd::plane {

// Takes back what waits in the send ring of the driver's socket and frees its buffers: the kernel passes over the
// descriptors when it looks at the ring next, and counts them as invalid. Nobody may be sending by the socket, and its
// netdev is down. Returns how many packets.
absl::StatusOr<size_t> TakeBackUnsent(int socket, rte_mempool* pool);

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_XDP_RING_H_
