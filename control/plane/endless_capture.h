#ifndef MGMD_CONTROL_PLANE_ENDLESS_CAPTURE_H_
#define MGMD_CONTROL_PLANE_ENDLESS_CAPTURE_H_

// What net_pcap with infinite_rx=1 asks of packet memory. It plays its captures in a circle and for that keeps each of
// their packets in one buffer of the receive pool for as long as the port is open.

#include <cstdint>
#include <string>

namespace mgmd::plane {

struct EndlessCapture {
  uint32_t packets = 0;  // in all rx_pcap files of the device
  uint32_t longest = 0;  // octets of a frame
};

// Reads the captures, if it is such a device. A capture that cannot be read counts for nothing: the device itself says
// why when it is attached. Any thread, before EAL starts and after.
EndlessCapture EndlessCaptureOf(const std::string& device);

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_ENDLESS_CAPTURE_H_
