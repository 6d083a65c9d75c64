#ifndef MGMD_DATAPLANE_RINGS_RING_H_
#define MGMD_DATAPLANE_RINGS_RING_H_

// A bounded queue of small values between one producing and one consuming thread: rte_ring with a
// typed element, in memory of its own, so that it needs no name and no EAL. Neither end ever waits:
// a full ring refuses.

#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <type_traits>

namespace mgmd::dataplane {

template <typename T>
class SpscRing {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % 4 == 0);

 public:
  // Holds at least `capacity` elements. Aborts when there is no memory: rings are made before
  // anything runs.
  explicit SpscRing(uint32_t capacity) {
    const unsigned slots = std::bit_ceil(capacity + 1);
    const auto size = static_cast<size_t>(rte_ring_get_memsize_elem(sizeof(T), slots));
    void* memory = std::aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(size, RTE_CACHE_LINE_SIZE));
    if (memory == nullptr) std::abort();
    ring_.reset(static_cast<rte_ring*>(memory));
    rte_ring_init(ring_.get(), "", slots, RING_F_SP_ENQ | RING_F_SC_DEQ);
  }

  // The producer. False: full, nothing happened.
  bool Push(const T& value) { return rte_ring_sp_enqueue_bulk_elem(ring_.get(), &value, sizeof(T), 1, nullptr) == 1; }

  // The consumer. Takes at most `limit` values in the order of Push(); returns how many.
  uint32_t Pop(T* values, uint32_t limit) {
    return rte_ring_sc_dequeue_burst_elem(ring_.get(), values, sizeof(T), limit, nullptr);
  }

  // Any thread, a hint.
  bool empty() const { return rte_ring_empty(ring_.get()) != 0; }

 private:
  struct Free {
    void operator()(rte_ring* ring) const { std::free(ring); }
  };
  std::unique_ptr<rte_ring, Free> ring_;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_RINGS_RING_H_
