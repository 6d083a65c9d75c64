#ifndef MGMD_DATAPLANE_RINGS_INJECT_H_
#define MGMD_DATAPLANE_RINGS_INJECT_H_

// Packets and frames that control sends itself. Control makes the frame as it is to leave and hands it to the one
// worker that serves the port (WorkerConfig::inject), which sends it among its copies.

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <cstdint>
#include <span>

#include "common/local_packets.h"
#include "dataplane/interfaces/interface_table.h"

namespace mgmd::dataplane {

// Whether a frame for the interface can be made of it in a buffer of the pool: a packet is one of the interface's
// family to a group. Control thread, as the next.
bool IsInjectable(rte_mempool* pool, const InterfaceLine& line, InjectForm form, std::span<const uint8_t> octets);

// The frame, with the interface's tag, of what is injectable. nullptr: the pool is empty.
rte_mbuf* MakeInjected(rte_mempool* pool, const InterfaceLine& line, InjectForm form, std::span<const uint8_t> octets);

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_RINGS_INJECT_H_
