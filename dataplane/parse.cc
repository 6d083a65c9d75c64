#include <rte_byteorder.h>
#include <rte_prefetch.h>

#include "dataplane/checksum.h"
#include "dataplane/egress.h"
#include "dataplane/stages.h"

namespace mgmd::dataplane {
namespace {

constexpr uint32_t kIpv4Header = 20;
constexpr uint32_t kPrefetchAhead = 6;

uint16_t Load2(const uint8_t* from) {
  uint16_t word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}
uint16_t LoadBig2(const uint8_t* from) { return rte_be_to_cpu_16(Load2(from)); }

// Makes the first `octets` of the packet stand in its first segment. False: that segment has no
// room for them.
bool PullUp(rte_mbuf* mbuf, uint32_t octets) {
  if (octets > mbuf->buf_len) return false;
  if (octets > mbuf->data_len + uint32_t{rte_pktmbuf_tailroom(mbuf)}) {
    auto* const start = static_cast<uint8_t*>(mbuf->buf_addr);
    std::memmove(start, rte_pktmbuf_mtod(mbuf, uint8_t*), mbuf->data_len);
    mbuf->data_off = 0;
  }
  while (mbuf->data_len < octets) {
    rte_mbuf* const next = mbuf->next;
    const auto step =
        static_cast<uint16_t>(std::min<uint32_t>(octets - mbuf->data_len, next->data_len));
    std::memcpy(rte_pktmbuf_mtod_offset(mbuf, uint8_t*, mbuf->data_len),
                rte_pktmbuf_mtod(next, uint8_t*), step);
    mbuf->data_len = static_cast<uint16_t>(mbuf->data_len + step);
    next->data_len = static_cast<uint16_t>(next->data_len - step);
    next->data_off = static_cast<uint16_t>(next->data_off + step);
    if (next->data_len > 0) continue;
    mbuf->next = next->next;
    --mbuf->nb_segs;
    next->next = nullptr;
    next->nb_segs = 1;
    rte_pktmbuf_free_seg(next);
  }
  return true;
}

// Cuts the packet down to `octets`, which the first segment may exceed or not.
void Trim(rte_mbuf* mbuf, uint32_t octets) {
  mbuf->pkt_len = octets;
  rte_mbuf* last = mbuf;
  uint16_t segments = 1;
  while (octets > last->data_len) {
    octets -= last->data_len;
    last = last->next;
    ++segments;
  }
  last->data_len = static_cast<uint16_t>(octets);
  rte_mbuf* const rest = last->next;
  last->next = nullptr;
  mbuf->nb_segs = segments;
  for (rte_mbuf* segment = rest; segment != nullptr;) {
    rte_mbuf* const next = segment->next;
    segment->next = nullptr;
    segment->nb_segs = 1;
    rte_pktmbuf_free_seg(segment);
    segment = next;
  }
}

// Whether the options hold a router alert (RFC 2113). Options that make no sense end the search.
bool HasRouterAlert(const uint8_t* ip, uint32_t header) {
  for (uint32_t at = kIpv4Header; at < header;) {
    const uint8_t type = ip[at];
    if (type == 148) return true;
    if (type == 0) return false;
    if (type == 1) {
      ++at;
      continue;
    }
    if (at + 1 >= header || ip[at + 1] < 2) return false;
    at += ip[at + 1];
  }
  return false;
}

struct Verdict {
  bool keep;
  DropReason reason;
};
constexpr Verdict Reject(DropReason reason) { return {false, reason}; }

// Checks packet `from` of the batch and writes what it finds to place `to`.
Verdict ParsePacket(const WorkerState& worker, PacketBatch& batch, uint16_t port, uint32_t from,
                    uint32_t to) {
  rte_mbuf* const mbuf = batch.mbufs[from];
  uint32_t length = mbuf->pkt_len;
  if (length < kEthernetHeader) return Reject(DropReason::kFrameTruncated);
  // Tag and shortest IP header: no further look than that until the header length is known.
  const uint32_t front = std::min<uint32_t>(length, kEthernetHeader + kVlanTag + kIpv4Header);
  if (mbuf->data_len < front && !PullUp(mbuf, front)) return Reject(DropReason::kFrameTruncated);
  uint8_t* frame = rte_pktmbuf_mtod(mbuf, uint8_t*);

  uint16_t vlan = 0;
  uint16_t type = Load2(frame + 12);
  const bool multicast_frame = frame[0] & 1;
  if (mbuf->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) {
    vlan = mbuf->vlan_tci & 0xFFF;
  } else if (type == RTE_BE16(0x8100)) {
    if (length < kEthernetHeader + kVlanTag) return Reject(DropReason::kFrameTruncated);
    vlan = LoadBig2(frame + kEthernetHeader) & 0xFFF;
    type = Load2(frame + kEthernetHeader + 2);
    frame += kVlanTag;
    length -= kVlanTag;
    mbuf->data_off = static_cast<uint16_t>(mbuf->data_off + kVlanTag);
    mbuf->data_len = static_cast<uint16_t>(mbuf->data_len - kVlanTag);
    mbuf->pkt_len = length;
  }
  if (type != RTE_BE16(0x0800)) return Reject(DropReason::kUnsupportedEthertype);
  const uint16_t slot = worker.config.interfaces->Arrival(port, vlan);
  if (slot == Value(kNoSlot)) return Reject(DropReason::kUnknownVlan);
  const InterfaceLine::Limits limits = worker.config.interfaces->line(slot).load_limits();
  if (!(limits.flags & InterfaceLine::kUp)) return Reject(DropReason::kInterfaceDown);

  const uint32_t ip_room = length - kEthernetHeader;
  if (ip_room < kIpv4Header) return Reject(DropReason::kFrameTruncated);
  const uint8_t* ip = frame + kEthernetHeader;
  if (ip[0] >> 4 != 4) return Reject(DropReason::kIpVersion);
  const uint32_t header = (ip[0] & 15u) * 4;
  if (header < kIpv4Header) return Reject(DropReason::kIpHeaderLength);
  const uint32_t total = LoadBig2(ip + 2);
  if (total < header || total > ip_room) return Reject(DropReason::kIpTotalLength);
  if (kEthernetHeader + header > mbuf->data_len) [[unlikely]] {
    if (!PullUp(mbuf, kEthernetHeader + header)) return Reject(DropReason::kFrameTruncated);
    frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
    ip = frame + kEthernetHeader;
  }
  if ((mbuf->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) != RTE_MBUF_F_RX_IP_CKSUM_GOOD) {
    const uint16_t sum = header == kIpv4Header ? HeaderSum20(ip) : HeaderSum(ip, header);
    if (sum != 0xFFFF) return Reject(DropReason::kIpChecksum);
  }

  // A fragment that ends behind the largest datagram is none (and would be cut into pieces of a
  // false offset).
  const uint32_t offset = (LoadBig2(ip + 6) & 0x1FFFu) * 8;
  if (offset + total - header > UINT16_MAX) [[unlikely]]
    return Reject(DropReason::kIpTotalLength);

  // Source and group follow each other: one load, and already a key.
  const auto key = Ipv4FibKey::FromBits(rte_be_to_cpu_64(Load8(ip + 12)));
  const Ipv4Address source(static_cast<uint32_t>(key.bits() >> 32));
  const Ipv4Address group(static_cast<uint32_t>(key.bits()));
  if (!group.is_multicast()) {
    return Reject(multicast_frame ? DropReason::kUnicastInMulticastFrame
                                  : DropReason::kNotMulticast);
  }
  if (!source.is_valid_source()) return Reject(DropReason::kSourceInvalid);
  if (group.is_link_local_multicast()) return Reject(DropReason::kLinkLocalGroup);
  if (!(limits.flags & InterfaceLine::kEnabled)) return Reject(DropReason::kInterfaceDisabled);

  if (total < ip_room) {
    if (mbuf->nb_segs == 1) {
      mbuf->data_len = static_cast<uint16_t>(kEthernetHeader + total);
      mbuf->pkt_len = kEthernetHeader + total;
    } else {
      Trim(mbuf, kEthernetHeader + total);
    }
  }
  if (header > kIpv4Header) [[unlikely]] {
    batch.router_alerts |= uint64_t{HasRouterAlert(ip, header)} << to;
  }
  batch.mbufs[to] = mbuf;
  batch.frames[to] = frame;
  batch.keys[to] = key;
  batch.arrivals[to] = slot;
  batch.ip_lengths[to] = static_cast<uint16_t>(total);
  batch.ttls[to] = ip[8];
  return {true, {}};
}

}  // namespace

void Parse(WorkerState& worker, PacketBatch& batch, uint16_t port) {
  const uint32_t count = batch.count;
  for (uint32_t i = 0; i < std::min(kPrefetchAhead, count); ++i) {
    rte_prefetch0(rte_pktmbuf_mtod(batch.mbufs[i], void*));
  }
  batch.router_alerts = 0;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (i + kPrefetchAhead < count)
      rte_prefetch0(rte_pktmbuf_mtod(batch.mbufs[i + kPrefetchAhead], void*));
    rte_mbuf* const mbuf = batch.mbufs[i];
    const Verdict verdict = ParsePacket(worker, batch, port, i, kept);
    if (verdict.keep) [[likely]] {
      ++kept;
    } else {
      DropPacket(worker, mbuf, verdict.reason);
    }
  }
  batch.count = kept;
}

}  // namespace mgmd::dataplane
