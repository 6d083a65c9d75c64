#ifndef MGMD_TESTS_SUPPORT_WORKER_RIG_H_
#define MGMD_TESTS_SUPPORT_WORKER_RIG_H_

// A worker on ring ports, stepped by the test in its own thread, with everything around it that
// control would make: FIBs, interface table, boundaries, pools, rings, and a clock that the test
// sets.
//
// Ports are made once per process and cleaned for every rig: one rig at a time. Interfaces have
// numbers of the test's choice, and a slot in each family. Destroying a rig checks that no mbuf was
// lost: whatever happened, every pool is full again.

#include <rte_mbuf.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

#include "common/drop_reason.h"
#include "common/fib_key.h"
#include "common/icmpv6_error.h"
#include "common/instruction_set.h"
#include "common/punt.h"
#include "dataplane/fib/epoch.h"
#include "dataplane/fib/mfib.h"
#include "dataplane/interfaces/interface_table.h"
#include "dataplane/worker.h"
#include "tests/support/packet_builder.h"
#include "tests/support/rig_family.h"

namespace mgmd::testing {

inline constexpr uint16_t kRigPorts = 5;
inline constexpr uint32_t kRigTxRing = 1 << 17;

struct RigOptions {
  uint32_t rx_buffers = 1024;
  uint32_t copy_buffers = 4096;
  uint32_t header_buffers = 0;  // 0: no header pool, the worker never shares
  uint32_t pending_buffers = 512;
  uint16_t frame = 1536;   // room of rx, copy and pending buffers
  bool multi_segs = true;  // what the worker is told of all ports
  uint32_t share_above = UINT32_MAX;
  dataplane::PendingLimits pending = {.streams = 32, .depth = 8, .packets = 128, .timeout_ms = 10000};
  bool act_on_unknown_options = true;
  uint32_t icmpv6_errors = kIcmpv6ErrorsPerSecond;
  uint32_t alert_interval_ms = 3000;
  uint32_t exception_places = 1024;
  uint32_t punt_ring = 1024;
  uint32_t local_buffers = 256;
  InstructionSet instructions = BestInstructionSet();
  void (*sleep)(uint32_t microseconds) = nullptr;  // of a worker that is run, not stepped
  uint8_t workers = 1;  // at most 2; all step in Turn(); packets are received by the first unless told otherwise
};

// The MAC address that AddInterface() gives to an interface.
Bytes MacOf(int interface);

// The slot of an interface in the family.
template <class Family = Ipv4>
constexpr InterfaceSlot SlotOf(int interface) {
  return InterfaceSlot{static_cast<uint16_t>(interface << 1 | Family::kSlotBit)};
}

class WorkerRig {
 public:
  explicit WorkerRig(RigOptions options = {});
  ~WorkerRig();
  WorkerRig(const WorkerRig&) = delete;
  WorkerRig& operator=(const WorkerRig&) = delete;

  // --- What control does

  // An interface that is up and enabled in both families, MTU 1500, TTL threshold 1. Ports count from 0
  // to kRigPorts - 1.
  void AddInterface(int interface, int port, int vlan = 0);
  // `settings.boundary` is that of IPv4.
  void AddInterface(int interface, dataplane::InterfaceSettings settings, uint64_t ipv6_boundary = 0);
  template <class Family = Ipv4>
  void Bump(int interface) {
    ++epochs_[Value(SlotOf<Family>(interface))];
    interfaces_->SetStamp(CurrentStamp<Family>(interface));
  }
  template <class Family = Ipv4>
  Stamp CurrentStamp(int interface) const {
    const uint16_t slot = Value(SlotOf<Family>(interface));
    return {slot, epochs_[slot]};
  }
  // Builds the entry with the stamps that are current. `accept` below 0: it takes packets from everywhere.
  template <class Family>
  void AddEntry(const FibKey<Family>& key, int accept, const std::vector<int>& oifs, uint16_t flags = 0) {
    std::vector<Stamp> stamps;
    for (const int oif : oifs) stamps.push_back(CurrentStamp<Family>(oif));
    const Stamp stamp = accept < 0 ? Stamp{} : CurrentStamp<Family>(accept);
    of<Family>().AddEntry(key, {.accept = stamp, .flags = flags, .oifs = stamps});
  }
  template <class Family>
  void DeleteEntry(const FibKey<Family>& key) {
    of<Family>().DeleteEntry(key);
  }
  bool Send(dataplane::WorkerMessage<Ipv4>::Kind kind, Ipv4FibKey key = {}, int worker = 0) {
    return ipv4_->Send(kind, key, worker);
  }
  bool Send(dataplane::WorkerMessage<Ipv6>::Kind kind, const Ipv6FibKey& key = {}, int worker = 0) {
    return ipv6_->Send(kind, key, worker);
  }
  template <class Family = Ipv4>
  std::vector<Punt<Family>> Punts() {
    return of<Family>().Punts();
  }
  // What of the interface's local traffic is handed to control.
  void Want(int interface, LocalClasses classes) {
    interfaces_->SetWanted(SlotOf<Ipv4>(interface), classes);
    interfaces_->SetWanted(SlotOf<Ipv6>(interface), classes);
  }
  // Takes the packets for the router itself that the workers have handed over, at most `limit`.
  struct LocalFrame {
    LocalClass local_class;
    InterfaceSlot slot;
    uint64_t arrived_us;
    Bytes frame;
  };
  std::vector<LocalFrame> TakeLocal(size_t limit = SIZE_MAX);
  // Takes the ICMPv6 errors that control has been asked for.
  struct Error {
    Icmpv6ErrorKind kind;
    uint32_t value;
    InterfaceSlot slot;
    Bytes quote;
  };
  std::vector<Error> TakeErrors();

  // --- What the network does

  void Receive(int port, const Bytes& frame, int worker = 0);
  // The frame in several segments of these sizes; what is left over stands in the last.
  void ReceiveInSegments(int port, const Bytes& frame, const std::vector<size_t>& sizes);
  // A buffer with the frame, to be given to ReceiveMbuf().
  rte_mbuf* MakeMbuf(const Bytes& frame);
  void ReceiveMbuf(int port, rte_mbuf* mbuf, int worker = 0);

  // Everything that left by the port since the last call.
  std::vector<Bytes> Sent(int port);
  // Without looking at them: how many.
  size_t DiscardSent(int port);
  // The port's device takes no more than `packets` from now on, until Sent() or DiscardSent().
  void LimitTx(int port, uint32_t packets);

  // One turn of every worker. Returns what they received.
  uint32_t Turn();
  void AdvanceMs(uint64_t ms);
  void AdvanceUs(uint64_t us);

  // --- What was counted, over all workers

  uint64_t drops(DropReason reason) const;
  // All reasons that are not 0.
  std::map<DropReason, uint64_t> drops() const;
  // Everything of one entry: index from the FIB.
  template <class Family>
  RigCounts counts(const FibKey<Family>& key) {
    return of<Family>().counts(key);
  }
  // What is charged to the entry and oif (-1: to the entry as a whole).
  template <class Family>
  std::map<DropReason, uint64_t> exceptions(const FibKey<Family>& key, int oif) {
    return of<Family>().exceptions(key, oif < 0 ? kNoSlot : SlotOf<Family>(oif));
  }

  const dataplane::WorkerStats& stats(int worker = 0) const { return workers_[worker]->stats(); }
  // As the first worker was made, for a stage that is called alone.
  const dataplane::WorkerConfig& worker_config() const { return worker_config_; }
  dataplane::Worker& worker(int worker = 0) { return *workers_[worker]; }
  dataplane::InterfaceTable& interfaces() { return *interfaces_; }
  template <class Family = Ipv4>
  dataplane::BoundarySet<Family>& boundaries() {
    return of<Family>().boundaries();
  }
  template <class Family = Ipv4>
  dataplane::Mfib<Family>& fib() {
    return of<Family>().fib();
  }
  dataplane::InjectRing& inject(int worker = 0) { return *inject_[static_cast<size_t>(worker)]; }
  dataplane::ErrorRing& errors(int worker = 0) { return *errors_[static_cast<size_t>(worker)]; }
  rte_mempool* copy_pool() { return copy_pool_; }
  rte_mempool* rx_pool() { return rx_pool_; }
  uint32_t available(rte_mempool* pool) const;

 private:
  template <class Family>
  RigFamily<Family>& of() {
    if constexpr (std::is_same_v<Family, Ipv4>) {
      return *ipv4_;
    } else {
      return *ipv6_;
    }
  }

  dataplane::WorkerConfig worker_config_;
  const RigOptions options_;
  rte_mempool* rx_pool_ = nullptr;
  rte_mempool* copy_pool_ = nullptr;
  rte_mempool* header_pool_ = nullptr;
  std::vector<rte_mempool*> pending_pools_;
  std::unique_ptr<dataplane::InterfaceTable> interfaces_;
  std::vector<uint16_t> epochs_;  // by slot
  std::unique_ptr<dataplane::Epoch> epoch_;
  std::unique_ptr<RigFamily<Ipv4>> ipv4_;
  std::unique_ptr<RigFamily<Ipv6>> ipv6_;
  std::vector<std::unique_ptr<dataplane::InjectRing>> inject_;
  std::vector<std::unique_ptr<dataplane::LocalRing>> local_;
  std::vector<std::unique_ptr<dataplane::ErrorRing>> errors_;
  std::vector<std::unique_ptr<dataplane::Worker>> workers_;
};

// (S,G) and (*,G) in short.
template <class Family>
FibKey<Family> KeyOf(std::string_view source, std::string_view group) {
  return FibKey<Family>::SourceGroupUnchecked(Family::Address::Parse(source).value(),
                                              Family::Address::Parse(group).value());
}
Ipv4FibKey SourceGroup(std::string_view source, std::string_view group);
Ipv4FibKey AnySource(std::string_view group, int length = 32);

}  // namespace mgmd::testing

#endif  // MGMD_TESTS_SUPPORT_WORKER_RIG_H_
