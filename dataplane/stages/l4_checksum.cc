#include "dataplane/stages/l4_checksum.h"

#include <rte_byteorder.h>
#include <rte_ip.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "dataplane/frames/checksum.h"
#include "dataplane/frames/ip_header.h"
#include "dataplane/interfaces/egress.h"
#include "dataplane/stages/extension_headers.h"

namespace mgmd::dataplane {
namespace {

constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;
constexpr uint32_t kUdpHeader = 8;
constexpr uint32_t kTcpHeader = 20;
constexpr uint32_t kUdpLength = 4;  // places in the header
constexpr uint32_t kUdpChecksum = 6;
constexpr uint32_t kTcpChecksum = 16;

// Sums are of 16-bit words as they lie in memory, as in checksum.h.

// The segment in which octet `at` of the packet stands; `at` becomes its place there.
rte_mbuf* SegmentOf(rte_mbuf* mbuf, uint32_t& at) {
  while (at >= mbuf->data_len) {
    at -= mbuf->data_len;
    mbuf = mbuf->next;
  }
  return mbuf;
}

// The folded sum of `octets` from octet `at` of the packet on, in whatever segments they stand.
uint16_t SumOf(rte_mbuf* mbuf, uint32_t at, uint32_t octets) {
  uint64_t sum = 0;
  uint32_t done = 0;
  for (const rte_mbuf* segment = SegmentOf(mbuf, at);; segment = segment->next, at = 0) {
    const uint32_t piece = std::min(octets - done, segment->data_len - at);
    const uint16_t words = rte_raw_cksum(rte_pktmbuf_mtod_offset(segment, uint8_t*, at), piece);
    // After an odd number of octets a piece's words begin with the second octet of the packet's.
    sum += done % 2 == 0 ? words : rte_bswap16(words);
    done += piece;
    if (done == octets) return FoldSum(sum);
  }
}

uint16_t ReadWord(rte_mbuf* mbuf, uint32_t at) {
  uint16_t space;
  uint16_t word;
  std::memcpy(&word, rte_pktmbuf_read(mbuf, at, sizeof(space), &space), sizeof(word));
  return word;
}

void Store2(rte_mbuf* mbuf, uint32_t at, uint16_t word) {
  uint8_t octets[2];
  std::memcpy(octets, &word, sizeof(word));
  for (const uint8_t octet : octets) {
    uint32_t place = at++;
    rte_mbuf* const segment = SegmentOf(mbuf, place);
    *rte_pktmbuf_mtod_offset(segment, uint8_t*, place) = octet;
  }
}

// A whole packet's payload.
struct Payload {
  uint8_t protocol;
  uint32_t header;         // octets in front of it, from the begin of the IP header
  uint16_t addresses_sum;  // of source and group
};

// Nothing: it is a fragment, or was not found.
template <class Family>
std::optional<Payload> FindPayload(const rte_mbuf* mbuf, const uint8_t* ip, uint32_t ip_length);

template <>
std::optional<Payload> FindPayload<Ipv4>(const rte_mbuf*, const uint8_t* ip, uint32_t) {
  if ((Load2(ip + 6) & RTE_BE16(0x3FFF)) != 0) return std::nullopt;
  return Payload{.protocol = ip[9], .header = (ip[0] & 15u) * 4, .addresses_sum = rte_raw_cksum(ip + 12, 8)};
}

template <>
std::optional<Payload> FindPayload<Ipv6>(const rte_mbuf* mbuf, const uint8_t* ip, uint32_t ip_length) {
  const UpperLayer upper = FindUpperLayer(mbuf, ip_length);
  if (upper.at == 0 || upper.fragment || upper.routed) return std::nullopt;
  return Payload{.protocol = upper.protocol, .header = upper.at, .addresses_sum = rte_raw_cksum(ip + 8, 32)};
}

// True: the packet's checksum was left to a card, and is right now.
template <class Family>
bool Complete(rte_mbuf* mbuf, const uint8_t* ip, uint32_t ip_length) {
  const std::optional<Payload> payload = FindPayload<Family>(mbuf, ip, ip_length);
  if (!payload || (payload->protocol != kUdp && payload->protocol != kTcp)) return false;
  const uint8_t protocol = payload->protocol;
  const uint32_t header = payload->header;
  const uint32_t l4 = kEthernetHeader + header;
  uint32_t length = ip_length - header;
  if (length < (protocol == kUdp ? kUdpHeader : kTcpHeader)) return false;
  if (protocol == kUdp) {
    const uint32_t said = rte_be_to_cpu_16(ReadWord(mbuf, l4 + kUdpLength));
    if (said < kUdpHeader || said > length) return false;
    length = said;
  }
  const uint32_t place = l4 + (protocol == kUdp ? kUdpChecksum : kTcpChecksum);
  const uint16_t field = ReadWord(mbuf, place);
  const uint16_t pseudo_header = FoldSum(uint64_t{payload->addresses_sum} + rte_cpu_to_be_16(protocol) +
                                         rte_cpu_to_be_16(static_cast<uint16_t>(length)));
  if (field != pseudo_header) [[likely]]
    return false;
  const uint16_t sum = SumOf(mbuf, l4, length);
  if (FoldSum(uint64_t{sum} + pseudo_header) == 0xFFFF) return false;
  // The field stands in for the pseudo-header. UDP writes the other zero, since zero says that
  // there is no checksum.
  const auto checksum = static_cast<uint16_t>(~sum);
  Store2(mbuf, place, checksum == 0 && protocol == kUdp ? uint16_t{0xFFFF} : checksum);
  return true;
}

}  // namespace

template <class Family>
void CompleteChecksums(const InterfaceTable& interfaces, WorkerStats& stats, const StreamBatch<Family>& batch,
                       uint16_t port) {
  uint64_t completed = 0;
  for (uint32_t i = 0; i < batch.count; ++i) {
    if (!interfaces.line(batch.arrivals[i]).load_gate().Has(Gate::kCompleteChecksums)) continue;
    completed += Complete<Family>(batch.mbufs[i], batch.frames[i] + kEthernetHeader, batch.ip_lengths[i]);
  }
  if (completed != 0) Add(stats.completed_checksums[port], completed);
}

void CompleteChecksum(WorkerStats& stats, rte_mbuf* mbuf, uint16_t port) {
  const auto* const frame = rte_pktmbuf_mtod(mbuf, const uint8_t*);
  const uint8_t* const ip = frame + kEthernetHeader;
  const uint16_t type = Load2(frame + 12);
  const bool completed = type == RTE_BE16(kIpv4EtherType)   ? Complete<Ipv4>(mbuf, ip, LoadBig2(ip + 2))
                         : type == RTE_BE16(kIpv6EtherType) ? Complete<Ipv6>(mbuf, ip, kIpv6Header + LoadBig2(ip + 4))
                                                            : false;
  if (completed) Add(stats.completed_checksums[port], 1);
}

template void CompleteChecksums(const InterfaceTable&, WorkerStats&, const StreamBatch<Ipv4>&, uint16_t);
template void CompleteChecksums(const InterfaceTable&, WorkerStats&, const StreamBatch<Ipv6>&, uint16_t);

}  // namespace mgmd::dataplane
