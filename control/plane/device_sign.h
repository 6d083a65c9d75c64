#ifndef MGMD_CONTROL_PLANE_DEVICE_SIGN_H_
#define MGMD_CONTROL_PLANE_DEVICE_SIGN_H_

// Whether a device that is not open could be opened, without trying to.

#include <string>

namespace mgmd::plane {

// A word that is empty while the device is not there, and another one whenever things are so different with it that to
// open it may go better than the last time. A few system calls. Any thread.
//
//   net_af_packet, net_af_xdp   which netdev has the name, and whether it is set up
//   net_tap                     no netdev has the name
//   a PCI address               the kernel's driver that it is bound to (vfio-pci, mlx5_core)
//   others                      always the same: nobody tells whether they are there
std::string DeviceSign(const std::string& device);

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_DEVICE_SIGN_H_
