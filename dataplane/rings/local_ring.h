#ifndef MGMD_DATAPLANE_RINGS_LOCAL_RING_H_
#define MGMD_DATAPLANE_RINGS_LOCAL_RING_H_

// The way of local packets from one worker to control: the mbufs themselves, in the order of their arrival.
//
// They are buffers of the rx pool. So that no flood of them leaves it short, they are counted: what the ring and
// control have together never exceeds a ceiling of buffers, by which the pool is larger. A chained packet counts each
// segment.
//
// Threads: HasRoom() and Push() are the worker's; everything else is the control thread's.

#include <rte_mbuf.h>

#include <atomic>
#include <cstdint>

#include "common/local_class.h"
#include "dataplane/rings/ring.h"

namespace mgmd::dataplane {

struct LocalPunt {
  rte_mbuf* mbuf = nullptr;  // untagged Ethernet header first
  uint64_t arrived = 0;      // ticks of the worker's clock
  uint16_t slot = 0;
  LocalClass local_class{};
  uint8_t spare = 0;
  uint32_t buffers = 0;
};

class LocalRing {
 public:
  explicit LocalRing(uint32_t buffers) : ceiling_(buffers), ring_(buffers) {}
  // Frees what is left in it.
  ~LocalRing() {
    LocalPunt punt;
    while (Pop(punt)) Free(punt);
  }

  // Whether the ceiling lets so many more buffers pass.
  bool HasRoom(uint32_t buffers) const {
    return given_ - returned_.load(std::memory_order_relaxed) + buffers <= ceiling_;
  }

  // False: the ceiling has been reached, and the mbuf is still the caller's.
  bool Push(rte_mbuf* mbuf, uint64_t arrived, uint16_t slot, LocalClass local_class) {
    const uint32_t buffers = mbuf->nb_segs;
    if (!HasRoom(buffers)) return false;
    // A packet has one buffer at least, so there is a place for each that the ceiling lets pass.
    if (!ring_.Push({mbuf, arrived, slot, local_class, 0, buffers})) return false;
    given_ += buffers;
    return true;
  }

  // False: there is none.
  bool Pop(LocalPunt& punt) { return ring_.Pop(&punt, 1) == 1; }
  // Ends the packet, which has been popped.
  void Free(const LocalPunt& punt) {
    rte_pktmbuf_free(punt.mbuf);
    returned_.store(returned_.load(std::memory_order_relaxed) + punt.buffers, std::memory_order_release);
  }

 private:
  const uint32_t ceiling_;
  SpscRing<LocalPunt> ring_;
  uint64_t given_ = 0;  // buffers, ever; the worker's
  alignas(RTE_CACHE_LINE_SIZE) std::atomic<uint64_t> returned_{0};
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_RINGS_LOCAL_RING_H_
