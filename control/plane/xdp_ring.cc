#include "control/plane/xdp_ring.h"

#include <linux/if_xdp.h>
#include <rte_mbuf.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "control/plane/packet_memory.h"

#ifndef SOL_XDP
#define SOL_XDP 283
#endif

namespace mgmd::plane {
namespace {

// No buffer is there.
constexpr uint64_t kNoAddress = UINT64_MAX;

absl::Status Failure() { return absl::UnavailableError(absl::StrCat("the driver's ring: ", std::strerror(errno))); }

// The buffer of a descriptor, as the driver computes it the other way round.
rte_mbuf* BufferAt(const rte_mempool& pool, uint64_t address) {
  auto* const begin = static_cast<uint8_t*>(STAILQ_FIRST(&pool.mem_list)->addr);
  return reinterpret_cast<rte_mbuf*>(begin + (address & XSK_UNALIGNED_BUF_ADDR_MASK) + pool.header_size);
}

}  // namespace

absl::StatusOr<size_t> TakeBackUnsent(int socket, rte_mempool* pool) {
  xdp_mmap_offsets offsets{};
  socklen_t length = sizeof(offsets);
  if (getsockopt(socket, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &length) != 0) return Failure();
  const size_t size = offsets.tx.desc + size_t{kXdpDescriptors} * sizeof(xdp_desc);
  void* const map = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, socket, XDP_PGOFF_TX_RING);
  if (map == MAP_FAILED) return Failure();
  auto* const ring = static_cast<uint8_t*>(map);
  const auto load = [ring](uint64_t offset) {
    return std::atomic_ref(*reinterpret_cast<uint32_t*>(ring + offset)).load(std::memory_order_acquire);
  };
  auto* const descriptors = reinterpret_cast<xdp_desc*>(ring + offsets.tx.desc);
  const uint32_t end = load(offsets.tx.producer);
  size_t taken = 0;
  for (uint32_t i = load(offsets.tx.consumer); i != end; ++i) {
    xdp_desc& descriptor = descriptors[i % kXdpDescriptors];
    if (descriptor.addr == kNoAddress) continue;
    rte_pktmbuf_free(BufferAt(*pool, descriptor.addr));
    descriptor.addr = kNoAddress;
    ++taken;
  }
  std::atomic_thread_fence(std::memory_order_release);
  munmap(map, size);
  return taken;
}

}  // namespace mgmd::plane
