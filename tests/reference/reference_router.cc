#include "tests/reference/reference_router.h"

#include <algorithm>
#include <utility>

namespace mgmd::reference {
namespace {

// A frame's destination is a group of stations, and not all of them.
bool IsMulticastStation(const Bytes& station) { return (station[0] & 1) && station != Bytes(6, 0xFF); }

}  // namespace

void ReferenceRouter::Set(Entry entry) {
  Remove(entry);
  entries_.push_back({.entry = std::move(entry), .released = {}, .totals = {}});
}

void ReferenceRouter::Remove(const Entry& entry) {
  std::erase_if(entries_, [&](const Known& known) { return known.entry.key() == entry.key(); });
}

void ReferenceRouter::Release(int interface) {
  for (Known& known : entries_) known.released.insert(interface);
}

const ReferenceRouter::Known* ReferenceRouter::Find(const Entry& entry) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Known& known) { return known.entry.key() == entry.key(); });
  return found == entries_.end() ? nullptr : &*found;
}

int ReferenceRouter::FindInterface(int port, int vlan) const {
  for (size_t i = 0; i < interfaces_.size(); ++i) {
    if (interfaces_[i].port == port && interfaces_[i].vlan == vlan) return int(i);
  }
  return -1;
}

ReferenceRouter::Known* ReferenceRouter::FindEntry(const Address& source, const Address& group) {
  Known* best = nullptr;
  for (Known& known : entries_) {
    const Entry& entry = known.entry;
    if (!entry.group.Contains(group)) continue;
    if (entry.source) {
      if (*entry.source == source) return &known;
      continue;
    }
    if (IsSourceSpecific(group)) continue;
    if (best == nullptr || entry.group.length > best->entry.group.length) best = &known;
  }
  return best;
}

bool ReferenceRouter::CrossesBoundary(const Interface& interface, const Address& group) const {
  bool has_any = false;
  for (const Range& boundary : interface.boundaries) {
    if (boundary.Contains(group)) return true;
    has_any |= boundary.address.size() == group.size();
  }
  if (group.size() == 4) return has_any && group[0] == 239 && group[1] == 255;
  return (group[1] & 15) <= interface.scope_boundary;
}

std::vector<Frame> ReferenceRouter::Drop(DropReason reason, Known* known) {
  ++drops_[reason];
  if (known != nullptr) ++known->totals.drops[reason];
  return {};
}

std::vector<Frame> ReferenceRouter::Receive(const Frame& frame, std::optional<int> stripped_tag) {
  const Bytes& bytes = frame.bytes;
  if (bytes.size() < 14) return Drop(DropReason::kFrameTruncated);
  const auto own = own_macs_.find(frame.port);
  if (own != own_macs_.end() && Bytes(bytes.begin() + 6, bytes.begin() + 12) == own->second)
    return Drop(DropReason::kOwnFrame);
  size_t l2 = 14;
  int tag = stripped_tag.value_or(0);
  int ethertype = Read16(bytes, 12);
  if (!stripped_tag && ethertype == 0x8100) {
    if (bytes.size() < 18) return Drop(DropReason::kFrameTruncated);
    tag = Read16(bytes, 14);
    ethertype = Read16(bytes, 16);
    l2 = 18;
  }
  const bool ipv6 = ethertype == 0x86DD;
  if (ethertype == 0x8100 || ethertype == 0x88A8) return Drop(DropReason::kUnsupportedEthertype);
  const int arrival = FindInterface(frame.port, tag & 0xFFF);
  if (arrival < 0) return Drop(DropReason::kUnknownVlan);
  const Interface& in = interfaces_[size_t(arrival)];
  if (!in.up) return Drop(DropReason::kInterfaceDown);
  const Bytes station = Part(bytes, 0, 6);
  if ((station[0] & 1) == 0 && station != in.mac) return Drop(DropReason::kNotForUs);
  if (ethertype == 0x0806) return Drop(DropReason::kNoConsumer);
  if (ethertype != 0x0800 && !ipv6) return Drop(DropReason::kUnsupportedEthertype);

  Bytes packet(bytes.begin() + long(l2), bytes.end());
  const auto reason = ipv6 ? WhyNotIpv6(in, station, packet) : WhyNotIpv4(in, station, packet);
  if (reason) return Drop(*reason);
  if (in.complete_checksums && CompleteChecksum(packet)) ++completed_checksums_;

  const Address group = GroupOf(packet);
  Known* const known = FindEntry(SourceOf(packet), group);
  if (CrossesBoundary(in, group)) return Drop(DropReason::kScopeBoundaryIn, known);
  if (known == nullptr) {
    ++unknown_streams_;
    return {};
  }
  return Forward(*known, arrival, tag >> 13, std::move(packet));
}

std::optional<DropReason> ReferenceRouter::WhyNotIpv4(const Interface& in, const Bytes& station, Bytes& packet) const {
  if (packet.size() < 20) return DropReason::kFrameTruncated;
  if (packet[0] >> 4 != 4) return DropReason::kIpVersion;
  if ((packet[0] & 15) < 5) return DropReason::kIpHeaderLength;
  const size_t total = size_t(Read16(packet, 2));
  if (total < HeaderLength(packet) || total > packet.size()) return DropReason::kIpTotalLength;
  packet.resize(total);
  const Address group = GroupOf(packet);
  const bool multicast = group[0] >> 4 == 14;
  const bool of_the_link = group[0] == 224 && group[1] == 0 && group[2] == 0;
  const bool for_all = group == Address(4, 0xFF);
  if (multicast ? packet[9] == 2 || IsPim(packet) || of_the_link
                : packet[9] == 2 || for_all || !IsMulticastStation(station)) {
    return DropReason::kNoConsumer;
  }
  if (!multicast) return DropReason::kUnicastInMulticastFrame;
  if (!ChecksumHolds(packet)) return DropReason::kIpChecksum;
  if ((Read16(packet, 6) & 0x1FFF) * 8 + int(packet.size() - HeaderLength(packet)) > 0xFFFF) {
    return DropReason::kIpTotalLength;
  }

  const Address source = SourceOf(packet);
  if (source[0] == 0 || source[0] == 127 || source[0] >= 224) return DropReason::kSourceInvalid;
  if (!in.enabled) return DropReason::kInterfaceDisabled;
  return std::nullopt;
}

std::optional<DropReason> ReferenceRouter::WhyNotIpv6(const Interface& in, const Bytes& station, Bytes& packet) const {
  if (packet.size() < 40) return DropReason::kFrameTruncated;
  if (packet[0] >> 4 != 6) return DropReason::kIpVersion;
  const size_t total = 40 + size_t(Read16(packet, 4));
  const bool options = packet[6] == 0;
  if (total > packet.size() || total > 0xFFFF || (options && total == 40)) return DropReason::kIpTotalLength;
  packet.resize(total);
  const Address source = SourceOf(packet);
  const Address group = GroupOf(packet);
  const bool multicast = group[0] == 0xFF;
  const int scope = group[1] & 15;
  if (IsMld(packet) || (multicast ? scope == 2 || IsPim(packet) : !IsMulticastStation(station)))
    return DropReason::kNoConsumer;
  if (!multicast) return DropReason::kUnicastInMulticastFrame;
  if (scope == 0) return DropReason::kScopeReserved;
  if (scope == 1) return DropReason::kLinkLocalGroup;
  const bool from_ipv4 =
      Range{Address(16), 80}.Contains(source) && (Read16(source, 10) == 0 || Read16(source, 10) == 0xFFFF);
  if (source[0] == 0xFF || from_ipv4) return DropReason::kSourceInvalid;
  if (source[0] == 0xFE && source[1] >> 6 == 2) return DropReason::kSourceLinkLocal;
  if (!in.enabled) return DropReason::kInterfaceDisabled;
  return options ? WhyNotByOptions(packet) : std::nullopt;
}

std::vector<Frame> ReferenceRouter::Forward(Known& known, int arrival, int priority, Bytes packet) {
  const Entry& entry = known.entry;
  EntryTotals& totals = known.totals;
  if (entry.accept != kAnyInterface) {
    if (entry.accept != arrival) {
      ++totals.different_if_packets;
      return Drop(DropReason::kWrongInterface);
    }
    if (known.released.contains(arrival)) return Drop(DropReason::kReleased, &known);
  }
  const bool ipv6 = IsIpv6(packet);
  uint8_t& hops = packet[ipv6 ? 7 : 8];
  const int ttl = hops;
  if (ttl <= 1) {
    ++totals.ttl_packets;
    return Drop(DropReason::kTtlExpired);
  }
  ++totals.packets;
  totals.octets += packet.size();
  const Address group = GroupOf(packet);
  if (entry.oifs.empty()) {
    if (entry.no_route) return Drop(DropReason::kNoRoute);
    return Drop(IsSourceSpecific(group) ? DropReason::kSourceSpecificUnwanted : DropReason::kNoReceivers);
  }
  hops = uint8_t(ttl - 1);
  if (!ipv6) SetChecksum(packet);

  std::vector<Frame> sent;
  for (const int oif : entry.oifs) {
    if (const auto reason = WhyNoCopy(known, arrival, oif, packet, ttl)) {
      ++drops_[*reason];
      ++totals.oif_drops[oif][*reason];
      continue;
    }
    ++totals.oif_packets[oif];
    const Interface& out = interfaces_[size_t(oif)];
    for (const Bytes& fragment : ipv6 ? std::vector<Bytes>{packet} : Fragment(packet, out.mtu)) {
      Frame copy{out.port, {0x01, 0x00, 0x5E, uint8_t(packet[17] & 0x7F), packet[18], packet[19]}};
      if (ipv6) copy.bytes = {0x33, 0x33, packet[36], packet[37], packet[38], packet[39]};
      copy.bytes.insert(copy.bytes.end(), out.mac.begin(), out.mac.end());
      if (out.vlan != 0) {
        const int tag = out.pcp.value_or(priority) << 13 | out.vlan;
        for (int byte : {0x81, 0x00, tag >> 8, tag & 0xFF}) copy.bytes.push_back(uint8_t(byte));
      }
      for (int byte : {ipv6 ? 0x86 : 0x08, ipv6 ? 0xDD : 0x00}) copy.bytes.push_back(uint8_t(byte));
      copy.bytes.insert(copy.bytes.end(), fragment.begin(), fragment.end());
      sent.push_back(std::move(copy));
    }
  }
  return sent;
}

std::optional<DropReason> ReferenceRouter::WhyNoCopy(const Known& known, int arrival, int oif, const Bytes& packet,
                                                     int ttl) const {
  const Interface& out = interfaces_[size_t(oif)];
  if (oif == arrival) return DropReason::kArrivalInterface;
  if (known.released.contains(oif)) return DropReason::kStaleOif;
  if (!out.up) return DropReason::kOifDown;
  if (out.ttl_threshold == 0 || ttl <= out.ttl_threshold) return DropReason::kTtlThreshold;
  if (CrossesBoundary(out, GroupOf(packet))) return DropReason::kScopeBoundaryOut;
  if (packet.size() > size_t(out.mtu) && (IsIpv6(packet) || (packet[6] & 0x40)))
    return DropReason::kFragmentationNeeded;
  return std::nullopt;
}

}  // namespace mgmd::reference
