#ifndef MGMD_DATAPLANE_TX_PORT_H_
#define MGMD_DATAPLANE_TX_PORT_H_

// One worker's way out of one port: copies still to be made, then copies made and not yet handed to the device.
//
// An item names a copy before it is made and says afterwards who is charged if the device does not take it: counter
// index, oif slot, and the packet's place in the batch. items[0 .. made) stand beside mbufs[0 .. made); behind them
// items[made .. made + wanted) are the list of copies that replicate still has to make, all of the current batch.
//
// Cost: 8 octets written per copy for the charge, none touched again unless the device is full.

#include <rte_mbuf.h>

#include <cstdint>

#include "dataplane/interface_table.h"
#include "dataplane/packet_batch.h"

namespace mgmd::dataplane {

using Item = uint64_t;

inline constexpr Item kPacketMask = 0x3F;
inline constexpr Item kFragment = 0x40;       // a fragment of a copy
inline constexpr Item kFirstFragment = 0x80;  // the first of its copy
constexpr Item MakeItem(uint32_t counter, uint16_t slot, uint32_t packet) {
  return Item{counter} << 32 | Item{slot} << 16 | packet;
}
constexpr uint32_t ItemCounter(Item item) { return static_cast<uint32_t>(item >> 32); }
constexpr uint16_t ItemSlot(Item item) { return static_cast<uint16_t>(item >> 16); }
constexpr uint32_t ItemPacket(Item item) { return item & kPacketMask; }

struct alignas(64) TxPort {
  // A list this long is worked off; a buffer this long is handed to the device.
  static constexpr uint32_t kThreshold = kBatch;
  static constexpr uint32_t kCapacity = 2 * kThreshold + kBatch;

  uint16_t port = kNoPort;  // kNoPort: the worker has no queue there
  uint16_t queue = 0;
  bool multi_segs = false;
  bool fragments = false;         // among the items made
  bool fragment_charged = false;  // the last fragmented copy has been counted as lost
  uint32_t made = 0;
  uint32_t wanted = 0;
  alignas(64) Item items[kCapacity];
  alignas(64) rte_mbuf* mbufs[kCapacity];
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_TX_PORT_H_
