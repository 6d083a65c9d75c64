#ifndef MGMD_DATAPLANE_STAGES_PUNT_H_
#define MGMD_DATAPLANE_STAGES_PUNT_H_

// Telling control about a packet (common/punt.h), and how often.
//
// First packets and alerts go up one ring. A first packet that finds it full waits with its stream until there is room
// (pending.h). Alerts, of which a sender who makes up sources can cause any number, have a bucket, so that they delay
// no stream: an eighth of the ring at once, and few a second.

#include <rte_mbuf.h>

#include <array>
#include <cstdint>

#include "common/punt.h"
#include "dataplane/batch/packet_batch.h"
#include "dataplane/fib/hash.h"

namespace mgmd::dataplane {

template <class Family>
struct Streams;

// Wrong-interface alerts of a worker, over all streams: a second, and at once after a pause.
inline constexpr uint32_t kAlertsPerSecond = 1000;
inline constexpr uint32_t kAlertBurst = 1000;

// Hands a descriptor of the batch's packet to control. False: the ring is full. Counts what was
// handed over.
template <class Family>
bool PuntPacket(Streams<Family>& streams, const StreamBatch<Family>& batch, uint32_t packet, PuntReason reason);

// The same for a packet of the pending table, as kNoEntry.
template <class Family>
bool PuntHeld(Streams<Family>& streams, const FibKey<Family>& key, rte_mbuf* held);

// Lets one wrong-interface punt of each stream and interface pass in an interval. Direct-mapped: of
// two streams that meet in one place the later one displaces the earlier, so that nobody is
// silenced by another's traffic; the ring bounds the rest.
template <class Family>
class AlertLimiter {
 public:
  AlertLimiter() : seed_(HashSeed<Family>::Random()) {}

  // `now` and `interval` in ticks of the worker's clock.
  bool Pass(const FibKey<Family>& key, uint16_t slot, uint64_t now, uint64_t interval) {
    Place& place = places_[(Hash(seed_, key) + slot * seed_.second) >> (64 - kBits)];
    if (place.key == key && place.slot == slot && now - place.passed < interval) return false;
    place = {key, now, slot};
    return true;
  }

 private:
  static constexpr int kBits = 12;
  struct Place {
    FibKey<Family> key;
    uint64_t passed = 0;
    uint16_t slot = 0;
  };
  const HashSeed<Family> seed_;
  std::array<Place, size_t{1} << kBits> places_{};
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_STAGES_PUNT_H_
