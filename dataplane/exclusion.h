#ifndef MGMD_DATAPLANE_EXCLUSION_H_
#define MGMD_DATAPLANE_EXCLUSION_H_

// What an oif asks of a packet before the packet gets an ordinary copy, in the order of
// docs/dataplane-rules.md.

#include <algorithm>
#include <cstdint>

#include "common/drop_reason.h"
#include "dataplane/egress.h"
#include "dataplane/interface_table.h"
#include "dataplane/packet_batch.h"

namespace mgmd::dataplane {

// What oifs ask about, of the packets begin to end - 1, which have the same arrival interface.
class Asks {
 public:
  Asks(const PacketBatch& batch, uint32_t begin, uint32_t end)
      : arrival_(batch.arrivals[begin]),
        lowest_ttl_(batch.ttls[begin]),
        longest_(batch.ip_lengths[begin]),
        boundaries_(batch.boundaries[begin]) {
    uint8_t ttl = batch.ttls[begin];
    uint16_t longest = batch.ip_lengths[begin];
    for (uint32_t i = begin + 1; i < end; ++i) {
      ttl = std::min(ttl, batch.ttls[i]);
      longest = std::max(longest, batch.ip_lengths[i]);
      boundaries_ |= batch.boundaries[i];
    }
    lowest_ttl_ = ttl;
    longest_ = longest;
  }

  // Whether every packet gets an ordinary copy for the oif: all answers in one.
  [[gnu::always_inline]] bool Suit(Stamp oif, const InterfaceLine& line) const {
    const InterfaceLine::Limits limits = line.load_limits();
    const uint32_t suit =
        uint32_t{line.stamp.load(std::memory_order_acquire) == Word(oif)} &
        uint32_t{oif.slot != arrival_} &
        uint32_t{(limits.flags & InterfaceLine::kSendable) != 0} &
        uint32_t{lowest_ttl_ > limits.ttl_threshold} & uint32_t{longest_ <= limits.mtu} &
        uint32_t{(boundaries_ & line.boundary.load(std::memory_order_relaxed)) == 0};
    return suit != 0;
  }

 private:
  uint32_t arrival_;
  uint32_t lowest_ttl_;
  uint32_t longest_;  // IP octets
  uint64_t boundaries_;
};

// Why one packet gets no ordinary copy for an oif.
enum class Exclusion : uint8_t { kNone, kFragment, kDrop };

// `reason` is written with kDrop.
inline Exclusion Exclude(const PacketBatch& batch, uint32_t i, Stamp oif, const InterfaceLine& line,
                         DropReason& reason) {
  const InterfaceLine::Limits limits = line.load_limits();
  if (oif.slot == batch.arrivals[i]) {
    reason = DropReason::kArrivalInterface;
  } else if (line.stamp.load(std::memory_order_acquire) != Word(oif)) {
    reason = DropReason::kStaleOif;
  } else if (!(limits.flags & InterfaceLine::kSendable)) {
    reason = DropReason::kOifDown;
  } else if (batch.ttls[i] <= limits.ttl_threshold) {
    reason = DropReason::kTtlThreshold;
  } else if (batch.boundaries[i] & line.boundary.load(std::memory_order_relaxed)) {
    reason = DropReason::kScopeBoundaryOut;
  } else if (batch.ip_lengths[i] > limits.mtu) {
    // Don't Fragment is the second bit of the seventh octet.
    if (!(batch.frames[i][kEthernetHeader + 6] & 0x40)) return Exclusion::kFragment;
    reason = DropReason::kFragmentationNeeded;
  } else {
    return Exclusion::kNone;
  }
  return Exclusion::kDrop;
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_EXCLUSION_H_
