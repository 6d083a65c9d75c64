#ifndef MGMD_CONTROL_PLANE_DRIVER_SOCKETS_H_
#define MGMD_CONTROL_PLANE_DRIVER_SOCKETS_H_

// The sockets that net_af_packet and net_af_xdp have opened for a port, found among the process's descriptors, and what
// the kernel counts there and the drivers do not tell: what found no room in the ring for received frames, and what was
// handed over and not sent.
//
// Control thread, but for Read(), which any may call. The descriptors are the drivers' and are only asked.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "absl/status/statusor.h"
#include "control/plane/netdev.h"
#include "control/plane/packet_ring.h"
#include "control/plane/shared_word.h"
#include "control/plane/xdp_rings.h"

struct rte_mempool;

namespace mgmd::plane {

class DriverSockets {
 public:
  // The AF_XDP sockets of the process. The kernel does not say of one to which netdev it belongs.
  static std::set<int> XdpSockets();

  DriverSockets() = default;
  // Those of the netdev's port, which has just been opened; `xdp_before`: XdpSockets() before it was; `ring`:
  // net_af_packet's, if it is known.
  DriverSockets(const Netdev& netdev, const std::set<int>& xdp_before, std::optional<PacketRing> ring);

  struct Losses {
    uint64_t rx_overflows = 0;  // frames that found no room in the kernel's ring
    uint64_t tx_refused = 0;    // frames that the kernel found wrong
  };
  // Since the sockets were opened. What reads the counters clears them, so nobody else may.
  Losses Read();

  // Whether the kernel deals what arrives on the netdev of net_af_packet to another process, too (fanout.h).
  bool ShareNetdev() const;

  // The netdev has been deleted since, whatever has its number now. Only net_af_packet's sockets know.
  bool HaveLostNetdev() const;

  // Takes back what waits to be sent (packet_ring.h), while the netdev is down and no worker sends: how many frames. Of
  // an AF_XDP socket nothing can be: how far the kernel has come in its ring shows late, and a buffer that it has taken
  // and one that waits look alike.
  absl::StatusOr<size_t> TakeBackUnsent() const;
  // The netdev is up again: has the kernel pass over what was taken back, so that the whole ring is free, and forget
  // that it was down, or the first packets would wait in the ring for the next ones.
  void PassUnsent() const;

  // Before the driver closes them, and when their netdev has gone: packet buffers of the pool that the kernel has of
  // net_af_xdp's go back to it (xdp_rings.h). How many.
  size_t TakeBackBuffers(rte_mempool* pool);

 private:
  std::vector<int> sockets_;
  Netdev netdev_;
  std::optional<PacketRing> ring_;
  std::vector<XdpRings> xdp_rings_;
  SharedWord<uint64_t> rx_overflows_;  // net_af_packet's, so far
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_DRIVER_SOCKETS_H_
