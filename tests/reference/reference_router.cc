#include "tests/reference/reference_router.h"

#include <algorithm>

namespace mgmd::reference {
namespace {

int Read16(const Bytes& bytes, size_t at) { return bytes[at] << 8 | bytes[at + 1]; }

uint32_t Read32(const Bytes& bytes, size_t at) {
  return uint32_t(Read16(bytes, at)) << 16 | uint32_t(Read16(bytes, at + 2));
}

void Write16(Bytes& bytes, size_t at, int value) {
  bytes[at] = uint8_t(value >> 8);
  bytes[at + 1] = uint8_t(value);
}

size_t HeaderLength(const Bytes& packet) { return size_t(packet[0] & 15) * 4; }

// The sum of a header with its checksum is one of the two zeros of one's complement arithmetic;
// both are right, since RFC 1071 calls a header good whose words sum up to all ones.
bool ChecksumHolds(const Bytes& packet) {
  const int difference = HeaderChecksum(packet) - Read16(packet, 10);
  return difference == 0 || difference == -0xFFFF || difference == 0xFFFF;
}

void SetChecksum(Bytes& packet) { Write16(packet, 10, HeaderChecksum(packet)); }

// The options of all fragments but the first: those with the copied flag, padded to whole words.
Bytes CopiedOptions(const Bytes& packet) {
  Bytes options;
  for (size_t at = 20; at < HeaderLength(packet);) {
    const int type = packet[at];
    if (type == 0) break;
    if (type == 1) {
      at += 1;
      continue;
    }
    if (at + 1 >= HeaderLength(packet) || packet[at + 1] < 2 || at + packet[at + 1] > HeaderLength(packet)) break;
    const size_t length = packet[at + 1];
    if (type & 0x80) options.insert(options.end(), packet.begin() + long(at), packet.begin() + long(at + length));
    at += length;
  }
  while (options.size() % 4 != 0) options.push_back(0);
  return options;
}

// Whether an IPv6 packet is of multicast listener discovery, whatever stands in front of it; of a packet in fragments
// the first one is asked. At most eight extension headers are looked behind.
bool IsMld(const Bytes& packet) {
  int next = packet[6];
  size_t at = 40;
  for (int passed = 0; passed <= 8; ++passed) {
    if (next == 58) {
      const int type = at < packet.size() ? packet[at] : 0;
      return type == 130 || type == 131 || type == 132 || type == 143;
    }
    const bool passable = next == 43 || next == 44 || next == 60 || (next == 0 && passed == 0);
    if (!passable || at + 8 > packet.size()) return false;
    const bool fragment = next == 44;
    if (fragment && Read16(packet, at + 2) >> 3 != 0) return false;
    next = packet[at];
    at += fragment ? 8 : 8 * (size_t(packet[at + 1]) + 1);
  }
  return false;
}

// What a packet's hop-by-hop options make of it.
std::optional<DropReason> WhyNotByOptions(const Bytes& packet) {
  if (packet.size() < 48) return DropReason::kHbhMalformed;
  const size_t end = 40 + 8 * (size_t(packet[41]) + 1);
  if (end > packet.size()) return DropReason::kHbhMalformed;
  int options = 0;
  for (size_t at = 42; at < end;) {
    const int type = packet[at];
    if (type == 0) {
      at += 1;
      continue;
    }
    if (at + 1 == end || at + 2 + packet[at + 1] > end) return DropReason::kHbhMalformed;
    if (type != 1 && ++options == 9) return DropReason::kHbhOption;
    if (type == 5 && packet[at + 1] != 2) return DropReason::kHbhMalformed;
    if (type >= 0x40) return DropReason::kHbhOption;  // nothing above is known
    at += 2 + size_t(packet[at + 1]);
  }
  return std::nullopt;
}

}  // namespace

uint16_t OnesComplementSum(Bytes bytes) {
  if (bytes.size() % 2 != 0) bytes.push_back(0);
  uint32_t sum = 0;
  for (size_t at = 0; at < bytes.size(); at += 2) sum += uint32_t(Read16(bytes, at));
  while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
  return uint16_t(sum);
}

bool CompleteChecksum(Bytes& packet) {
  const bool udp = packet[9] == 17;
  if (!udp && packet[9] != 6) return false;
  if ((Read16(packet, 6) & 0x3FFF) != 0) return false;  // a fragment
  const size_t begin = HeaderLength(packet);
  size_t length = packet.size() - begin;
  if (length < (udp ? 8 : 20)) return false;
  if (udp) {
    const auto said = size_t(Read16(packet, begin + 4));
    if (said < 8 || said > length) return false;
    length = said;
  }
  const size_t place = begin + (udp ? 6 : 16);
  Bytes summed(packet.begin() + 12, packet.begin() + 20);
  for (const int octet : {0, int(packet[9]), int(length >> 8), int(length & 0xFF)}) {
    summed.push_back(uint8_t(octet));
  }
  if (Read16(packet, place) != OnesComplementSum(summed)) return false;
  summed.insert(summed.end(), packet.begin() + long(begin), packet.begin() + long(begin + length));
  if (OnesComplementSum(summed) == 0xFFFF) return false;
  Write16(summed, 12 + place - begin, 0);
  const int checksum = ~OnesComplementSum(summed) & 0xFFFF;
  Write16(packet, place, udp && checksum == 0 ? 0xFFFF : checksum);
  return true;
}

uint16_t HeaderChecksum(const Bytes& packet) {
  uint32_t sum = 0;
  for (size_t at = 0; at < HeaderLength(packet); at += 2) {
    if (at != 10) sum += uint32_t(Read16(packet, at));
  }
  while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
  return uint16_t(~sum);
}

std::vector<Bytes> Fragment(const Bytes& packet, int mtu) {
  if (packet.size() <= size_t(mtu)) return {packet};
  const Bytes first_header(packet.begin(), packet.begin() + long(HeaderLength(packet)));
  Bytes later_header(packet.begin(), packet.begin() + 20);
  const Bytes copied = CopiedOptions(packet);
  later_header.insert(later_header.end(), copied.begin(), copied.end());
  later_header[0] = uint8_t(0x40 | later_header.size() / 4);

  const int flags_and_offset = Read16(packet, 6);
  const bool more_follow = flags_and_offset & 0x2000;
  const Bytes data(packet.begin() + long(first_header.size()), packet.end());
  std::vector<Bytes> fragments;
  for (size_t done = 0; done < data.size();) {
    Bytes fragment = done == 0 ? first_header : later_header;
    const size_t room = (size_t(mtu) - fragment.size()) / 8 * 8;
    const size_t rest = data.size() - done;
    const bool last = rest <= size_t(mtu) - fragment.size();
    const size_t length = last ? rest : room;
    fragment.insert(fragment.end(), data.begin() + long(done), data.begin() + long(done + length));
    const int offset = (flags_and_offset & 0x1FFF) + int(done / 8);
    Write16(fragment, 2, int(fragment.size()));
    Write16(fragment, 6, (flags_and_offset & 0xC000) | (!last || more_follow ? 0x2000 : 0) | offset);
    SetChecksum(fragment);
    fragments.push_back(std::move(fragment));
    done += length;
  }
  return fragments;
}

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

ReferenceRouter::Known* ReferenceRouter::FindEntry(Ipv4Address source, Ipv4Address group) {
  Known* best = nullptr;
  for (Known& known : entries_) {
    const Entry& entry = known.entry;
    if (!entry.group.Contains(group)) continue;
    if (entry.source) {
      if (*entry.source == source) return &known;
      continue;
    }
    if (group.is_source_specific()) continue;
    if (best == nullptr || entry.group.length() > best->entry.group.length()) best = &known;
  }
  return best;
}

bool ReferenceRouter::CrossesBoundary(const Interface& interface, Ipv4Address group) const {
  if (interface.boundaries.empty()) return false;
  if (Ipv4Prefix(Ipv4Address(239, 255, 0, 0), 16).Contains(group)) return true;
  return std::any_of(interface.boundaries.begin(), interface.boundaries.end(),
                     [&](const Ipv4Prefix& prefix) { return prefix.Contains(group); });
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
  if (ethertype != 0x0800 && !ipv6) return Drop(DropReason::kUnsupportedEthertype);
  const int arrival = FindInterface(frame.port, tag & 0xFFF);
  if (arrival < 0) return Drop(DropReason::kUnknownVlan);
  const Interface& in = interfaces_[size_t(arrival)];
  if (!in.up) return Drop(DropReason::kInterfaceDown);

  Bytes packet(bytes.begin() + long(l2), bytes.end());
  if (ipv6) return ReceiveIpv6(in, Bytes(bytes.begin(), bytes.begin() + 6), std::move(packet));
  if (packet.size() < 20) return Drop(DropReason::kFrameTruncated);
  if (packet[0] >> 4 != 4) return Drop(DropReason::kIpVersion);
  if ((packet[0] & 15) < 5) return Drop(DropReason::kIpHeaderLength);
  const size_t total = size_t(Read16(packet, 2));
  if (total < HeaderLength(packet) || total > packet.size()) return Drop(DropReason::kIpTotalLength);
  packet.resize(total);
  if (packet[9] == 2) return Drop(DropReason::kNoConsumer);  // IGMP
  if (!ChecksumHolds(packet)) return Drop(DropReason::kIpChecksum);

  if ((Read16(packet, 6) & 0x1FFF) * 8 + int(packet.size() - HeaderLength(packet)) > 0xFFFF) {
    return Drop(DropReason::kIpTotalLength);
  }

  const Ipv4Address source(Read32(packet, 12));
  const Ipv4Address group(Read32(packet, 16));
  if (!group.is_multicast()) {
    return Drop(bytes[0] & 1 ? DropReason::kUnicastInMulticastFrame : DropReason::kNotMulticast);
  }
  if (!source.is_valid_source()) return Drop(DropReason::kSourceInvalid);
  if (group.is_link_local_multicast()) return Drop(DropReason::kLinkLocalGroup);
  if (!in.enabled) return Drop(DropReason::kInterfaceDisabled);
  if (in.complete_checksums && CompleteChecksum(packet)) ++completed_checksums_;

  Known* const known = FindEntry(source, group);
  if (CrossesBoundary(in, group)) return Drop(DropReason::kScopeBoundaryIn, known);
  if (known == nullptr) {
    ++unknown_streams_;
    return {};
  }
  return Forward(*known, arrival, tag >> 13, std::move(packet));
}

std::vector<Frame> ReferenceRouter::ReceiveIpv6(const Interface& in, const Bytes& station, Bytes packet) {
  const bool group_frame = station[0] & 1;
  if (!group_frame && station != in.mac) return Drop(DropReason::kNotForUs);
  if (packet.size() < 40) return Drop(DropReason::kFrameTruncated);
  if (packet[0] >> 4 != 6) return Drop(DropReason::kIpVersion);
  const size_t total = 40 + size_t(Read16(packet, 4));
  const bool options = packet[6] == 0;
  if (total > packet.size() || total > 0xFFFF || (options && total == 40)) return Drop(DropReason::kIpTotalLength);
  packet.resize(total);
  if (IsMld(packet)) return Drop(DropReason::kNoConsumer);

  if (packet[24] != 0xFF) {
    return Drop(group_frame ? DropReason::kUnicastInMulticastFrame : DropReason::kNotMulticast);
  }
  const auto zeros = [&packet](size_t from, size_t to) {
    return std::all_of(packet.begin() + long(from), packet.begin() + long(to),
                       [](uint8_t octet) { return octet == 0; });
  };
  const bool mapped = zeros(8, 18) && Read16(packet, 18) == 0xFFFF;
  if (packet[8] == 0xFF || zeros(8, 20) || mapped) return Drop(DropReason::kSourceInvalid);
  if (packet[8] == 0xFE && packet[9] >> 6 == 2) return Drop(DropReason::kSourceLinkLocal);
  const int scope = packet[25] & 15;
  if (scope == 0) return Drop(DropReason::kScopeReserved);
  if (scope <= 2) return Drop(DropReason::kLinkLocalGroup);
  if (!in.enabled) return Drop(DropReason::kInterfaceDisabled);
  if (options) {
    if (const auto reason = WhyNotByOptions(packet)) return Drop(*reason);
  }
  ++unknown_streams_;
  return {};
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
  const int ttl = packet[8];
  if (ttl <= 1) {
    ++totals.ttl_packets;
    return Drop(DropReason::kTtlExpired);
  }
  ++totals.packets;
  totals.octets += packet.size();
  const Ipv4Address group(Read32(packet, 16));
  if (entry.oifs.empty()) {
    if (entry.no_route) return Drop(DropReason::kNoRoute);
    return Drop(group.is_source_specific() ? DropReason::kSourceSpecificUnwanted : DropReason::kNoReceivers);
  }
  packet[8] = uint8_t(ttl - 1);
  SetChecksum(packet);

  std::vector<Frame> sent;
  for (const int oif : entry.oifs) {
    if (const auto reason = WhyNoCopy(known, arrival, oif, packet, ttl)) {
      ++drops_[*reason];
      ++totals.oif_drops[oif][*reason];
      continue;
    }
    ++totals.oif_packets[oif];
    const Interface& out = interfaces_[size_t(oif)];
    for (const Bytes& fragment : Fragment(packet, out.mtu)) {
      Frame copy{out.port, {0x01, 0x00, 0x5E, uint8_t(packet[17] & 0x7F), packet[18], packet[19]}};
      copy.bytes.insert(copy.bytes.end(), out.mac.begin(), out.mac.end());
      if (out.vlan != 0) {
        const int tag = out.pcp.value_or(priority) << 13 | out.vlan;
        for (int byte : {0x81, 0x00, tag >> 8, tag & 0xFF}) copy.bytes.push_back(uint8_t(byte));
      }
      copy.bytes.push_back(0x08);
      copy.bytes.push_back(0x00);
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
  if (CrossesBoundary(out, Ipv4Address(Read32(packet, 16)))) return DropReason::kScopeBoundaryOut;
  if (packet.size() > size_t(out.mtu) && (packet[6] & 0x40)) return DropReason::kFragmentationNeeded;
  return std::nullopt;
}

}  // namespace mgmd::reference
