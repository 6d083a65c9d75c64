#ifndef MGMD_DATAPLANE_STAGES_LOCAL_H_
#define MGMD_DATAPLANE_STAGES_LOCAL_H_

// Packets that are for the router itself: what they are, and their way to control.
//
// Off the way of streams: the loop that judges a batch of plain stream packets has no question about them; what it does
// not let pass is looked at packet by packet, and then gets a class here.

#include <rte_mbuf.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "common/ip_address.h"
#include "common/local_class.h"
#include "common/routing_groups.h"
#include "common/token_bucket.h"
#include "dataplane/counters/counters.h"
#include "dataplane/fib/reserved_memory.h"
#include "dataplane/interfaces/egress.h"
#include "dataplane/interfaces/interface_table.h"
#include "dataplane/interfaces/own_addresses.h"
#include "dataplane/rings/local_ring.h"
#include "dataplane/stages/extension_headers.h"

namespace mgmd::dataplane {

// Whether the frame is for one station, and that is none that the interface is: a port may hear what is for others.
inline bool IsForAnother(const uint8_t* frame, const InterfaceTable& interfaces, uint16_t slot) {
  constexpr uint64_t kAddress = 0xFFFFFFFFFFFF;
  if (frame[0] & 1) return false;
  const uint64_t station = Load8(frame) & kAddress;
  const uint64_t own = interfaces.line(slot).source_and_type.load(std::memory_order_relaxed) & kAddress;
  return station != own && !interfaces.HasStation(slot, station);
}

// Of IGMP, which speaks to routers and hosts of one link and is never forwarded.
inline constexpr uint8_t kIgmp = 2;

// The class of an IPv4 packet; nothing: it is a stream's, or for nobody. `group_frame`: its frame is for a group of
// stations, and not for all. Every fragment says the protocol.
inline std::optional<LocalClass> LocalClassOf(const OwnAddressesOn& own, uint8_t protocol, Ipv4Address destination,
                                              bool group_frame) {
  if (protocol == kIgmp) return LocalClass::kIgmp;
  if (protocol == kPim && destination.is_multicast()) return LocalClass::kPim;
  if (destination.is_link_local_multicast()) {
    return IsRoutingGroup(destination) ? LocalClass::kLinkLocal : LocalClass::kLinkLocalOther;
  }
  if (destination.is_multicast()) return std::nullopt;
  const bool for_all = destination == Ipv4Address(255, 255, 255, 255);
  if (group_frame && !for_all && !own.HasBroadcast(destination)) return std::nullopt;
  return protocol == kPim ? LocalClass::kPimRegister : LocalClass::kHost;
}

// The same of an IPv6 packet, which begins with its Ethernet header. What of PIM is a fragment says so by its group
// alone.
std::optional<LocalClass> LocalClassOf(const OwnAddressesOn& own, const rte_mbuf* mbuf, const UpperLayer& upper,
                                       const Ipv6Address& destination, bool group_frame);

// The class of an ARP packet, which begins with its Ethernet header.
LocalClass ArpClassOf(const OwnAddressesOn& own, const rte_mbuf* mbuf);

// A worker's way of local packets to control.
struct LocalWay {
  // `local_rates` are those of each interface, by class; hz: ticks a second of the worker's clock.
  LocalWay(const InterfaceTable& table, WorkerStats& worker_stats, LocalRing* local_ring, const LocalRates& local_rates,
           uint64_t hz);

  const InterfaceTable& interfaces;
  WorkerStats& stats;
  LocalRing* const ring;
  std::vector<TokenRate> rates;     // by class
  ReservedArray<uint64_t> buckets;  // by slot and class
};

// Hands the packet to control, the whole mbuf, or drops it, as local_rate or as local_ring_full. Its frame is for the
// interface.
void PuntLocal(LocalWay& way, uint64_t now, rte_mbuf* mbuf, uint16_t slot, LocalClass local_class);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_STAGES_LOCAL_H_
