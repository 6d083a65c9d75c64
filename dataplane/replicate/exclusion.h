#ifndef MGMD_DATAPLANE_REPLICATE_EXCLUSION_H_
#define MGMD_DATAPLANE_REPLICATE_EXCLUSION_H_

// What an oif asks of a packet before the packet gets an ordinary copy, in the order of
// docs/dataplane-rules.md.

#include <algorithm>
#include <cstdint>

#include "dataplane/batch/packet_batch.h"
#include "dataplane/interfaces/interface_table.h"
#include "dataplane/replicate/form.h"
#include "dataplane/replicate/replicate.h"

namespace mgmd::dataplane {

// What oifs ask about, of packets with the same arrival interface.
class Asks {
 public:
  Asks(const PacketBatch& batch, Packets packets)
      : arrival_(batch.arrivals[packets.begin]), boundaries_(batch.boundaries[packets.begin]) {
    uint8_t lowest_ttl = batch.ttls[packets.begin];
    uint16_t longest = batch.ip_lengths[packets.begin];
    for (uint32_t i = packets.begin + 1; i < packets.end; ++i) {
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

// One packet for an oif that not every packet of its group suits: gives it its copy, its fragments or its drop reason,
// and ends the claim.
void SendExcluded(Replicator& with, PacketBatch& batch, uint32_t packet, Stamp oif, size_t claims_left);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_REPLICATE_EXCLUSION_H_
