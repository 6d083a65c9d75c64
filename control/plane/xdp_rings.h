#ifndef MGMD_CONTROL_PLANE_XDP_RINGS_H_
#define MGMD_CONTROL_PLANE_XDP_RINGS_H_

// The rings that net_af_xdp shares with the kernel for one queue, and the packet buffers whose addresses stand in them.
//
// When the driver closes a device it forgets what buffers the kernel has: 2,048 for each queue. So before it does, and
// when the kernel does nothing with them any more since the netdev has gone, they are taken back: those that wait to be
// filled, those that have been and were not fetched, and those that have been sent.
//
// What stays lost is little, and what nobody can tell from what is free: packets that were handed over and not sent,
// and of a netdev whose kernel driver fills the buffers itself (zero copy) those that it has taken.
//
// Any one thread at a time.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

struct rte_mempool;

namespace mgmd::plane {

class XdpRings {
 public:
  // Those of an AF_XDP socket, while its netdev is there: later the kernel gives them to nobody. Nothing: it does not.
  static std::optional<XdpRings> Map(int socket);
  XdpRings(XdpRings&& from) noexcept;
  XdpRings& operator=(XdpRings&& from) noexcept;
  ~XdpRings();

  // Gives the buffers back to the pool, which the driver has had for the socket: how many. The netdev has gone, and no
  // worker polls the device or sends by it.
  size_t TakeBack(rte_mempool* pool);

 private:
  struct Ring {
    uint8_t* map = nullptr;
    size_t octets = 0;
    uint32_t* producer = nullptr;
    uint32_t* consumer = nullptr;
    const uint8_t* entries = nullptr;
    size_t entry_octets = 0;
    uint32_t mask = 0;
  };
  static constexpr size_t kRings = 3;  // to be filled, received, sent

  XdpRings() = default;

  std::array<Ring, kRings> rings_;
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_XDP_RINGS_H_
