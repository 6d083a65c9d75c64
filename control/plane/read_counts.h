#ifndef MGMD_CONTROL_PLANE_READ_COUNTS_H_
#define MGMD_CONTROL_PLANE_READ_COUNTS_H_

// Reads what devices and workers have counted into views (control/views/counts.h). Any thread: counters are read one by
// one while workers count on.

#include <memory>
#include <span>
#include <vector>

#include "control/plane/dpdk_local_packets.h"
#include "control/plane/ports.h"
#include "control/views/counts.h"
#include "dataplane/worker.h"

namespace mgmd::plane {

using Workers = std::span<const std::unique_ptr<dataplane::Worker>>;

std::vector<views::Port> ReadPorts(const Ports& ports, Workers workers);
std::vector<views::Worker> ReadWorkers(Workers workers);
// Packets, copies and what devices lost, by reason; reasons that never happened are left out. `inject_queue_full`: of
// packets that control keeps itself for workers.
std::vector<views::NamedCount> ReadDrops(const Ports& ports, Workers workers, const DpdkLocalPackets& local,
                                         uint64_t inject_queue_full);
// Packets told to control, by reason, and local ones that somebody took, by class.
std::vector<views::NamedCount> ReadPunts(Workers workers, const DpdkLocalPackets& local);
uint64_t PacketsReceived(Workers workers);

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_READ_COUNTS_H_
