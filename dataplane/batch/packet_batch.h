#ifndef MGMD_DATAPLANE_BATCH_PACKET_BATCH_H_
#define MGMD_DATAPLANE_BATCH_PACKET_BATCH_H_

// Up to 64 packets on their way through the stages, as parallel arrays: each stage reads and writes
// the few it needs, and their loops stay simple.
//
//   rx         mbufs, count; both families' packets in the IPv4 batch
//   parse      a family's packets that are multicast, in order, closed up: frames, keys, arrivals,
//              ttls, ip_lengths, priorities
//   lookup     entries
//   accept     the packets that go on, in order, closed up; boundaries
//   replicate  takes every packet's mbuf
//
// Packets that were held come out of the pending table instead of rx and parse (drain.cc).
// A packet that does not go on has been freed or handed on by the stage that decided so.

#include <rte_mbuf.h>

#include <cstdint>

#include "common/fib_key.h"
#include "dataplane/batch/claims.h"

namespace mgmd::dataplane {

inline constexpr uint32_t kBatch = 64;
static_assert(kBatch <= Claims::kMostPackets);

// What the copies of a batch are.
enum class CopyForm : uint8_t {
  kWhole,   // whole copies, in whole lines
  kShared,  // headers of one payload: every frame is long enough, and every port can
  kEach,    // to be asked of each packet and port
};

struct PacketBatch {
  uint32_t count = 0;
  bool held = false;  // out of the pending table
  // Every frame stands in one segment, in a buffer of its own that has room for a tag in front of
  // it and for whole lines.
  bool whole_lines = false;
  // Packets may have come with a priority above 0: where an mbuf has RTE_MBUF_F_RX_VLAN, its
  // vlan_tci is the tag, whether the device or parse took it off.
  bool priorities = false;

  // Loops over these take many at a time: each begins with a cache line.
  alignas(64) rte_mbuf* mbufs[kBatch];
  // The Ethernet header without tag; the IP header stands fourteen octets further on, in one piece.
  alignas(64) uint8_t* frames[kBatch];
  alignas(64) uint32_t entries[kBatch];
  alignas(64) uint16_t arrivals[kBatch];    // slots
  alignas(64) uint16_t ip_lengths[kBatch];  // octets of the IP packet
  alignas(64) uint8_t ttls[kBatch];         // as received; of IPv6 the hop limits
  alignas(64) uint64_t boundaries[kBatch];  // BoundarySet::GroupMask()

  // replicate's own.
  CopyForm form = CopyForm::kWhole;
  uint32_t together = kBatch;            // packets that go oif by oif at once, at most
  uint32_t port_limit = kBatch;          // copies that a port's buffer holds when it is handed over
  alignas(64) uint32_t lengths[kBatch];  // octets of the untagged frame
  // 64-octet lines of a copy; 0: the frame cannot be copied in whole lines
  alignas(64) uint16_t lines[kBatch];
  uint64_t shareable = 0;  // of kEach; bit i: long enough to be shared
  Claims claims;           // of the oifs on the packets' mbufs
};

// A batch is of one family. Whoever asks no address of its packets takes the PacketBatch.
template <class Family>
struct StreamBatch : PacketBatch {
  alignas(64) FibKey<Family> keys[kBatch];
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_BATCH_PACKET_BATCH_H_
