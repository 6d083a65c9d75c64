#ifndef MGMD_CONTROL_LOCAL_INJECTOR_H_
#define MGMD_CONTROL_LOCAL_INJECTOR_H_

// What the router says itself, on its way to the workers: whatever they do not take at once waits here, in order.
//
// What leaves by one interface leaves in the order in which it was sent; interfaces do not wait for each other.
// Bounded: when too much waits, the oldest goes and is counted (drop reason `inject_queue_full`).
//
// Control thread, but for dropped() and unsent().

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/local_packets.h"

namespace mgmd::local {

class Injector {
 public:
  static constexpr size_t kMostWaiting = 1024;

  // `packets` outlives it.
  explicit Injector(LocalPackets& packets) : packets_(packets) {}
  Injector(const Injector&) = delete;
  Injector& operator=(const Injector&) = delete;

  // Sends it, or keeps a copy for later. False: it can never be sent (InjectResult::kImpossible).
  bool Send(InterfaceSlot out, InjectForm form, std::span<const uint8_t> octets);

  // Tries again what waits. Returns whether anything was sent.
  bool Poll();

  size_t waiting() const { return waiting_.size(); }
  // Any thread. What went for want of room; and that with what waits still, which is lost where no worker runs any
  // more.
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  uint64_t unsent() const { return dropped() + waiting_count_.load(std::memory_order_relaxed); }

 private:
  struct Waiting {
    InterfaceSlot out;
    InjectForm form;
    std::vector<uint8_t> octets;
  };

  void Forget(InterfaceSlot out);
  void CountDropped();

  LocalPackets& packets_;
  std::deque<Waiting> waiting_;                            // oldest first
  absl::flat_hash_map<InterfaceSlot, size_t> waiting_of_;  // how many, of interfaces that have some
  std::atomic<uint64_t> dropped_{0};
  std::atomic<uint64_t> waiting_count_{0};
};

}  // namespace mgmd::local

#endif  // MGMD_CONTROL_LOCAL_INJECTOR_H_
