#include "dataplane/counters/exceptions.h"

#include <algorithm>
#include <bit>

namespace mgmd::dataplane {

ExceptionTable::ExceptionTable(uint32_t places)
    : places_(std::bit_ceil(std::max(places, kWindow))),
      mask_((std::bit_ceil(std::max(places, kWindow)) - 1) & ~(kWindow - 1)) {}

bool ExceptionTable::Add(const ExceptionKey& key, uint64_t n) {
  const uint64_t word = Pack(key.counter, key.oif) | (static_cast<uint64_t>(key.reason) + 1);
  const uint32_t window = Window(key.counter, key.oif);
  Place* free = nullptr;
  for (uint32_t i = 0; i < kWindow; ++i) {
    Place& place = places_[window + i];
    const uint64_t present = place.key.load(std::memory_order_acquire);
    if (present == word) {
      dataplane::Add(place.count, n);
      return true;
    }
    if (present == 0 && free == nullptr) free = &place;
  }
  if (free == nullptr) return false;
  dataplane::Add(free->count, n);
  free->key.store(word, std::memory_order_release);
  return true;
}

void ExceptionTable::Clear(uint32_t counter, InterfaceSlot oif) {
  const uint32_t window = Window(counter, oif);
  for (uint32_t i = 0; i < kWindow; ++i) {
    Place& place = places_[window + i];
    const uint64_t word = place.key.load(std::memory_order_relaxed);
    if (word == 0 || (word & ~kReasonMask) != Pack(counter, oif)) continue;
    place.count.store(0, std::memory_order_relaxed);
    place.key.store(0, std::memory_order_release);
  }
}

}  // namespace mgmd::dataplane
