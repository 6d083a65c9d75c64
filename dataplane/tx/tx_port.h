#ifndef MGMD_DATAPLANE_TX_TX_PORT_H_
#define MGMD_DATAPLANE_TX_TX_PORT_H_

// One worker's way out of one port: copies made and not yet handed to the device.
//
// Who is charged for a copy that the device does not take stands in its mbuf, in fields that mean
// something on receive only: the counter index in hash.usr, the oif's slot in vlan_tci, which share
// a word with the data length. The slot tells the family whose counter it is. What a device leaves is
// known at once and has not been touched by it.
//
// A buffer is handed over when it holds kPortBuffer copies, of longer frames fewer
// (PacketBatch::port_limit), and at the end of the turn. Not later:
// its copies are still in the core's cache when the device reads them, and so are the buffers that
// come back for the next copies (buffer_stash.h).

#include <rte_mbuf.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "dataplane/batch/packet_batch.h"
#include "dataplane/interfaces/interface_table.h"

namespace mgmd::dataplane {

// Copies that a worker collects for a port before it hands them over.
inline constexpr uint32_t kPortBuffer = 64;

// The charge as it stands in the word of a mbuf that begins with data_len.
constexpr uint64_t ChargeWord(uint32_t counter, uint16_t slot) {
  return uint64_t{counter} << 32 | uint64_t{slot} << 16;
}
static_assert(offsetof(rte_mbuf, vlan_tci) == offsetof(rte_mbuf, data_len) + 2);
static_assert(offsetof(rte_mbuf, hash) == offsetof(rte_mbuf, data_len) + 4);

inline void SetCharge(rte_mbuf* mbuf, uint32_t counter, uint16_t slot) {
  mbuf->vlan_tci = slot;
  mbuf->hash.usr = counter;
}

struct alignas(64) TxPort {
  // A buffer that is nearly full, and one oif's copies of a whole batch.
  static constexpr uint32_t kCapacity = kPortBuffer + kBatch;

  uint16_t port = kNoPort;  // the router's number of it; kNoPort: the worker has no queue there
  uint16_t queue = 0;
  bool multi_segs = false;
  bool has_fragments = false;  // among the mbufs
  rte_mbuf** next = mbufs;     // where the next one goes
  rte_mbuf* mbufs[kCapacity];

  // A copy that leaves in fragments has a number of its own, by which it is counted as lost once,
  // whatever becomes of each fragment, and wherever between them the buffer is handed over.
  uint64_t last_fragmented = 0;
  uint64_t last_lost = 0;             // the last one that has been counted
  uint64_t fragment_of[kCapacity]{};  // the copy of each mbuf that is a fragment; otherwise 0

  TxPort() = default;
  TxPort(const TxPort&) = delete;
  TxPort& operator=(const TxPort&) = delete;

  uint32_t count() const { return static_cast<uint32_t>(next - mbufs); }
  bool Holds(uint32_t copies) const { return next >= mbufs + copies; }
  void Append(rte_mbuf* mbuf) { *next++ = mbuf; }
  void AppendFragment(rte_mbuf* mbuf, uint64_t copy) {
    has_fragments = true;
    fragment_of[count()] = copy;
    Append(mbuf);
  }
  // Whether the copy has not been counted as lost before; now it has. Copies are asked about in
  // the order of their numbers.
  bool Lose(uint64_t copy) { return std::exchange(last_lost, copy) != copy; }
  void Empty() {
    next = mbufs;
    if (!has_fragments) [[likely]]
      return;
    has_fragments = false;
    std::fill_n(fragment_of, kCapacity, 0);
  }
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_TX_TX_PORT_H_
