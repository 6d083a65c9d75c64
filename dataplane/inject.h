#ifndef MGMD_DATAPLANE_INJECT_H_
#define MGMD_DATAPLANE_INJECT_H_

// Packets that control sends itself (IGMP queries). Control puts the IP packet into a buffer and
// hands it to one fixed worker, which adds source address and VLAN tag and sends it like a copy.

#include <rte_mempool.h>

#include <cstdint>
#include <span>

#include "common/interface.h"
#include "dataplane/messages.h"

namespace mgmd::dataplane {

// The frame of a complete IPv4 packet towards a multicast group. `frame` is nullptr when the pool
// is empty, the packet does not fit its buffers, is shorter than an IPv4 header or its destination
// is no group. Control thread.
Injected MakeInjected(rte_mempool* pool, InterfaceSlot out, std::span<const uint8_t> packet);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_INJECT_H_
