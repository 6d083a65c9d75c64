#ifndef MGMD_CONTROL_PLANE_FANOUT_H_
#define MGMD_CONTROL_PLANE_FANOUT_H_

// The fan-out groups of packet sockets (packet(7), PACKET_FANOUT), to whose sockets the kernel deals what arrives on a
// netdev. net_af_packet makes one for each port, of the number that its process and the netdev have together: that of
// another process is the same where both have the same number, as two that are each the first of a container have.
//
// Any one thread. A few system calls.

#include <vector>

namespace mgmd::plane {

// Whether a socket that is none of these, which are in a group, is in it on the netdev. False where the kernel does not
// tell (CONFIG_PACKET_DIAG).
bool SharesFanout(unsigned netdev, const std::vector<int>& sockets);

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_FANOUT_H_
