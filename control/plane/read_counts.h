#ifndef MGMD_CONTROL_PLANE_READ_COUNTS_H_
#define MGMD_CONTROL_PLANE_READ_COUNTS_H_

// Reads what devices and workers have counted into views. Control thread.

#include <vector>

#include "control/plane/plane.h"
#include "control/views/counts.h"

namespace mgmd::plane {

std::vector<views::Port> ReadPorts(const Plane& plane);
// Of each worker: packets, copies, bursts, what it holds, and where its cycles went.
std::vector<views::Worker> ReadWorkers(const Plane& plane);
// `inject_queue_full`: of packets that control keeps itself for workers.
std::vector<views::NamedCount> ReadDrops(const Plane& plane, uint64_t inject_queue_full);
std::vector<views::NamedCount> ReadPunts(const Plane& plane);

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_READ_COUNTS_H_
