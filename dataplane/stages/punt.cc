#include "dataplane/stages/punt.h"

#include <algorithm>
#include <cstring>

#include "dataplane/interfaces/egress.h"
#include "dataplane/stages/streams.h"

namespace mgmd::dataplane {
namespace {

// `octets` of the IP packet stand at `ip`.
template <class Family>
bool Push(Streams<Family>& streams, const FibKey<Family>& key, uint16_t arrival, const uint8_t* ip, uint32_t octets,
          PuntReason reason) {
  Punt<Family> punt;
  punt.key = key;
  punt.arrival = InterfaceSlot{arrival};
  punt.reason = reason;
  punt.worker = streams.worker;
  punt.header_size = static_cast<uint8_t>(std::min(octets, static_cast<uint32_t>(punt.header.size())));
  std::memcpy(punt.header.data(), ip, punt.header_size);
  if (!streams.parts.punts->Push(punt)) return false;
  Add(streams.accounts.stats.punts[static_cast<size_t>(reason)], 1);
  return true;
}

}  // namespace

template <class Family>
bool PuntPacket(Streams<Family>& streams, const StreamBatch<Family>& batch, uint32_t packet, PuntReason reason) {
  const rte_mbuf* const mbuf = batch.mbufs[packet];
  const uint8_t* const ip = batch.frames[packet] + kEthernetHeader;
  const auto in_first_segment = static_cast<uint32_t>(rte_pktmbuf_mtod(mbuf, uint8_t*) + mbuf->data_len - ip);
  return Push(streams, batch.keys[packet], batch.arrivals[packet], ip,
              std::min(in_first_segment, uint32_t{batch.ip_lengths[packet]}), reason);
}

template <class Family>
bool PuntHeld(Streams<Family>& streams, const FibKey<Family>& key, rte_mbuf* held) {
  return Push(streams, key, StampOf(HeldPacket::Of(held).arrival).slot,
              rte_pktmbuf_mtod(held, uint8_t*) + kEthernetHeader, uint32_t{held->data_len} - kEthernetHeader,
              PuntReason::kNoEntry);
}

template bool PuntPacket(Streams<Ipv4>&, const StreamBatch<Ipv4>&, uint32_t, PuntReason);
template bool PuntPacket(Streams<Ipv6>&, const StreamBatch<Ipv6>&, uint32_t, PuntReason);
template bool PuntHeld(Streams<Ipv4>&, const FibKey<Ipv4>&, rte_mbuf*);
template bool PuntHeld(Streams<Ipv6>&, const FibKey<Ipv6>&, rte_mbuf*);

}  // namespace mgmd::dataplane
