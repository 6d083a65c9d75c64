#include "control/plane/driver_sockets.h"

#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <rte_mempool.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "control/plane/fanout.h"

#ifndef SOL_XDP
#define SOL_XDP 283
#endif

namespace mgmd::plane {
namespace {

// The process's sockets of an address family.
std::set<int> SocketsOf(int family) {
  std::set<int> sockets;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const std::string name = entry.path().filename().string();
    int fd = -1;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    int domain = 0;
    socklen_t length = sizeof(domain);
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == family) sockets.insert(fd);
  }
  return sockets;
}

bool IsBoundTo(int socket, unsigned netdev) {
  sockaddr_ll address{};
  socklen_t length = sizeof(address);
  return getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0 &&
         static_cast<unsigned>(address.sll_ifindex) == netdev;
}

}  // namespace

std::set<int> DriverSockets::XdpSockets() { return SocketsOf(AF_XDP); }

DriverSockets::DriverSockets(const Netdev& netdev, const std::set<int>& xdp_before, std::optional<PacketRing> ring)
    : netdev_(netdev), ring_(ring) {
  if (netdev_.driver == WireDriver::kAfPacket) {
    for (const int socket : SocketsOf(AF_PACKET)) {
      if (IsBoundTo(socket, netdev.index)) sockets_.push_back(socket);
    }
  } else if (netdev_.driver == WireDriver::kAfXdp) {
    for (const int socket : XdpSockets()) {
      if (xdp_before.contains(socket)) continue;
      sockets_.push_back(socket);
      if (auto rings = XdpRings::Map(socket)) xdp_rings_.push_back(*std::move(rings));
    }
  }
}

bool DriverSockets::ShareNetdev() const {
  return netdev_.driver == WireDriver::kAfPacket && SharesFanout(netdev_.index, sockets_);
}

bool DriverSockets::HaveLostNetdev() const {
  return netdev_.driver == WireDriver::kAfPacket && std::any_of(sockets_.begin(), sockets_.end(), [this](int socket) {
           return !IsBoundTo(socket, netdev_.index);
         });
}

DriverSockets::Losses DriverSockets::Read() {
  Losses losses;
  for (const int socket : sockets_) {
    if (netdev_.driver == WireDriver::kAfPacket) {
      tpacket_stats stats{};
      socklen_t length = sizeof(stats);
      // Reading clears it.
      if (getsockopt(socket, SOL_PACKET, PACKET_STATISTICS, &stats, &length) == 0) rx_overflows_ += stats.tp_drops;
      continue;
    }
    xdp_statistics stats{};
    socklen_t length = sizeof(stats);
    if (getsockopt(socket, SOL_XDP, XDP_STATISTICS, &stats, &length) != 0) continue;
    losses.rx_overflows += stats.rx_ring_full;  // rx_dropped, which is the rest, the driver tells
    losses.tx_refused += stats.tx_invalid_descs;
  }
  losses.rx_overflows += rx_overflows_;
  return losses;
}

absl::StatusOr<size_t> DriverSockets::TakeBackUnsent() const {
  if (netdev_.driver != WireDriver::kAfPacket) return 0;
  if (!ring_) return absl::FailedPreconditionError("its size is not known, since EAL made the device");
  size_t taken = 0;
  for (const int socket : sockets_) {
    const absl::StatusOr<size_t> frames = plane::TakeBackUnsent(socket, *ring_);
    if (!frames.ok()) return frames.status();
    taken += *frames;
  }
  return taken;
}

void DriverSockets::PassUnsent() const {
  for (const int socket : sockets_) {
    // That the netdev was down is an error that the next call would get, whatever it has to send.
    int error = 0;
    socklen_t length = sizeof(error);
    getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length);
    sendto(socket, nullptr, 0, MSG_DONTWAIT, nullptr, 0);
  }
}

size_t DriverSockets::TakeBackBuffers(rte_mempool* pool) {
  size_t taken = 0;
  for (XdpRings& rings : xdp_rings_) taken += rings.TakeBack(pool);
  return taken;
}

}  // namespace mgmd::plane
