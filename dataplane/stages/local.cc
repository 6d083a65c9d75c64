#include "dataplane/stages/local.h"

#include <algorithm>
#include <iterator>

#include "dataplane/counters/accounts.h"
#include "dataplane/frames/ip_header.h"
#include "dataplane/stages/l4_checksum.h"

namespace mgmd::dataplane {
namespace {

// ICMPv6's messages of neighbour discovery (RFC 4861 section 4).
constexpr uint8_t kFirstOfDiscovery = 133;
constexpr uint8_t kLastOfDiscovery = 137;
constexpr uint8_t kNeighbourSolicitation = 135;
constexpr uint32_t kTargetAt = 8;  // in a neighbour solicitation

// Of an ARP packet for IPv4 on Ethernet (RFC 826), the only one that there is.
constexpr uint32_t kArpOctets = 28;
constexpr uint8_t kArpBegin[] = {0, 1, 0x08, 0x00, 6, 4};
constexpr uint32_t kArpTargetAt = 24;

// Whether it asks who has an address, and the router has it.
bool AsksForOwn(const OwnAddressesOn& own, const rte_mbuf* mbuf, const UpperLayer& upper) {
  if (upper.type != kNeighbourSolicitation) return false;
  uint8_t space[sizeof(Ipv6Address)];
  const void* const target = rte_pktmbuf_read(mbuf, kEthernetHeader + upper.at + kTargetAt, sizeof(space), space);
  return target != nullptr && own.Has(Ipv6Address::FromNetwork(static_cast<const uint8_t*>(target)));
}

// What is sent to an own address counts as neighbour discovery does only where it is that: pings would leave the
// router's neighbours without an answer.
LocalClass Icmpv6ClassOf(const OwnAddressesOn& own, const rte_mbuf* mbuf, const UpperLayer& upper,
                         const Ipv6Address& destination) {
  const bool discovery = upper.type >= kFirstOfDiscovery && upper.type <= kLastOfDiscovery;
  const bool to_own = !destination.is_multicast() && discovery;
  return to_own || AsksForOwn(own, mbuf, upper) ? LocalClass::kNeighbour : LocalClass::kNeighbourOther;
}

}  // namespace

std::optional<LocalClass> LocalClassOf(const OwnAddressesOn& own, const rte_mbuf* mbuf, const UpperLayer& upper,
                                       const Ipv6Address& destination, bool group_frame) {
  if (upper.is_mld()) return LocalClass::kMld;
  if (destination.is_multicast()) {
    if (upper.protocol == kPim) return LocalClass::kPim;
    if (destination.scope() != 2) return std::nullopt;
    if (upper.protocol == kIcmpv6) return Icmpv6ClassOf(own, mbuf, upper, destination);
    if (upper.fragment && IsAllPimRouters(destination)) return LocalClass::kPim;
    return IsRoutingGroup(destination) ? LocalClass::kLinkLocal : LocalClass::kLinkLocalOther;
  }
  if (group_frame) return std::nullopt;
  if (upper.protocol == kIcmpv6 && own.Has(destination)) return Icmpv6ClassOf(own, mbuf, upper, destination);
  return upper.protocol == kPim ? LocalClass::kPimRegister : LocalClass::kHost;
}

LocalClass ArpClassOf(const OwnAddressesOn& own, const rte_mbuf* mbuf) {
  uint8_t space[kArpOctets];
  const auto* const arp = static_cast<const uint8_t*>(rte_pktmbuf_read(mbuf, kEthernetHeader, kArpOctets, space));
  if (arp == nullptr || !std::equal(std::begin(kArpBegin), std::end(kArpBegin), arp))
    return LocalClass::kNeighbourOther;
  const Ipv4Address target = Ipv4Address::FromNetwork(Load4(arp + kArpTargetAt));
  return own.Has(target) ? LocalClass::kNeighbour : LocalClass::kNeighbourOther;
}

LocalWay::LocalWay(const InterfaceTable& table, WorkerStats& worker_stats, LocalRing* local_ring,
                   const LocalRates& local_rates, uint64_t hz)
    : interfaces(table), stats(worker_stats), ring(local_ring), buckets((kMaxSlots + 1) * kLocalClasses) {
  for (const LocalRate& rate : local_rates) rates.emplace_back(hz, rate.per_second, rate.burst);
}

void PuntLocal(LocalWay& way, uint64_t now, rte_mbuf* mbuf, uint16_t slot, LocalClass local_class) {
  const InterfaceLine& line = way.interfaces.line(slot);
  const auto row = static_cast<size_t>(local_class);
  uint64_t& bucket = way.buckets[size_t{slot} * kLocalClasses + row];
  const TokenRate& rate = way.rates[row];
  if (!rate.Has(bucket, now)) {
    DropPacket(way.stats, mbuf, DropReason::kLocalRate);
    return;
  }
  if (line.load_gate().Has(Gate::kCompleteChecksums)) [[unlikely]]
    CompleteChecksum(way.stats, mbuf, line.port.load(std::memory_order_relaxed));
  if (!way.ring->Push(mbuf, now, slot, local_class)) {
    DropPacket(way.stats, mbuf, DropReason::kLocalRingFull);
    return;
  }
  rate.Take(bucket, now);
  Add(way.stats.local[row], 1);
}

}  // namespace mgmd::dataplane
