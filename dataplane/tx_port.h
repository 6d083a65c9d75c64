#ifndef MGMD_DATAPLANE_TX_PORT_H_
#define MGMD_DATAPLANE_TX_PORT_H_

// One worker's way out of one port: copies made and not yet handed to the device.
//
// Beside each mbuf stands who is charged if the device does not take it: counter index and oif
// slot. What a device leaves is known at once, so that nothing about it has to be carried in the
// mbuf.
//
// A buffer is handed over when it is long enough to be worth the call, and at the end of the turn.
// Not later: while it is short, its copies are still in the core's cache when the device reads
// them, and so are the buffers that come back for the next copies.
//
// Cost: 8 octets written per copy for the charge, none touched again unless the device is full.

#include <rte_mbuf.h>

#include <cstdint>

#include "dataplane/interface_table.h"
#include "dataplane/packet_batch.h"

namespace mgmd::dataplane {

using Item = uint64_t;

inline constexpr Item kFragment = 1;       // a fragment of a copy
inline constexpr Item kFirstFragment = 2;  // the first of its copy
constexpr Item MakeItem(uint32_t counter, uint16_t slot) {
  return Item{counter} << 32 | Item{slot} << 16;
}
constexpr uint32_t ItemCounter(Item item) { return static_cast<uint32_t>(item >> 32); }
constexpr uint16_t ItemSlot(Item item) { return static_cast<uint16_t>(item >> 16); }

struct alignas(64) TxPort {
  static constexpr uint32_t kThreshold = 24;
  // A buffer just below the threshold, and one oif's copies of a whole batch.
  static constexpr uint32_t kCapacity = kThreshold + kBatch;

  uint16_t port = kNoPort;  // kNoPort: the worker has no queue there
  uint16_t queue = 0;
  bool multi_segs = false;
  bool fragments = false;         // among the items
  bool fragment_charged = false;  // the last fragmented copy has been counted as lost
  uint32_t count = 0;
  alignas(64) Item items[kCapacity];
  alignas(64) rte_mbuf* mbufs[kCapacity];

  void Append(rte_mbuf* mbuf, Item item) {
    items[count] = item;
    mbufs[count++] = mbuf;
  }
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_TX_PORT_H_
