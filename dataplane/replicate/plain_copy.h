#ifndef MGMD_DATAPLANE_REPLICATE_PLAIN_COPY_H_
#define MGMD_DATAPLANE_REPLICATE_PLAIN_COPY_H_

// The innermost work of replicate, inlined where copies are made: what is asked of a packet's frame, and how a frame
// that lies in one piece is copied in whole lines, gets the header of its oif, and its mbuf is filled with four stores.

#include <rte_mbuf.h>

#include <cstddef>
#include <cstdint>

#include "dataplane/batch/packet_batch.h"
#include "dataplane/frames/copy.h"
#include "dataplane/frames/ip_header.h"
#include "dataplane/interfaces/egress.h"

namespace mgmd::dataplane {

// Octets that every copy of the frame has of its own: the headers, of which the Ethernet header differs.
inline uint32_t FrontOf(const uint8_t* frame) { return kEthernetHeader + HeaderOctets(frame + kEthernetHeader); }

// The frame of a packet from octet `from` of its first segment on, whether its mbuf is shared or not.
inline FrameReader ReadFrame(const PacketBatch& batch, uint32_t packet, uint32_t from) {
  const uint8_t* const frame = batch.frames[packet];
  const rte_mbuf* const mbuf = batch.mbufs[packet];
  // A shared packet's mbuf begins after its headers, but these stand where they stood.
  const uint32_t front = batch.claims.shared(packet) ? FrontOf(frame) : 0;
  return {frame + from, front + mbuf->data_len - from, mbuf->next};
}

inline uint8_t* AfterHeadroom(rte_mbuf* mbuf) { return static_cast<uint8_t*>(mbuf->buf_addr) + RTE_PKTMBUF_HEADROOM; }

// Makes a raw buffer a packet of one segment: four words say everything that the pool does not keep
// as it is.
inline void SetSingle(rte_mbuf* mbuf, uint32_t data_off, uint32_t length, uint64_t charge) {
  static_assert(offsetof(rte_mbuf, ol_flags) == offsetof(rte_mbuf, data_off) + 8);
  static_assert(offsetof(rte_mbuf, pkt_len) == offsetof(rte_mbuf, data_off) + 20);
  static_assert(offsetof(rte_mbuf, data_len) == offsetof(rte_mbuf, data_off) + 24);
  auto* const words = reinterpret_cast<uint8_t*>(mbuf) + offsetof(rte_mbuf, data_off);
  Store8(words, data_off | uint64_t{1} << 16 | uint64_t{1} << 32 | uint64_t{RTE_MBUF_PORT_INVALID} << 48);
  Store8(words + 8, 0);
  Store8(words + 16, uint64_t{length} << 32);
  Store8(words + 24, length | charge);
}

// The priority that the packet came with. Not once its own mbuf is on its way out.
inline uint64_t PriorityOf(const PacketBatch& batch, uint32_t i) {
  if (!batch.priorities) return 0;
  const rte_mbuf* const mbuf = batch.mbufs[i];
  return (mbuf->ol_flags & RTE_MBUF_F_RX_VLAN) != 0 ? PriorityWord(mbuf->vlan_tci) : 0;
}

// The same for Egress::Write(). Asks nothing of the packet where the oif is untagged.
inline uint64_t PriorityOf(const PacketBatch& batch, uint32_t i, const Egress& egress) {
  return egress.tagged ? PriorityOf(batch, i) : 0;
}

// The Ethernet header of the frame of `length` octets after the headroom, and all that the mbuf
// says.
inline void Finish(rte_mbuf* mbuf, const Egress& egress, uint64_t priority, uint32_t length, uint64_t charge) {
  egress.Write(AfterHeadroom(mbuf), priority);
  SetSingle(mbuf, RTE_PKTMBUF_HEADROOM - uint32_t{egress.front()}, length + egress.front(), charge);
}

inline void CopyPlain(const PacketBatch& batch, uint32_t i, const Egress& egress, uint64_t charge, rte_mbuf* mbuf) {
  CopyLines(AfterHeadroom(mbuf), batch.frames[i], batch.lines[i]);
  Finish(mbuf, egress, PriorityOf(batch, i, egress), batch.lengths[i], charge);
}

// Gives the mbuf of a packet that is copied in whole lines the header of the oif.
inline rte_mbuf* TakePlain(const PacketBatch& batch, uint32_t i, const Egress& egress, uint64_t charge) {
  rte_mbuf* const mbuf = batch.mbufs[i];
  egress.Write(batch.frames[i], PriorityOf(batch, i, egress));
  mbuf->ol_flags = 0;
  const uint32_t length = batch.lengths[i] + egress.front();
  Store8(reinterpret_cast<uint8_t*>(&mbuf->data_len), length | charge);
  if (egress.tagged) {
    mbuf->data_off = static_cast<uint16_t>(mbuf->data_off - kVlanTag);
    mbuf->pkt_len = length;
  }
  return mbuf;
}

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_REPLICATE_PLAIN_COPY_H_
