#include "control/plane/packet_memory.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "control/plane/endless_capture.h"
#include "control/plane/netdev.h"
#include "control/plane/packet_ring.h"
#include "dataplane/devices/pools.h"
#include "dataplane/rings/error_requests.h"
#include "dataplane/tx/tx_port.h"

namespace mgmd::plane {
namespace {

constexpr uint32_t kWorkerBuffers = 2048;     // collected or in flight in one worker, its pool cache included
constexpr uint16_t kFrameOverhead = 18;       // Ethernet header and one VLAN tag
constexpr uint16_t kLeastFrame = 2048;        // what devices take for granted (net_af_packet's frames, scatter units)
constexpr uint32_t kLongestFrame = 65000;     // that a buffer of 64 KB has room for
constexpr size_t kDpdk = size_t{32} << 20;    // what it takes for itself
constexpr size_t kQueue = size_t{128} << 10;  // what a driver takes for a queue with its descriptors
constexpr uint32_t kOrdinaryPage = 12;
constexpr uint32_t kHugepage = 21;

absl::Status NoMemory(const PoolSizes& sizes, std::string_view pool, uint32_t buffers, std::string_view key = "mbufs") {
  const size_t bytes = rte_eal_has_hugepages() != 0 ? sizes.huge_bytes : sizes.bytes;
  return absl::ResourceExhaustedError(
      absl::StrCat("no memory for ", buffers, " packet buffers (", std::string(pool), "): ", rte_strerror(rte_errno),
                   "; this configuration needs ", (bytes >> 20) + 1,
                   " MB: give them with -m in eal_args, or lower [limits] ", std::string(key)));
}

size_t BytesOf(const PoolSizes& sizes, size_t workers, uint32_t page_shift) {
  return (sizes.rx_pages ? dataplane::PagePoolBytes(sizes.rx)
                         : dataplane::PoolBytes(sizes.rx, sizes.frame, page_shift)) +
         dataplane::PoolBytes(sizes.copy, sizes.frame, page_shift) +
         dataplane::PoolBytes(sizes.copy, dataplane::kHeaderRoom, page_shift) +
         dataplane::PoolBytes(sizes.inject, sizes.frame, page_shift) +
         workers * dataplane::PendingPoolBytes(sizes.pending_per_worker, sizes.frame, page_shift);
}

// Octets that the device wants a buffer to hold for packets of the interface's MTU.
uint32_t RoomFor(const config::Interface& port) {
  const uint32_t frame = uint32_t{port.mtu} + kFrameOverhead;
  if (DriverOf(port.device) != WireDriver::kAfPacket) return frame;
  // Ports::Check() has told wrong arguments.
  const auto ring = RingOf(port.device, port.mtu);
  return ring.ok() ? std::max(frame, ring->buffer_room()) : frame;
}

absl::StatusOr<rte_mempool*> MakeRxPool(const PoolSizes& sizes, int socket) {
  constexpr const char* kName = "mgmd_rx";
  rte_mempool* pool = nullptr;
  if (!sizes.rx_pages) {
    pool = dataplane::MakePool(kName, sizes.rx, sizes.frame, socket);
  } else if (sizes.frame > dataplane::PageFrame()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "a port of net_af_xdp wants packet buffers of a page, and another interface's mtu or framesz wants ",
        sizes.frame, " octets of them: at most ", dataplane::PageFrame(), " are possible with net_af_xdp"));
  } else if (rte_eal_iova_mode() != RTE_IOVA_VA) {
    return absl::FailedPreconditionError("a port of net_af_xdp takes --iova-mode=va in eal_args");
  } else {
    pool = dataplane::MakePagePool(kName, sizes.rx, sizes.frame, socket);
  }
  if (pool == nullptr) return NoMemory(sizes, "received packets", sizes.rx, "mbufs or local_packets");
  return pool;
}

}  // namespace

uint16_t DescriptorsOf(std::string_view device) {
  return DriverOf(device) == WireDriver::kAfXdp ? kXdpDescriptors : kDescriptors;
}

PoolSizes SizePools(const config::Config& config) {
  const auto workers = static_cast<uint32_t>(config.dpdk.workers.size());
  PoolSizes sizes;
  uint32_t frame = kLeastFrame;
  uint32_t tx_ports = 0;
  uint32_t tx_descriptors = 0;
  uint32_t kept = 0;  // by devices, of the receive buffers
  uint32_t queues = 0;
  for (const config::Interface& interface : config.interfaces) {
    if (!interface.has_device()) continue;
    const uint32_t descriptors = DescriptorsOf(interface.device);
    frame = std::max(frame, RoomFor(interface));
    sizes.rx_pages |= DriverOf(interface.device) == WireDriver::kAfXdp;
    const EndlessCapture capture = EndlessCaptureOf(interface.device);
    kept += capture.packets;
    frame = std::max(frame, std::min(capture.longest, kLongestFrame));
    queues += interface.rx_queues + workers;
    sizes.rx += interface.rx_queues * descriptors;
    tx_descriptors += workers * descriptors;
    // In the device, collected for it, and spare.
    sizes.copy += workers * (descriptors + 2 * dataplane::kPortBuffer);
    ++tx_ports;
  }
  // A packet's own buffer leaves with its last copy, and devices keep what they have sent for a while.
  const uint32_t rx_descriptors = sizes.rx + kept;
  sizes.rx += kept;
  sizes.rx += workers * kWorkerBuffers + tx_descriptors;
  sizes.copy += workers * kWorkerBuffers;
  if (config.limits.mbufs != 0) {
    const uint64_t asked = config.limits.mbufs;
    const uint64_t sum = sizes.rx + sizes.copy;
    // Never fewer than the receive descriptors hold and a worker works with: nothing would be received at all.
    sizes.rx =
        static_cast<uint32_t>(std::max<uint64_t>(asked * sizes.rx / sum, rx_descriptors + 2 * dataplane::kPoolCache));
    sizes.copy = static_cast<uint32_t>(std::max<uint64_t>(asked * sizes.copy / sum, 2 * dataplane::kPoolCache));
  }
  // Local packets have theirs apart from the others', and control, which frees them, a cache of its own.
  sizes.local_per_worker = std::max<uint32_t>(config.limits.local_packets / workers, 1);
  sizes.rx += workers * sizes.local_per_worker + dataplane::kPoolCache * 3 / 2;
  // A worker's cache keeps what its devices have sent, and control has no way to it.
  sizes.inject = workers * (kInjectRing + dataplane::kPoolCache * 3 / 2) + tx_descriptors / workers;
  // What ICMPv6 errors are to quote: in the workers' rings, in control's hands, and in the cache of its lcore.
  sizes.inject += (workers + 1) * dataplane::kErrorRing + dataplane::kPoolCache * 3 / 2;
  // Whatever the limit is, no worker keeps more than its share, and the pool has most of them.
  sizes.spare = std::min(tx_ports * dataplane::kPortBuffer, sizes.copy / (4 * workers));
  sizes.pending_limit = std::max<uint32_t>(config.limits.pending_packets / workers, 1);
  // Each family may hold as many, whatever the other holds.
  sizes.pending_per_worker = 2 * sizes.pending_limit + tx_descriptors / workers + dataplane::kPoolCache;
  sizes.frame = static_cast<uint16_t>(frame);

  // The ring of an endless capture is up to two words a packet.
  const size_t devices = queues * kQueue + kept * 2 * sizeof(void*);
  for (const auto& [bytes, page_shift] :
       {std::pair(&sizes.bytes, kOrdinaryPage), std::pair(&sizes.huge_bytes, kHugepage)}) {
    *bytes = BytesOf(sizes, workers, page_shift);
    *bytes += *bytes / 64 + devices + kDpdk;
  }
  return sizes;
}

void PacketMemory::Free::operator()(rte_mempool* pool) const { rte_mempool_free(pool); }

absl::StatusOr<PacketMemory> PacketMemory::Create(const config::Config& config) {
  const PoolSizes sizes = SizePools(config);
  const auto socket = static_cast<int>(rte_socket_id());
  PacketMemory memory;
  memory.sizes_ = sizes;
  const absl::StatusOr<rte_mempool*> rx = MakeRxPool(sizes, socket);
  if (!rx.ok()) return rx.status();
  memory.rx_.reset(*rx);
  memory.copy_.reset(dataplane::MakePool("mgmd_copy", sizes.copy, sizes.frame, socket));
  if (memory.copy_ == nullptr) return NoMemory(sizes, "copies", sizes.copy);
  memory.header_.reset(dataplane::MakePool("mgmd_header", sizes.copy, dataplane::kHeaderRoom, socket));
  if (memory.header_ == nullptr) return NoMemory(sizes, "headers of shared copies", sizes.copy);
  memory.inject_.reset(dataplane::MakePool("mgmd_inject", sizes.inject, sizes.frame, socket));
  if (memory.inject_ == nullptr) return NoMemory(sizes, "packets of the router's own", sizes.inject);
  for (size_t worker = 0; worker < config.dpdk.workers.size(); ++worker) {
    const std::string name = absl::StrCat("mgmd_pending_", worker);
    memory.pending_.emplace_back(
        dataplane::MakePendingPool(name.c_str(), sizes.pending_per_worker, sizes.frame, socket));
    if (memory.pending_.back() == nullptr)
      return NoMemory(sizes, "packets that wait for a decision", sizes.pending_per_worker, "pending_packets");
  }
  return memory;
}

}  // namespace mgmd::plane
