#include "dataplane/frames/checksum.h"
#include "dataplane/frames/ip_header.h"
#include "dataplane/frames/segments.h"
#include "dataplane/stages/local.h"
#include "dataplane/stages/parse_header.h"

namespace mgmd::dataplane {

Verdict ParseHeader(const Parser& with, StreamBatch<Ipv4>& batch, uint32_t from, uint32_t to) {
  rte_mbuf* const mbuf = batch.mbufs[from];
  uint8_t* frame = batch.frames[from];
  const bool group_frame = (frame[0] & 1) != 0;
  const uint16_t slot = batch.arrivals[from];
  const InterfaceLine& line = with.interfaces.line(slot);
  if (IsForAnother(frame, with.interfaces, slot)) return Verdict::Drop(DropReason::kNotForUs);
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
  const OwnAddressesOn own = with.interfaces.own_addresses(slot);
  if (const auto local_class = LocalClassOf(own, ip[9], group, group_frame && !IsBroadcast(frame)))
    return Verdict::LocalWhere(line.load_wanted(), *local_class, (LoadBig2(ip + 6) & 0x3FFF) != 0);
  if (!group.is_multicast()) return Verdict::Drop(DropReason::kUnicastInMulticastFrame);
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
  if (!source.is_valid_source()) return Verdict::Drop(DropReason::kSourceInvalid);
  if (!line.load_gate().Has(Gate::kEnabled)) return Verdict::Drop(DropReason::kInterfaceDisabled);

  batch.mbufs[to] = mbuf;
  batch.frames[to] = frame;
  batch.keys[to] = Ipv4FibKey::SourceGroupUnchecked(source, group);
  batch.arrivals[to] = slot;
  batch.ip_lengths[to] = static_cast<uint16_t>(total);
  batch.ttls[to] = ip[8];
  return Verdict::Stream();
}

}  // namespace mgmd::dataplane
