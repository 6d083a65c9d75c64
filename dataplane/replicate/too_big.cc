#include "dataplane/replicate/too_big.h"

#include <algorithm>
#include <bit>

#include "dataplane/frames/ip_header.h"
#include "dataplane/replicate/plain_copy.h"

namespace mgmd::dataplane {

void TooBig::Note(const PacketBatch& batch, uint32_t packet, uint16_t mtu) {
  Place& place = places_[packet];
  const uint64_t bit = uint64_t{1} << packet;
  if ((noted_ & bit) != 0) {
    place.mtu = std::min(place.mtu, mtu);
    return;
  }
  noted_ |= bit;
  const uint16_t slot = batch.arrivals[packet];
  place = {.quote = requests_.Quote(now_, slot, ReadFrame(batch, packet, 0), batch.ip_lengths[packet]),
           .slot = slot,
           .mtu = mtu};
  // As it was received.
  if (place.quote != nullptr) ++*rte_pktmbuf_mtod_offset(place.quote, uint8_t*, kEthernetHeader + kHopsAt<Ipv6>);
}

void TooBig::SendNoted() {
  for (; noted_ != 0; noted_ &= noted_ - 1) {
    const Place& place = places_[std::countr_zero(noted_)];
    if (place.quote == nullptr) continue;
    requests_.Send(
        {.quote = place.quote, .value = place.mtu, .slot = place.slot, .kind = Icmpv6ErrorKind::kPacketTooBig});
  }
}

}  // namespace mgmd::dataplane
