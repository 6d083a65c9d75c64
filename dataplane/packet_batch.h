#ifndef MGMD_DATAPLANE_PACKET_BATCH_H_
#define MGMD_DATAPLANE_PACKET_BATCH_H_

// Up to 64 packets on their way through the stages, as parallel arrays: each stage reads and writes
// the few it needs, and their loops stay simple.
//
//   rx         mbufs, count
//   parse      the packets that are IPv4 multicast, in order, closed up: frames, keys, arrivals,
//              ttls, ip_lengths
//   lookup     entries
//   accept     the packets that go on, in order, closed up; boundaries
//   replicate  takes every packet's mbuf
//
// Packets that were held come out of the pending table instead of rx and parse (drain.cc).
// A packet that does not go on has been freed or handed on by the stage that decided so.

#include <rte_mbuf.h>

#include <cstdint>

#include "common/fib_key.h"

namespace mgmd::dataplane {

inline constexpr uint32_t kBatch = 64;

struct PacketBatch {
  uint32_t count = 0;
  bool held = false;  // out of the pending table
  rte_mbuf* mbufs[kBatch];
  // The Ethernet header without tag; the IP header stands fourteen octets behind, in one piece.
  uint8_t* frames[kBatch];
  alignas(64) Ipv4FibKey keys[kBatch];
  alignas(64) uint32_t entries[kBatch];
  uint16_t arrivals[kBatch];    // slots
  uint16_t ip_lengths[kBatch];  // octets of the IP packet
  uint8_t ttls[kBatch];         // as received
  uint64_t router_alerts = 0;   // bit i: packet i carries the router alert option
  // Every frame stands in one segment, in a buffer of its own that has room for a tag in front of it
  // and for whole lines.
  bool whole_lines = false;
  uint64_t boundaries[kBatch];  // BoundarySet::GroupMask()

  // replicate's own, by packet.
  uint32_t lengths[kBatch];  // octets of the untagged frame
  uint16_t lines[kBatch];  // 64-octet lines of a copy; 0: the frame cannot be copied in whole lines
  uint32_t first_piece[kBatch];  // octets of the frame in the first segment, before sharing
  uint64_t shareable = 0;        // bit i: long enough to be shared
  uint64_t shared = 0;  // bit i: the mbuf is the payload of header mbufs, and counts its references
  bool plain = true;    // every frame is copied in whole lines, none is shareable
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_PACKET_BATCH_H_
