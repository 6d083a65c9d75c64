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
      : arrival_(batch.arrivals[begin]), boundaries_(batch.boundaries[begin]) {
    uint8_t lowest_ttl = batch.ttls[begin];
    uint16_t longest = batch.ip_lengths[begin];
    for (uint32_t i = begin + 1; i < end; ++i) {
      lowest_ttl = std::min(lowest_ttl, batch.ttls[i]);
      longest = std::max(longest, batch.ip_lengths[i]);
      boundaries_ |= batch.boundaries[i];
    }
    asked_ = Gate::Asked(longest, lowest_ttl);
  }

  // Whether every packet gets an ordinary copy for the oif.
  [[gnu::always_inline]] bool Suit(Stamp oif, const InterfaceLine& line) const {
    return line.load_gate().LetsPass(Word(oif), asked_) && oif.slot != arrival_ &&
           (boundaries_ & line.boundary.load(std::memory_order_relaxed)) == 0;
  }

 private:
  uint32_t arrival_;
  uint64_t boundaries_;
  uint64_t asked_;
};

// Why one packet gets no ordinary copy for an oif.
enum class Exclusion : uint8_t { kNone, kFragment, kDrop };

// `reason` is written with kDrop.
inline Exclusion Exclude(const PacketBatch& batch, uint32_t i, Stamp oif, const InterfaceLine& line,
                         DropReason& reason) {
  const Gate gate = line.load_gate();
  if (oif.slot == batch.arrivals[i]) {
    reason = DropReason::kArrivalInterface;
  } else if (gate.stamp() != Word(oif)) {
    reason = DropReason::kStaleOif;
  } else if (gate.Has(Gate::kUnsendable)) {
    reason = DropReason::kOifDown;
  } else if (batch.ttls[i] <= gate.ttl_threshold()) {
    reason = DropReason::kTtlThreshold;
  } else if (batch.boundaries[i] & line.boundary.load(std::memory_order_relaxed)) {
    reason = DropReason::kScopeBoundaryOut;
  } else if (batch.ip_lengths[i] > gate.mtu()) {
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
