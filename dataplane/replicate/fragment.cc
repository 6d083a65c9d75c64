#include "dataplane/replicate/fragment.h"

#include <rte_byteorder.h>

#include <algorithm>

#include "dataplane/frames/checksum.h"
#include "dataplane/frames/copy.h"
#include "dataplane/frames/ip_header.h"
#include "dataplane/replicate/plain_copy.h"

namespace mgmd::dataplane {
namespace {

constexpr uint16_t kMoreFragments = 0x2000;
constexpr uint16_t kOffsetMask = 0x1FFF;

void StoreBig2(uint8_t* to, uint32_t value) {
  const rte_be16_t word = rte_cpu_to_be_16(static_cast<uint16_t>(value));
  std::memcpy(to, &word, sizeof(word));
}

// The copy's fragments do not all come about: it is lost, if none of them has been lost before.
void CountLost(Replicator& with, TxPort& port, uint64_t copy, uint32_t counter, uint16_t slot, DropReason reason) {
  // What has been buffered, of copies before and of this one, gets its own verdict first.
  FlushPort(with.tx, port);
  if (port.Lose(copy)) with.accounts.DropCopy(counter, slot, reason);
}

}  // namespace

uint32_t LaterFragmentHeader(const uint8_t* header, uint32_t octets, uint8_t (&to)[kMaxIpv4Header]) {
  std::memcpy(to, header, 20);
  uint32_t length = 20;
  for (uint32_t at = 20; at < octets;) {
    const uint8_t type = header[at];
    if (type == 0) break;
    if (type == 1) {
      ++at;
      continue;
    }
    const uint32_t size = at + 1 < octets ? header[at + 1] : 0;
    if (size < 2 || at + size > octets) break;
    if (type & 0x80) {
      std::memcpy(to + length, header + at, size);
      length += size;
    }
    at += size;
  }
  while (length % 4 != 0) to[length++] = 0;
  to[0] = static_cast<uint8_t>(0x40 | length / 4);
  return length;
}

void SendFragments(Replicator& with, const PacketBatch& batch, uint32_t packet, uint16_t link_mtu,
                   const Output& output) {
  TxPort& port = output.port;
  const uint64_t copy = ++port.last_fragmented;
  const uint32_t counter = batch.entries[packet];
  const uint8_t* const frame = batch.frames[packet];
  const uint8_t* const ip = frame + kEthernetHeader;
  const uint32_t first_header = (ip[0] & 15u) * 4;
  const uint32_t flags_and_offset = LoadBig2(ip + 6);
  uint8_t later_header[kMaxIpv4Header];
  const uint32_t later_length = LaterFragmentHeader(ip, first_header, later_header);
  // A fragment stands in one buffer.
  const uint32_t mtu = std::min<uint32_t>(link_mtu, with.copy_room - kEthernetHeader);

  FrameReader payload = ReadFrame(batch, packet, kEthernetHeader + first_header);

  const uint32_t payload_length = batch.ip_lengths[packet] - first_header;
  for (uint32_t done = 0; done < payload_length;) {
    const bool first = done == 0;
    const uint32_t header = first ? first_header : later_length;
    const uint32_t rest = payload_length - done;
    const bool last = header + rest <= mtu;
    const uint32_t piece = last ? rest : (mtu - header) / 8 * 8;

    rte_mbuf* const fragment = rte_pktmbuf_alloc(with.copy_pool);
    if (fragment == nullptr) {
      CountLost(with, port, copy, counter, output.slot, DropReason::kNoBuffers);
      return;
    }
    uint8_t* const to = rte_pktmbuf_mtod(fragment, uint8_t*);
    uint8_t* const to_ip = to + kEthernetHeader;
    std::memcpy(to, frame, kEthernetHeader);
    std::memcpy(to_ip, first ? ip : later_header, header);
    payload.Read(to_ip + header, piece);
    StoreBig2(to_ip + 2, header + piece);
    const uint32_t more = last ? flags_and_offset & kMoreFragments : kMoreFragments;
    const uint32_t offset = (flags_and_offset & kOffsetMask) + done / 8;
    StoreBig2(to_ip + 6, (flags_and_offset & ~uint32_t{kMoreFragments | kOffsetMask}) | more | offset);
    SetHeaderChecksum(to_ip, header);
    fragment->data_len = static_cast<uint16_t>(kEthernetHeader + header + piece);
    fragment->pkt_len = fragment->data_len;
    output.egress.Prepend(fragment, PriorityOf(batch, packet, output.egress));
    if (output.encapsulation != nullptr) Encapsulate(fragment, *output.encapsulation, PriorityOf(batch, packet));
    SetCharge(fragment, counter, output.slot);
    port.AppendFragment(fragment, copy);
    done += piece;
    Grown(with.tx, port, batch.port_limit);
  }
}

}  // namespace mgmd::dataplane
