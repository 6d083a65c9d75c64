#include "control/plane/xdp_rings.h"

#include <linux/if_xdp.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#ifndef SOL_XDP
#define SOL_XDP 283
#endif

namespace mgmd::plane {
namespace {

constexpr uint32_t kLargestRing = 1 << 16;  // entries
constexpr uint32_t kSmallestRing = 64;

// In an entry the address of a buffer, in octets from where the driver lets the kernel's memory begin; above it where
// in the buffer a packet begins.
constexpr uint64_t kAddress = (uint64_t{1} << XSK_UNALIGNED_BUF_OFFSET_SHIFT) - 1;

// Begins at the page of the pool's first buffer.
uint8_t* BeginOf(const rte_mempool& pool) {
  const auto first = reinterpret_cast<uintptr_t>(STAILQ_FIRST(&pool.mem_list)->addr);
  return reinterpret_cast<uint8_t*>(first & ~(static_cast<uintptr_t>(getpagesize()) - 1));
}

}  // namespace

std::optional<XdpRings> XdpRings::Map(int socket) {
  xdp_mmap_offsets offsets{};
  socklen_t length = sizeof(offsets);
  if (getsockopt(socket, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &length) != 0) return std::nullopt;
  struct Kind {
    uint64_t page;
    const xdp_ring_offset& offset;
    size_t entry_octets;
  };
  const Kind kinds[kRings] = {{XDP_UMEM_PGOFF_FILL_RING, offsets.fr, sizeof(uint64_t)},
                              {XDP_PGOFF_RX_RING, offsets.rx, sizeof(xdp_desc)},
                              {XDP_UMEM_PGOFF_COMPLETION_RING, offsets.cr, sizeof(uint64_t)}};
  XdpRings rings;
  for (size_t i = 0; i < kRings; ++i) {
    const auto& [page, offset, entry_octets] = kinds[i];
    Ring& ring = rings.rings_[i];
    // The kernel does not say how many entries it has, but maps no more than there are.
    void* map = MAP_FAILED;
    uint32_t entries = kLargestRing;
    for (; entries >= kSmallestRing; entries /= 2) {
      ring.octets = offset.desc + entries * entry_octets;
      map = mmap(nullptr, ring.octets, PROT_READ | PROT_WRITE, MAP_SHARED, socket, static_cast<off_t>(page));
      if (map != MAP_FAILED) break;
    }
    if (map == MAP_FAILED) return std::nullopt;
    ring.map = static_cast<uint8_t*>(map);
    ring.producer = reinterpret_cast<uint32_t*>(ring.map + offset.producer);
    ring.consumer = reinterpret_cast<uint32_t*>(ring.map + offset.consumer);
    ring.entries = ring.map + offset.desc;
    ring.entry_octets = entry_octets;
    ring.mask = entries - 1;
  }
  return rings;
}

XdpRings::XdpRings(XdpRings&& from) noexcept : rings_(std::exchange(from.rings_, {})) {}

XdpRings& XdpRings::operator=(XdpRings&& from) noexcept {
  std::swap(rings_, from.rings_);
  return *this;
}

XdpRings::~XdpRings() {
  for (const Ring& ring : rings_) {
    if (ring.map != nullptr) munmap(ring.map, ring.octets);
  }
}

size_t XdpRings::TakeBack(rte_mempool* pool) {
  uint8_t* const begin = BeginOf(*pool);
  size_t taken = 0;
  for (const Ring& ring : rings_) {
    const uint32_t end = __atomic_load_n(ring.producer, __ATOMIC_ACQUIRE);
    uint32_t at = __atomic_load_n(ring.consumer, __ATOMIC_ACQUIRE);
    for (; at != end; ++at) {
      uint64_t entry;  // of a received packet its first member
      std::memcpy(&entry, ring.entries + (at & ring.mask) * ring.entry_octets, sizeof(entry));
      auto* const mbuf = reinterpret_cast<rte_mbuf*>(begin + (entry & kAddress) + pool->header_size);
      // Another driver than the one that is known here may count from elsewhere.
      if (mbuf->pool != pool) return taken;
      rte_pktmbuf_free(mbuf);
      ++taken;
    }
    __atomic_store_n(ring.consumer, end, __ATOMIC_RELEASE);
  }
  return taken;
}

}  // namespace mgmd::plane
