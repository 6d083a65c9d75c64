#include "control/membership/validity.h"

namespace mgmd::membership {
namespace {

Counter CounterOf(NoKind why) {
  switch (why) {
    case NoKind::kShort:
      return Counter::kShort;
    case NoKind::kBadLength:
      return Counter::kBadLength;
    case NoKind::kUnknownType:
      break;
  }
  return Counter::kUnknownType;
}

// Whether a station can send from it. A host without an address reports from 0.0.0.0 (RFC 9776 section 4.2.13).
bool CanBeSource(Ipv4Address source) { return source.is_zero() || source.is_valid_source(); }
// RFC 9777 sections 5.1.14 and 5.2.13.
bool CanBeSource(const Ipv6Address& source) { return source.is_link_local(); }

template <class Family>
bool CanBeDestination(const Datagram<Family>& datagram, MessageKind kind, const Link<Family>& link) {
  using P = Protocol<Family>;
  const auto& to = datagram.destination;
  if (link.IsOwn(to)) return true;
  if (kind.type == MessageType::kReport && kind.version == Version::kV3) return to == P::kAllReports;
  const auto group = GroupOf<Family>(datagram.message);
  switch (kind.type) {
    case MessageType::kQuery:
      return to == P::kAllHosts || (to == group && !group.is_zero());
    case MessageType::kLeave:
      return to == P::kAllRouters || to == group;
    case MessageType::kReport:
      break;
  }
  // Hosts are known that report to all routers instead of to the group.
  return to == group || to == P::kAllHosts || to == P::kAllRouters || to == P::kAllReports;
}

}  // namespace

template <class Family>
PacketCheck CheckPacket(const Datagram<Family>& datagram, const Acceptance<Family>& acceptance) {
  if (datagram.hop_limit != 1 && !acceptance.any_ttl) return {Counter::kTtl};
  if (!datagram.router_alert && acceptance.require_router_alert) return {Counter::kRouterAlert};
  if (!ChecksumIsRight(datagram)) return {Counter::kChecksum};
  const KindOrNot kind = FindKind<Family>(datagram.message);
  if (!kind.kind) return {CounterOf(kind.why)};
  return {std::nullopt, *kind.kind};
}

template <class Family>
AddressCheck CheckAddresses(const Datagram<Family>& datagram, MessageKind kind, const Link<Family>& link,
                            const Acceptance<Family>& acceptance, Part part) {
  const bool is_query = kind.type == MessageType::kQuery;
  if (part == Part::kRouter && link.IsOwn(datagram.source)) return {Counter::kOwn};
  if (!CanBeSource(datagram.source)) return {Counter::kBadSource};
  bool foreign = false;
  // MLD is from link-local addresses, which are of every link.
  if constexpr (Family::kAddressBits == 32) {
    const bool zero = datagram.source.is_zero();
    foreign = !zero && !link.IsLocal(datagram.source);
    if (part == Part::kRouter && is_query) {
      if (zero) return {Counter::kQueryZeroSource};
      if (foreign && !link.address.is_zero()) return {Counter::kQueryForeign};
    }
    foreign = foreign && !is_query;
    if (foreign && acceptance.require_local_source) return {Counter::kForeign};
  }
  if (!CanBeDestination(datagram, kind, link)) return {Counter::kBadDestination};
  return {std::nullopt, foreign};
}

template <class Family>
std::optional<Counter> CheckContents(const Datagram<Family>& datagram, MessageKind kind) {
  if (kind.type == MessageType::kReport && kind.version == Version::kV3 && !RecordsAreWhole<Family>(datagram.message)) {
    return Counter::kTruncated;
  }
  return std::nullopt;
}

#define MGMD_VALIDITY_OF(Family)                                                                          \
  template PacketCheck CheckPacket<Family>(const Datagram<Family>&, const Acceptance<Family>&);           \
  template AddressCheck CheckAddresses<Family>(const Datagram<Family>&, MessageKind, const Link<Family>&, \
                                               const Acceptance<Family>&, Part);                          \
  template std::optional<Counter> CheckContents<Family>(const Datagram<Family>&, MessageKind);
MGMD_VALIDITY_OF(Ipv4)
MGMD_VALIDITY_OF(Ipv6)
#undef MGMD_VALIDITY_OF

}  // namespace mgmd::membership
