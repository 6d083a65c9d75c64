#include <optional>

#include "dataplane/frames/ip_header.h"
#include "dataplane/frames/segments.h"
#include "dataplane/stages/extension_headers.h"
#include "dataplane/stages/local.h"
#include "dataplane/stages/parse_header.h"

namespace mgmd::dataplane {
namespace {

constexpr uint32_t kHeaders = kEthernetHeader + kIpv6Header;

// Of a packet that is not for the router itself: why its addresses do not let it be forwarded.
std::optional<DropReason> JudgeAddresses(const Ipv6Address& source, const Ipv6Address& group) {
  if (!group.is_multicast()) return DropReason::kUnicastInMulticastFrame;
  if (group.scope() == 0) return DropReason::kScopeReserved;
  if (group.is_link_local_multicast()) return DropReason::kLinkLocalGroup;
  if (!source.is_valid_source()) return DropReason::kSourceInvalid;
  // It never leaves its link, whatever the group's scope is (RFC 4007 section 9).
  if (source.is_link_local()) return DropReason::kSourceLinkLocal;
  return std::nullopt;
}

}  // namespace

Verdict ParseHeader(const Parser& with, StreamBatch<Ipv6>& batch, uint32_t from, uint32_t to) {
  rte_mbuf* const mbuf = batch.mbufs[from];
  uint8_t* frame = batch.frames[from];
  const bool group_frame = (frame[0] & 1) != 0;
  const uint16_t slot = batch.arrivals[from];
  const InterfaceLine& line = with.interfaces.line(slot);
  if (IsForAnother(frame, with.interfaces, slot)) return Verdict::Drop(DropReason::kNotForUs);
  if (mbuf->pkt_len < kHeaders) return Verdict::Drop(DropReason::kFrameTruncated);
  if (mbuf->data_len < kHeaders) [[unlikely]] {
    if (!PullUp(mbuf, kHeaders)) return Verdict::Drop(DropReason::kFrameTruncated);
    frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
  }
  const uint8_t* const ip = frame + kEthernetHeader;
  if (ip[0] >> 4 != 6) return Verdict::Drop(DropReason::kIpVersion);
  const uint32_t payload = LoadBig2(ip + 4);
  const uint32_t total = kIpv6Header + payload;
  const bool has_options = ip[6] == kHopByHopOptions;
  if (total > mbuf->pkt_len - kEthernetHeader || total > kMostIpv6Octets || (has_options && payload == 0))
    return Verdict::Drop(DropReason::kIpTotalLength);

  const auto source = Ipv6Address::FromNetwork(ip + 8);
  const auto group = Ipv6Address::FromNetwork(ip + 24);
  // Whatever its source, scope and hop limit are, on an interface that forwards or not: before
  // anything of these is looked at. Whom it is for makes the other checks.
  const UpperLayer upper = FindUpperLayer(mbuf, total);
  const OwnAddressesOn own = with.interfaces.own_addresses(slot);
  if (const auto local_class = LocalClassOf(own, mbuf, upper, group, group_frame && !IsBroadcast(frame)))
    return Verdict::LocalWhere(line.load_wanted(), *local_class, upper.fragment);

  if (const auto reason = JudgeAddresses(source, group)) return Verdict::Drop(*reason);
  if (!line.load_gate().Has(Gate::kEnabled)) return Verdict::Drop(DropReason::kInterfaceDisabled);
  if (has_options) {
    const HopByHopVerdict options = WalkHopByHop(mbuf, total, with.act_on_unknown_options);
    if (options.drop) return Verdict::Drop(*options.drop, options.problem_at);
  }

  batch.mbufs[to] = mbuf;
  batch.frames[to] = frame;
  batch.keys[to] = Ipv6FibKey::SourceGroupUnchecked(source, group);
  batch.arrivals[to] = slot;
  batch.ip_lengths[to] = static_cast<uint16_t>(total);
  batch.ttls[to] = ip[kHopsAt<Ipv6>];
  return Verdict::Stream();
}

}  // namespace mgmd::dataplane
