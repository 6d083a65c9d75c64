#ifndef MGMD_CONTROL_PLANE_PACKET_RING_H_
#define MGMD_CONTROL_PLANE_PACKET_RING_H_

// The rings that net_af_packet shares with the kernel: `framecnt` frames of `framesz` octets each way, in blocks of
// `blocksz`, for each queue.
//
// The driver takes what its arguments say and does not ask whether it fits: a frame that is longer than a ring frame's
// room is cut on its way in and dropped on its way out. So mgmd chooses what the configuration leaves open, and refuses
// what the driver would get wrong.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace mgmd::plane {

struct PacketRing {
  uint32_t frame_size = 2048;
  uint32_t block_size = 4096;
  uint32_t frames = 2048;

  // Octets of the longest IP packet that comes in whole.
  uint32_t longest_packet() const;
  // Octets of data that the driver wants a packet buffer to hold.
  uint32_t buffer_room() const;
};

// The ring of a device of net_af_packet whose interfaces have at most this MTU: as its arguments say, and where they
// say nothing so that packets of the MTU fit. INVALID_ARGUMENT: what they say cannot work, or packets of the MTU cannot
// be carried.
absl::StatusOr<PacketRing> RingOf(const std::string& device, uint32_t mtu);

// How many queues a device of net_af_packet has each way: the kernel deals what arrives to all of them, flow by flow.
uint32_t QueuePairsOf(const std::string& device);

// The device with the ring among its arguments.
std::string WithRing(const std::string& device, const PacketRing& ring);

// Takes back what waits in the send ring of the driver's socket: the kernel skips it when it looks at the ring next.
// Nobody may be sending by the socket, and its netdev is down. Returns how many frames, or an error where the ring is
// another than `ring`.
absl::StatusOr<size_t> TakeBackUnsent(int socket, const PacketRing& ring);

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_PACKET_RING_H_
