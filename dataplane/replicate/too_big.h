#ifndef MGMD_DATAPLANE_REPLICATE_TOO_BIG_H_
#define MGMD_DATAPLANE_REPLICATE_TOO_BIG_H_

// Telling senders of IPv6 packets that an oif's MTU is too small for (RFC 4443 section 3.2): once for a packet, however
// many such oifs it has, and with the smallest MTU of these. So the request is made of a copy of the packet's begin, at
// the first such oif, and sent when the batch has been through all of them: the packet itself has left by then.
//
// Cost: nothing but one compare for each batch where every packet fits.

#include <rte_mbuf.h>

#include <cstdint>

#include "dataplane/batch/packet_batch.h"
#include "dataplane/rings/error_requests.h"

namespace mgmd::dataplane {

class TooBig {
 public:
  explicit TooBig(ErrorRequests& requests) : requests_(requests) {}

  // `now`: the turn's time, in ticks of the worker's clock.
  void Begin(uint64_t now) { now_ = now; }

  // The packet does not go to an oif for its MTU and for nothing else. Its hop limit has been decremented, and its
  // claim for the oif has not ended.
  void Note(const PacketBatch& batch, uint32_t packet, uint16_t mtu);

  // After the last oif of the last packet of a batch.
  void SendAll() {
    if (noted_ != 0) [[unlikely]]
      SendNoted();
  }

 private:
  void SendNoted();

  struct Place {
    rte_mbuf* quote;  // nullptr: nobody is told
    uint16_t slot;
    uint16_t mtu;
  };

  ErrorRequests& requests_;
  uint64_t now_ = 0;
  uint64_t noted_ = 0;    // bit = packet: its place is in use
  Place places_[kBatch];  // by packet
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_REPLICATE_TOO_BIG_H_
