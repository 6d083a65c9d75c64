#include <rte_byteorder.h>
#include <rte_prefetch.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <type_traits>

#include "dataplane/fib/key_bits.h"
#include "dataplane/frames/copy.h"
#include "dataplane/frames/ip_header.h"
#include "dataplane/frames/segments.h"
#include "dataplane/interfaces/egress.h"
#include "dataplane/stages/arrival.h"
#include "dataplane/stages/deliver.h"
#include "dataplane/stages/judge_headers.h"
#include "dataplane/stages/l4_checksum.h"
#include "dataplane/stages/local.h"
#include "dataplane/stages/parse_header.h"
#include "dataplane/stages/stages.h"

namespace mgmd::dataplane {
namespace {

constexpr uint32_t kPrefetchAhead = 6;
// In place of a header that is not whole, after which the buffer may end.
constexpr uint8_t kNoHeader[kIpv6Header] = {};

template <class Family>
constexpr uint32_t kIpHeader = kIpv4Header;
template <>
constexpr uint32_t kIpHeader<Ipv6> = kIpv6Header;

template <class Family>
constexpr rte_be16_t kType = RTE_BE16(kIpv4EtherType);
template <>
constexpr rte_be16_t kType<Ipv6> = RTE_BE16(kIpv6EtherType);

// Negative if the buffer of a frame of `length` octets has not the room for a tag in front of it or
// for whole lines.
int32_t RoomForLines(const rte_mbuf* mbuf, uint32_t length) {
  const int32_t front = mbuf->data_off;
  const auto lines = static_cast<int32_t>(LinesOf(length) * kLine);
  return (front - int32_t{kVlanTag}) | (int32_t{mbuf->buf_len} - front - lines);
}

// What is gathered of a family's packets, in order, before their headers are judged.
template <class Family>
struct Gathered {
  explicit Gathered(StreamBatch<Family>& the_batch) : batch(the_batch) {}

  // A packet whose Ethernet header stands at `frame`, and its IP header at `ip`.
  void Put(rte_mbuf* mbuf, uint8_t* frame, const uint8_t* ip, uint32_t length) {
    headers.Put(count, ip, length - kEthernetHeader);
    group_frames &= frame[0];
    batch.mbufs[count] = mbuf;
    batch.frames[count] = frame;
    room |= RoomForLines(mbuf, length);
    ++count;
  }

  StreamBatch<Family>& batch;
  Headers<Family> headers;
  uint32_t count = 0;
  int32_t room = 0;          // negative: RoomForLines() of one of them
  uint8_t group_frames = 1;  // bit 0: no frame is for a single station, which may be another one
  bool chained = false;      // one has several segments, or not a buffer of its own
  bool unlike = false;       // one wants a look of its own, whatever its header says
  uint64_t gates = 0;        // of the arrival interfaces: the flags that one of them has
};

// By the EtherType after at most one tag. Further tags have no way.
Verdict VerdictOfType(rte_be16_t type) {
  switch (type) {
    case kType<Ipv4>:
    case kType<Ipv6>:
      return Verdict::Stream();
    case RTE_BE16(0x0806):
      return Verdict::Local(LocalClass::kNeighbourOther);
    case RTE_BE16(0x8100):
    case RTE_BE16(0x88A8):
      return Verdict::Drop(DropReason::kUnsupportedEthertype);
    default:
      return Verdict::Local(LocalClass::kOther);
  }
}

// The Ethernet header of a packet that is not one segment, untagged and IP. Takes a tag off, so
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

void PrefetchFrame(const rte_mbuf* mbuf) { rte_prefetch0(rte_pktmbuf_mtod(mbuf, void*)); }

// Whether it has an untagged frame with room for a header of the family, in one segment and a buffer of its own.
template <class Family>
bool IsPlain(const rte_mbuf* mbuf, uint32_t length) {
  return length >= kEthernetHeader + kIpHeader<Family> && mbuf->data_len == length && mbuf->nb_segs == 1 &&
         (mbuf->ol_flags & (RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED | kPlacementFlags)) == 0;
}

template <class Family>
bool IsOrdinary(const rte_mbuf* mbuf, const uint8_t* frame, uint32_t length) {
  return IsPlain<Family>(mbuf, length) && Load2(frame + 12) == kType<Family>;
}

// Whether a frame is of the family and not from the address; neither, if both are zeros. In one comparison: source
// address and EtherType, as they stand side by side, differ from those of an own frame within the address alone.
template <class Family>
bool IsFromAnother(uint64_t own, const uint8_t* frame) {
  constexpr uint64_t kAddress = (uint64_t{1} << 48) - 1;
  const uint64_t difference = Load8(frame + 6) ^ (uint64_t{kType<Family>} << 48 | own);
  return difference - 1 < kAddress;
}

// Whether the frame comes from the address; looks for the Ethernet header in all segments.
bool IsFrom(uint64_t source, rte_mbuf* mbuf) {
  if (mbuf->pkt_len < kEthernetHeader) return false;
  if (mbuf->data_len < kEthernetHeader && !PullUp(mbuf, kEthernetHeader)) return false;
  return SourceWord(rte_pktmbuf_mtod(mbuf, const uint8_t*)) == source;
}

// All that have been gathered so far arrived there.
template <class Family>
void Arrive(Gathered<Family>& gathered, const Arrival::Side& arrival) {
  if (gathered.count == 0) return;
  std::fill_n(gathered.batch.arrivals, gathered.count, arrival.slot);
  gathered.unlike |= !arrival.gate.Has(Gate::kEnabled);
  gathered.gates |= arrival.gate.bits();
}

// Gathers ordinary frames of the family, of others than `own`, that stand in a row in a burst, from number `i` on.
// Returns the number of the one after them. A function of its own, so that the loop has the registers to itself.
template <class Family>
[[gnu::noinline]] uint32_t GatherRow(uint64_t own, rte_mbuf* const* burst, uint32_t i, uint32_t count,
                                     Gathered<Family>& gathered) {
  for (; i < count; ++i) {
    if (i + kPrefetchAhead < count) PrefetchFrame(burst[i + kPrefetchAhead]);
    rte_mbuf* const mbuf = burst[i];
    uint8_t* const frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
    const uint32_t length = mbuf->pkt_len;
    if (!IsPlain<Family>(mbuf, length) || !IsFromAnother<Family>(own, frame)) break;
    gathered.Put(mbuf, frame, frame + kEthernetHeader, length);
  }
  return i;
}

// Gathers the first of a burst of untagged IP frames in one segment each, which most are, on an
// interface that is up. Returns how many: the one after them wants a look of its own.
uint32_t GatherUntagged(const InterfaceTable& interfaces, uint16_t port, uint32_t count, Gathered<Ipv4>& ipv4,
                        Gathered<Ipv6>& ipv6) {
  const PortLine& line = interfaces.port(port);
  const uint64_t own = line.own_source.load(std::memory_order_relaxed);
  // Where some are encapsulated, each is looked at.
  if (line.encapsulated.load(std::memory_order_relaxed) != Value(kNoSlot)) return 0;
  Arrival arrival;
  FindArrival(interfaces, port, 0, Value(kNoSlot), arrival);
  const bool takes_ipv4 = arrival.ipv4.gate.Has(Gate::kUp);
  const bool takes_ipv6 = arrival.ipv6.gate.Has(Gate::kUp);
  rte_mbuf* const* const burst = ipv4.batch.mbufs;
  uint32_t gathered = 0;
  for (uint32_t before = UINT32_MAX; gathered != before && gathered < count;) {
    before = gathered;
    if (takes_ipv4) gathered = GatherRow(own, burst, gathered, count, ipv4);
    if (takes_ipv6) gathered = GatherRow(own, burst, gathered, count, ipv6);
  }
  Arrive(ipv4, arrival.ipv4);
  Arrive(ipv6, arrival.ipv6);
  return gathered;
}

// Why nothing of the family is taken there, if so. `other`: the interface in the other family.
std::optional<DropReason> WhyNotTaken(const Arrival::Side& arrival, const Arrival::Side& other) {
  if (arrival.slot == Value(kNoSlot)) [[unlikely]] {
    return other.slot != Value(kNoSlot) ? DropReason::kUnsupportedEthertype : DropReason::kUnknownVlan;
  }
  if (!arrival.gate.Has(Gate::kUp)) [[unlikely]]
    return DropReason::kInterfaceDown;
  return std::nullopt;
}

// A frame without IP: control's, where it is wanted.
void EndOtherFrame(Parser& with, uint64_t now, rte_mbuf* mbuf, const Arrival& arrival, LocalClass local_class) {
  const uint16_t slot = arrival.ipv4.slot;
  const auto drop = [&](DropReason reason) { DropPacket(with.stats, mbuf, reason); };
  if (const auto reason = WhyNotTaken(arrival.ipv4, arrival.ipv6)) return drop(*reason);
  if (IsForAnother(rte_pktmbuf_mtod(mbuf, const uint8_t*), with.interfaces, slot)) return drop(DropReason::kNotForUs);
  const bool arp = local_class == LocalClass::kNeighbourOther;
  if (arp) local_class = ArpClassOf(with.interfaces.own_addresses(slot), mbuf);
  if (!arrival.wanted.Has(local_class)) return drop(arp ? DropReason::kNoConsumer : DropReason::kUnsupportedEthertype);
  PuntLocal(with.local, now, mbuf, slot, local_class);
}

// A frame with IP of the family, untagged by now. `other`: the interface in the other family.
template <class Family>
void Gather(Parser& with, rte_mbuf* mbuf, const Arrival::Side& arrival, const Arrival::Side& other,
            Gathered<Family>& gathered) {
  if (const auto reason = WhyNotTaken(arrival, other)) [[unlikely]] {
    DropPacket(with.stats, mbuf, *reason);
    return;
  }
  const bool whole = mbuf->data_len >= kEthernetHeader + kIpHeader<Family>;
  gathered.unlike |= !whole || !arrival.gate.Has(Gate::kEnabled);
  gathered.gates |= arrival.gate.bits();
  gathered.chained |= mbuf->nb_segs != 1 || (mbuf->ol_flags & kPlacementFlags) != 0;
  gathered.batch.priorities |= (mbuf->ol_flags & RTE_MBUF_F_RX_VLAN) != 0 && (mbuf->vlan_tci & kPriorityBits) != 0;
  gathered.batch.arrivals[gathered.count] = arrival.slot;
  uint8_t* const frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
  gathered.Put(mbuf, frame, whole ? frame + kEthernetHeader : kNoHeader, mbuf->pkt_len);
}

// Ethernet, VLAN and arrival interface of each packet of a burst from number `first` on; gathers the
// headers of those that stay.
void GatherEach(Parser& with, uint64_t now, uint16_t port, uint32_t first, uint32_t count, Gathered<Ipv4>& ipv4,
                Gathered<Ipv6>& ipv6) {
  const InterfaceTable& interfaces = with.interfaces;
  const uint64_t own_source = interfaces.port(port).own_source.load(std::memory_order_relaxed);
  const uint16_t first_encapsulated = interfaces.port(port).encapsulated.load(std::memory_order_acquire);
  rte_mbuf* const* const burst = ipv4.batch.mbufs;
  Arrival arrival;
  for (uint32_t i = first; i < count; ++i) {
    if (i + kPrefetchAhead < count) PrefetchFrame(burst[i + kPrefetchAhead]);
    rte_mbuf* const mbuf = burst[i];
    if (own_source != 0 && IsFrom(own_source, mbuf)) [[unlikely]] {
      DropPacket(with.stats, mbuf, DropReason::kOwnFrame);
      continue;
    }
    uint16_t encapsulated = Value(kNoSlot);
    if (first_encapsulated != Value(kNoSlot)) [[unlikely]]
      encapsulated = Decapsulate(interfaces, first_encapsulated, mbuf);
    const uint8_t* frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
    const uint32_t length = mbuf->pkt_len;
    uint32_t vlan = 0;
    Verdict verdict = Verdict::Stream();
    if (!IsOrdinary<Ipv4>(mbuf, frame, length) && !IsOrdinary<Ipv6>(mbuf, frame, length)) [[unlikely]] {
      verdict = ParseEthernet(mbuf);
      if (verdict.way == Verdict::Way::kDrop) {
        DropPacket(with.stats, mbuf, verdict.reason);
        continue;
      }
      if (mbuf->ol_flags & RTE_MBUF_F_RX_VLAN) vlan = mbuf->vlan_tci & 0xFFFu;
      frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
    }
    FindArrival(interfaces, port, vlan, encapsulated, arrival);
    if (verdict.way == Verdict::Way::kLocal) [[unlikely]] {
      EndOtherFrame(with, now, mbuf, arrival, verdict.local_class);
    } else if (Load2(frame + 12) == kType<Ipv4>) {
      Gather(with, mbuf, arrival.ipv4, arrival.ipv6, ipv4);
    } else {
      Gather(with, mbuf, arrival.ipv6, arrival.ipv4, ipv6);
    }
  }
}

// The sender of a packet that is to be dropped is told what control is to name in it.
void AskForParameterProblem(Parser& with, uint64_t now, const rte_mbuf* mbuf, uint16_t slot, uint16_t problem_at) {
  const uint8_t* const frame = rte_pktmbuf_mtod(mbuf, const uint8_t*);
  const uint32_t octets = kIpv6Header + LoadBig2(frame + kEthernetHeader + 4);
  rte_mbuf* const quote = with.errors.Quote(now, slot, FrameReader(frame, mbuf->data_len, mbuf->next), octets);
  if (quote == nullptr) return;
  with.errors.Send({.quote = quote, .value = problem_at, .slot = slot, .kind = Icmpv6ErrorKind::kParameterProblem});
}

// Of a frame with the whole header of an IP packet.
template <class Family>
typename Family::Address GroupOf(const uint8_t* frame) {
  const uint8_t* const ip = frame + kEthernetHeader;
  if constexpr (std::is_same_v<Family, Ipv4>) {
    return Ipv4Address::FromNetwork(Load4(ip + 16));
  } else {
    return Ipv6Address::FromNetwork(ip + 24);
  }
}

template <class Family>
void ParseEach(Parser& with, uint64_t now, StreamBatch<Family>& batch) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < batch.count; ++i) {
    rte_mbuf* const mbuf = batch.mbufs[i];
    const uint16_t slot = batch.arrivals[i];
    const Verdict verdict = ParseHeader(with, batch, i, kept);
    if (verdict.way == Verdict::Way::kStream) [[likely]] {
      ++kept;
    } else if (verdict.way == Verdict::Way::kLocal) {
      PuntLocal(with.local, now, mbuf, slot, verdict.local_class);
    } else {
      // Its host may listen where nobody forwards.
      if (verdict.reason == DropReason::kInterfaceDisabled &&
          with.interfaces.line(slot).load_gate().Has(Gate::kDelivers)) {
        Deliver(with.local, now, mbuf, slot, GroupOf<Family>(rte_pktmbuf_mtod(mbuf, const uint8_t*)));
      }
      if (verdict.problem_at != 0) AskForParameterProblem(with, now, mbuf, slot, verdict.problem_at);
      DropPacket(with.stats, mbuf, verdict.reason);
    }
  }
  batch.count = kept;
}

// Takes Ethernet's padding off.
void TrimAll(const PacketBatch& batch) {
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

// From what has been gathered to the batch that goes on.
template <class Family>
void Judge(Parser& with, uint64_t now, Gathered<Family>& gathered, HeaderJudge<Family> judge, uint16_t port) {
  StreamBatch<Family>& batch = gathered.batch;
  batch.count = gathered.count;
  batch.whole_lines = !gathered.chained && gathered.room >= 0;
  bool padded = true;
  if (!judge(batch, gathered.headers, padded) || gathered.unlike || (gathered.group_frames & 1) == 0) [[unlikely]] {
    ParseEach(with, now, batch);
    padded = true;
  } else if constexpr (std::is_same_v<Family, Ipv6>) {
    for (uint32_t i = 0; i < batch.count; ++i) KeyBits::Copy(batch.frames[i] + kEthernetHeader + 8, batch.keys[i]);
  }
  if ((gathered.gates & (Gate::kCompleteChecksums | Gate::kDelivers)) != 0) [[unlikely]] {
    CompleteChecksums(with.interfaces, with.stats, batch, port);
    if ((gathered.gates & Gate::kDelivers) != 0) DeliverAll(with.local, now, batch);
  }
  if (padded) TrimAll(batch);
}

}  // namespace

template <class Family>
HeaderJudge<Family> FindHeaderJudge(InstructionSet set) {
  return ForSet<HeaderJudge<Family>>(set, JudgeHeaders<InstructionSet::kPortable>, JudgeHeaders<InstructionSet::kAvx2>,
                                     JudgeHeaders<InstructionSet::kAvx512>);
}

template HeaderJudge<Ipv4> FindHeaderJudge<Ipv4>(InstructionSet);
template HeaderJudge<Ipv6> FindHeaderJudge<Ipv6>(InstructionSet);

void Parse(Parser& with, uint64_t now, StreamBatch<Ipv4>& ipv4, StreamBatch<Ipv6>& ipv6, uint16_t port) {
  const uint32_t count = ipv4.count;
  for (uint32_t i = 0; i < std::min(kPrefetchAhead, count); ++i) PrefetchFrame(ipv4.mbufs[i]);
  ipv4.priorities = ipv6.priorities = false;
  ipv6.held = false;
  ipv6.count = 0;
  Gathered<Ipv4> gathered_ipv4(ipv4);
  Gathered<Ipv6> gathered_ipv6(ipv6);
  const uint32_t untagged = GatherUntagged(with.interfaces, port, count, gathered_ipv4, gathered_ipv6);
  if (untagged < count) [[unlikely]]
    GatherEach(with, now, port, untagged, count, gathered_ipv4, gathered_ipv6);
  Judge(with, now, gathered_ipv4, with.judge_ipv4, port);
  if (gathered_ipv6.count != 0) Judge(with, now, gathered_ipv6, with.judge_ipv6, port);
}

}  // namespace mgmd::dataplane
