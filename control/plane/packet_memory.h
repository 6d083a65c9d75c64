#ifndef MGMD_CONTROL_PLANE_PACKET_MEMORY_H_
#define MGMD_CONTROL_PLANE_PACKET_MEMORY_H_

// How many packet buffers a configuration needs and how large they are; and the pools themselves.
//
//   rx       every receive descriptor full, what a device keeps for itself (endless_capture.h), and every worker with
//            all bursts of a turn in its hands
//            and, above all that, [limits] local_packets, dealt to the workers, for packets that are for the router
//   copy     every transmit descriptor full, and what every worker has collected for a port before it sends
//   header   as copy, where a port can share payloads
//   inject   what control sends itself: the workers' inject rings and caches, and what devices keep of what was sent;
//            and what ICMPv6 errors are to quote
//   pending  [limits] pending_packets of each family, dealt to the workers, and what devices keep of those that were
//            sent
//
// [limits] mbufs, where given, is the sum of rx and copy buffers but for local packets, dealt in the same proportion.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "control/config/config.h"

struct rte_mempool;

namespace mgmd::plane {

inline constexpr uint16_t kDescriptors = 1024;  // asked for per queue
// net_af_xdp fills its queues with as many buffers as this, whatever it is asked for.
inline constexpr uint16_t kXdpDescriptors = 2048;

// What control injects by one worker and it has not sent yet, at most.
inline constexpr uint32_t kInjectRing = 256;

// Descriptors of each queue of the device.
uint16_t DescriptorsOf(std::string_view device);

struct PoolSizes {
  uint32_t rx = 0;
  uint32_t local_per_worker = 0;  // of them, that local packets of one worker may have
  uint32_t copy = 0;
  uint32_t inject = 0;
  uint32_t spare = 0;               // of them, that a worker may keep to itself
  uint32_t pending_limit = 0;       // packets of each family that a worker may hold
  uint32_t pending_per_worker = 0;  // buffers for them
  uint16_t frame = 0;               // octets of the largest frame
  bool rx_pages = false;            // rx buffers are pages, for net_af_xdp
  // Of DPDK's memory, for all pools and what devices and DPDK itself want besides: in ordinary pages, and in hugepages.
  size_t bytes = 0;
  size_t huge_bytes = 0;
};
PoolSizes SizePools(const config::Config& config);

class PacketMemory {
 public:
  // RESOURCE_EXHAUSTED names the pool that found no memory.
  static absl::StatusOr<PacketMemory> Create(const config::Config& config);

  const PoolSizes& sizes() const { return sizes_; }
  rte_mempool* rx() const { return rx_.get(); }
  rte_mempool* copy() const { return copy_.get(); }
  rte_mempool* header() const { return header_.get(); }
  rte_mempool* inject() const { return inject_.get(); }
  rte_mempool* pending(size_t worker) const { return pending_[worker].get(); }

 private:
  struct Free {
    void operator()(rte_mempool* pool) const;
  };
  using Pool = std::unique_ptr<rte_mempool, Free>;

  PoolSizes sizes_;
  Pool rx_, copy_, header_, inject_;
  std::vector<Pool> pending_;
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_PACKET_MEMORY_H_
