#include <rte_byteorder.h>
#include <rte_prefetch.h>

#include "dataplane/frames/checksum.h"
#include "dataplane/frames/copy.h"
#include "dataplane/frames/segments.h"
#include "dataplane/interfaces/egress.h"
#include "dataplane/stages/arrival.h"
#include "dataplane/stages/judge_headers.h"
#include "dataplane/stages/l4_checksum.h"
#include "dataplane/stages/local.h"
#include "dataplane/stages/stages.h"

namespace mgmd::dataplane {
namespace {

constexpr uint32_t kPrefetchAhead = 6;
// In place of a header that is not whole, after which the buffer may end.
constexpr uint8_t kNoHeader[kIpv4Header] = {};

uint16_t Load2(const uint8_t* from) {
  uint16_t word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}
uint32_t Load4(const uint8_t* from) {
  uint32_t word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}
uint16_t LoadBig2(const uint8_t* from) { return rte_be_to_cpu_16(Load2(from)); }

// What is gathered of a batch before its headers are judged.
struct Gathered {
  Ipv4Headers headers;
  bool unlike = false;      // a packet wants a look of its own, whatever its header says
  bool unfinished = false;  // an arrival interface has Gate::kCompleteChecksums

  // The header at `ip`, of packet i, in a frame of `length` octets.
  void Put(uint32_t i, const uint8_t* ip, uint32_t length) {
    headers.first[i] = Load8(ip);
    headers.hop[i] = Load4(ip + 8);
    headers.addresses[i] = Load8(ip + 12);
    headers.room[i] = length - kEthernetHeader;
  }
};

// Negative if the buffer of a frame of `length` octets has not the room for a tag in front of it or
// for whole lines.
int32_t RoomForLines(const rte_mbuf* mbuf, uint32_t length) {
  const int32_t front = mbuf->data_off;
  const auto lines = static_cast<int32_t>(LinesOf(length) * kLine);
  return (front - int32_t{kVlanTag}) | (int32_t{mbuf->buf_len} - front - lines);
}

// By the EtherType after at most one tag. IPv6 and further tags have no way yet.
Verdict VerdictOfType(rte_be16_t type) {
  switch (type) {
    case RTE_BE16(0x0800):
      return Verdict::Stream();
    case RTE_BE16(0x0806):
      return Verdict::Local(LocalClass::kNeighbour);
    case RTE_BE16(0x8100):
    case RTE_BE16(0x88A8):
    case RTE_BE16(0x86DD):
      return Verdict::Drop(DropReason::kUnsupportedEthertype);
    default:
      return Verdict::Local(LocalClass::kOther);
  }
}

// The Ethernet header of a packet that is not one segment, untagged and IPv4. Takes a tag off, so
// that an untagged frame is left; the mbuf says then which it was, as where the device took it off.
Verdict ParseEthernet(rte_mbuf* mbuf) {
  const uint32_t length = mbuf->pkt_len;
  if (length < kEthernetHeader) return Verdict::Drop(DropReason::kFrameTruncated);
  // Tag and shortest IP header: no further look than that until the header length is known.
  const uint32_t front = std::min<uint32_t>(length, kEthernetHeader + kVlanTag + kIpv4Header);
  if (mbuf->data_len < front && !PullUp(mbuf, front)) return Verdict::Drop(DropReason::kFrameTruncated);
  uint8_t* const frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
  uint16_t type = Load2(frame + 12);
  mbuf->ol_flags &= ~RTE_MBUF_F_RX_VLAN;
  if (mbuf->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) {
    mbuf->ol_flags |= RTE_MBUF_F_RX_VLAN;
  } else if (type == RTE_BE16(0x8100)) {
    if (length < kEthernetHeader + kVlanTag) return Verdict::Drop(DropReason::kFrameTruncated);
    mbuf->vlan_tci = LoadBig2(frame + kEthernetHeader);
    mbuf->ol_flags |= RTE_MBUF_F_RX_VLAN;
    type = Load2(frame + kEthernetHeader + 2);
    mbuf->data_off = static_cast<uint16_t>(mbuf->data_off + kVlanTag);
    mbuf->data_len = static_cast<uint16_t>(mbuf->data_len - kVlanTag);
    mbuf->pkt_len = length - kVlanTag;
    std::memmove(frame + kVlanTag, frame, 2 * sizeof(MacAddress));
  }
  return VerdictOfType(type);
}

void PrefetchFrame(const StreamBatch<Ipv4>& batch, uint32_t i) {
  rte_prefetch0(rte_pktmbuf_mtod(batch.mbufs[i], void*));
}

// Whether it is an untagged IPv4 frame, in one segment and a buffer of its own, with a header.
bool IsOrdinary(const rte_mbuf* mbuf, const uint8_t* frame, uint32_t length) {
  return length >= kEthernetHeader + kIpv4Header && mbuf->data_len == length && mbuf->nb_segs == 1 &&
         (mbuf->ol_flags & (RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED | kPlacementFlags)) == 0 &&
         Load2(frame + 12) == RTE_BE16(0x0800);
}

// Whether the frame comes from the address; looks for the Ethernet header in all segments.
bool IsFrom(uint64_t source, rte_mbuf* mbuf) {
  if (mbuf->pkt_len < kEthernetHeader) return false;
  if (mbuf->data_len < kEthernetHeader && !PullUp(mbuf, kEthernetHeader)) return false;
  return SourceWord(rte_pktmbuf_mtod(mbuf, const uint8_t*)) == source;
}

// Gathers the headers of a batch of untagged IPv4 frames in one segment each, which most are, on an
// interface that is up. False: it is another batch, and nothing has been decided.
bool GatherUntagged(const InterfaceTable& interfaces, StreamBatch<Ipv4>& batch, uint16_t port, Gathered& gathered) {
  const uint16_t slot = interfaces.Arrival(port, 0);
  if (slot == Value(kNoSlot)) return false;
  // Where the host's own frames are heard, or some are encapsulated, each is looked at.
  const PortLine& line = interfaces.port(port);
  if (line.own_source.load(std::memory_order_relaxed) != 0) return false;
  if (line.encapsulated.load(std::memory_order_relaxed) != Value(kNoSlot)) return false;
  const Gate gate = interfaces.line(slot).load_gate();
  if (!gate.Has(Gate::kUp)) return false;
  const uint32_t count = batch.count;
  int32_t room = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (i + kPrefetchAhead < count) PrefetchFrame(batch, i + kPrefetchAhead);
    rte_mbuf* const mbuf = batch.mbufs[i];
    uint8_t* const frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
    const uint32_t length = mbuf->pkt_len;
    if (!IsOrdinary(mbuf, frame, length)) [[unlikely]]
      return false;
    room |= RoomForLines(mbuf, length);
    gathered.Put(i, frame + kEthernetHeader, length);
    batch.frames[i] = frame;
  }
  std::fill_n(batch.arrivals, count, slot);
  gathered.unlike = !gate.Has(Gate::kEnabled);
  gathered.unfinished = gate.Has(Gate::kCompleteChecksums);
  batch.whole_lines = room >= 0;
  return true;
}

// A frame without IP: control's, where it is wanted.
void EndOtherFrame(Parser& with, uint64_t now, rte_mbuf* mbuf, const Arrival& arrival, LocalClass local_class) {
  if (!arrival.wanted.Has(local_class)) {
    DropPacket(with.stats, mbuf, DropReason::kUnsupportedEthertype);
  } else if (!arrival.gate.Has(Gate::kUp)) {
    DropPacket(with.stats, mbuf, DropReason::kInterfaceDown);
  } else {
    PuntLocal(with.local, now, mbuf, arrival.slot, local_class);
  }
}

// Ethernet, VLAN and arrival interface of every packet; gathers the headers of those that stay.
void GatherHeaders(Parser& with, uint64_t now, StreamBatch<Ipv4>& batch, uint16_t port, Gathered& gathered) {
  const InterfaceTable& interfaces = with.interfaces;
  const uint32_t count = batch.count;
  const uint64_t own_source = interfaces.port(port).own_source.load(std::memory_order_relaxed);
  const uint16_t first_encapsulated = interfaces.port(port).encapsulated.load(std::memory_order_acquire);
  Arrival arrival;
  uint32_t kept = 0;
  bool chained = false;
  int32_t room = 0;  // negative: a buffer has not the room for a tag or for whole lines
  for (uint32_t i = 0; i < count; ++i) {
    if (i + kPrefetchAhead < count) PrefetchFrame(batch, i + kPrefetchAhead);
    rte_mbuf* const mbuf = batch.mbufs[i];
    uint8_t* frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
    uint32_t length = mbuf->pkt_len;
    if (own_source != 0) [[unlikely]] {
      if (IsFrom(own_source, mbuf)) {
        DropPacket(with.stats, mbuf, DropReason::kOwnFrame);
        continue;
      }
      frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
    }
    uint16_t encapsulated = Value(kNoSlot);
    if (first_encapsulated != Value(kNoSlot)) [[unlikely]] {
      encapsulated = Decapsulate(interfaces, first_encapsulated, mbuf);
      frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
      length = mbuf->pkt_len;
    }
    uint32_t vlan = 0;
    bool whole = true;
    Verdict verdict = Verdict::Stream();
    if (!IsOrdinary(mbuf, frame, length)) [[unlikely]] {
      verdict = ParseEthernet(mbuf);
      if (verdict.way == Verdict::Way::kDrop) {
        DropPacket(with.stats, mbuf, verdict.reason);
        continue;
      }
      if (mbuf->ol_flags & RTE_MBUF_F_RX_VLAN) {
        vlan = mbuf->vlan_tci & 0xFFFu;
        batch.priorities |= (mbuf->vlan_tci & kPriorityBits) != 0;
      }
      frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
      length = mbuf->pkt_len;
      chained |= mbuf->nb_segs != 1 || (mbuf->ol_flags & kPlacementFlags) != 0;
      whole = mbuf->data_len >= kEthernetHeader + kIpv4Header;
    }
    FindArrival(interfaces, port, vlan, encapsulated, arrival);
    if (verdict.way == Verdict::Way::kLocal) [[unlikely]] {
      EndOtherFrame(with, now, mbuf, arrival, verdict.local_class);
      continue;
    }
    room |= RoomForLines(mbuf, length);
    if (arrival.slot == Value(kNoSlot)) [[unlikely]] {
      DropPacket(with.stats, mbuf, DropReason::kUnknownVlan);
      continue;
    }
    if (!arrival.gate.Has(Gate::kUp)) [[unlikely]] {
      DropPacket(with.stats, mbuf, DropReason::kInterfaceDown);
      continue;
    }
    gathered.unlike |= !whole || !arrival.gate.Has(Gate::kEnabled);
    gathered.unfinished |= arrival.gate.Has(Gate::kCompleteChecksums);
    const uint8_t* const ip = whole ? frame + kEthernetHeader : kNoHeader;
    gathered.Put(kept, ip, length);
    batch.mbufs[kept] = mbuf;
    batch.frames[kept] = frame;
    batch.arrivals[kept] = arrival.slot;
    ++kept;
  }
  batch.count = kept;
  batch.whole_lines = !chained && room >= 0;
}

// Whether a frame for the address is for all stations.
bool IsBroadcast(const uint8_t* station) { return (Load8(station) & 0xFFFFFFFFFFFF) == 0xFFFFFFFFFFFF; }

// The IPv4 header of packet `from`, rule by rule; writes what it finds to place `to`.
Verdict ParseIp(const InterfaceTable& interfaces, StreamBatch<Ipv4>& batch, uint32_t from, uint32_t to) {
  rte_mbuf* const mbuf = batch.mbufs[from];
  uint8_t* frame = batch.frames[from];
  const bool group_frame = (frame[0] & 1) != 0;
  const uint16_t slot = batch.arrivals[from];
  const InterfaceLine& line = interfaces.line(slot);
  const uint32_t ip_room = mbuf->pkt_len - kEthernetHeader;
  if (mbuf->pkt_len < kEthernetHeader + kIpv4Header) return Verdict::Drop(DropReason::kFrameTruncated);
  const uint8_t* ip = frame + kEthernetHeader;
  if (ip[0] >> 4 != 4) return Verdict::Drop(DropReason::kIpVersion);
  const uint32_t header = (ip[0] & 15u) * 4;
  if (header < kIpv4Header) return Verdict::Drop(DropReason::kIpHeaderLength);
  const uint32_t total = LoadBig2(ip + 2);
  if (total < header || total > ip_room) return Verdict::Drop(DropReason::kIpTotalLength);
  // Whatever its source, TTL and options are, in fragments or whole, on an interface that forwards or
  // not: before anything of these is looked at. Whom it is for makes the other checks.
  const Ipv4Address group = Ipv4Address::FromNetwork(Load4(ip + 16));
  const auto local_class = LocalClassOf(ip[9], group, group_frame && !IsBroadcast(frame));
  if (local_class && line.load_wanted().Has(*local_class)) return Verdict::Local(*local_class);
  if (ip[9] == kIgmp) return Verdict::Drop(DropReason::kNoConsumer);
  if (kEthernetHeader + header > mbuf->data_len) [[unlikely]] {
    if (!PullUp(mbuf, kEthernetHeader + header)) return Verdict::Drop(DropReason::kFrameTruncated);
    frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
    ip = frame + kEthernetHeader;
  }
  if ((mbuf->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) != RTE_MBUF_F_RX_IP_CKSUM_GOOD &&
      HeaderSum(ip, header) != 0xFFFF) {
    return Verdict::Drop(DropReason::kIpChecksum);
  }
  // A fragment that ends beyond the largest datagram is none (and would be cut into pieces of a
  // false offset).
  const uint32_t offset = (LoadBig2(ip + 6) & 0x1FFFu) * 8;
  if (offset + total - header > UINT16_MAX) [[unlikely]]
    return Verdict::Drop(DropReason::kIpTotalLength);

  const Ipv4Address source = Ipv4Address::FromNetwork(Load4(ip + 12));
  if (!group.is_multicast()) {
    return Verdict::Drop(group_frame ? DropReason::kUnicastInMulticastFrame : DropReason::kNotMulticast);
  }
  if (!source.is_valid_source()) return Verdict::Drop(DropReason::kSourceInvalid);
  if (group.is_link_local_multicast()) return Verdict::Drop(DropReason::kLinkLocalGroup);
  if (!line.load_gate().Has(Gate::kEnabled)) return Verdict::Drop(DropReason::kInterfaceDisabled);

  batch.mbufs[to] = mbuf;
  batch.frames[to] = frame;
  batch.keys[to] = Ipv4FibKey::SourceGroupUnchecked(source, group);
  batch.arrivals[to] = slot;
  batch.ip_lengths[to] = static_cast<uint16_t>(total);
  batch.ttls[to] = ip[8];
  return Verdict::Stream();
}

void ParseEach(Parser& with, uint64_t now, StreamBatch<Ipv4>& batch) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < batch.count; ++i) {
    rte_mbuf* const mbuf = batch.mbufs[i];
    const uint16_t slot = batch.arrivals[i];
    const Verdict verdict = ParseIp(with.interfaces, batch, i, kept);
    if (verdict.way == Verdict::Way::kStream) [[likely]] {
      ++kept;
    } else if (verdict.way == Verdict::Way::kLocal) {
      PuntLocal(with.local, now, mbuf, slot, verdict.local_class);
    } else {
      DropPacket(with.stats, mbuf, verdict.reason);
    }
  }
  batch.count = kept;
}

// Takes Ethernet's padding off.
void TrimAll(const StreamBatch<Ipv4>& batch) {
  for (uint32_t i = 0; i < batch.count; ++i) {
    rte_mbuf* const mbuf = batch.mbufs[i];
    const uint32_t length = kEthernetHeader + uint32_t{batch.ip_lengths[i]};
    if (length == mbuf->pkt_len) continue;
    if (mbuf->nb_segs == 1) {
      mbuf->data_len = static_cast<uint16_t>(length);
      mbuf->pkt_len = length;
    } else {
      Trim(mbuf, length);
    }
  }
}

}  // namespace

HeaderJudge FindHeaderJudge(InstructionSet set) {
  return ForSet<HeaderJudge>(set, JudgeHeaders<InstructionSet::kPortable>, JudgeHeaders<InstructionSet::kAvx2>,
                             JudgeHeaders<InstructionSet::kAvx512>);
}

void Parse(Parser& with, uint64_t now, StreamBatch<Ipv4>& batch, uint16_t port) {
  for (uint32_t i = 0; i < std::min(kPrefetchAhead, batch.count); ++i) PrefetchFrame(batch, i);
  batch.priorities = false;
  Gathered gathered;
  if (!GatherUntagged(with.interfaces, batch, port, gathered)) GatherHeaders(with, now, batch, port, gathered);
  bool padded = true;
  if (!with.judge(batch, gathered.headers, padded) || gathered.unlike) [[unlikely]] {
    ParseEach(with, now, batch);
    padded = true;
  }
  if (gathered.unfinished) [[unlikely]]
    CompleteChecksums(with.interfaces, with.stats, batch, port);
  if (padded) TrimAll(batch);
}

}  // namespace mgmd::dataplane
