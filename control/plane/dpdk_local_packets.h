#ifndef MGMD_CONTROL_PLANE_DPDK_LOCAL_PACKETS_H_
#define MGMD_CONTROL_PLANE_DPDK_LOCAL_PACKETS_H_

// LocalPackets on DPDK: mbufs come out of the workers' rings and go back to their pool when the sink has seen them;
// what is injected goes to the one worker that serves the port, so that its order is kept. See common/local_packets.h.
//
// Control thread, but for the counts. The parts are the plane's and outlive it.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "common/local_packets.h"
#include "dataplane/fib/epoch.h"
#include "dataplane/interfaces/interface_table.h"
#include "dataplane/rings/error_requests.h"
#include "dataplane/rings/local_ring.h"
#include "dataplane/rings/messages.h"

namespace mgmd::plane {

struct LocalParts {
  struct Worker {
    dataplane::LocalRing* local;
    dataplane::ErrorRing* errors;
    dataplane::InjectRing* inject;
  };
  std::vector<Worker> workers{};
  std::array<uint8_t, dataplane::kMaxPorts> worker_of_port{};  // indices into `workers`
  dataplane::InterfaceTable* interfaces = nullptr;
  dataplane::Epoch* epoch = nullptr;
  rte_mempool* inject_pool = nullptr;
};

class DpdkLocalPackets : public LocalPackets {
 public:
  explicit DpdkLocalPackets(LocalParts parts) : parts_(std::move(parts)) {}

  void SetWanted(InterfaceSlot interface, LocalClasses classes) override;
  void SetOwnAddresses(const PerFamily<OwnAddressList>& addresses) override;
  size_t Receive(size_t limit, LocalSink& sink) override;
  size_t ReceiveErrors(Icmpv6ErrorSink& sink) override;
  InjectResult Inject(InterfaceSlot out, InjectForm form, std::span<const uint8_t> octets) override;

  // Packets that were handed to the sink and that it did not take. Any thread.
  uint64_t untaken(LocalClass local_class) const {
    return untaken_[static_cast<size_t>(local_class)].load(std::memory_order_relaxed);
  }

 private:
  bool ReceiveOne(dataplane::LocalRing& ring, LocalSink& sink);
  // The whole of a packet in one piece, until the next call or the packet's end.
  std::span<const uint8_t> Join(const rte_mbuf* mbuf);

  const LocalParts parts_;
  size_t next_worker_ = 0;
  std::vector<uint8_t> joined_;  // a chained packet in one piece
  std::unique_ptr<const dataplane::OwnAddresses> own_addresses_;
  // Those before, which workers may still read.
  std::vector<std::pair<dataplane::GraceToken, std::unique_ptr<const dataplane::OwnAddresses>>> retired_;
  std::array<std::atomic<uint64_t>, kLocalClasses> untaken_{};
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_DPDK_LOCAL_PACKETS_H_
