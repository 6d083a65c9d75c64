#ifndef MGMD_TESTS_SUPPORT_WORKER_RIG_H_
#define MGMD_TESTS_SUPPORT_WORKER_RIG_H_

// A worker on ring ports, stepped by the test in its own thread, with everything around it that
// control would make: FIB, interface table, boundaries, pools, rings, and a clock that the test
// sets.
//
// Ports are made once per process and cleaned for every rig: one rig at a time. Interface slots are
// the test's choice. Destroying a rig checks that no mbuf was lost: whatever happened, every pool
// is full again.

#include <rte_mbuf.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "common/drop_reason.h"
#include "common/fib_key.h"
#include "common/instruction_set.h"
#include "common/punt.h"
#include "dataplane/fib/epoch.h"
#include "dataplane/fib/mfib.h"
#include "dataplane/interfaces/boundary.h"
#include "dataplane/interfaces/interface_table.h"
#include "dataplane/worker.h"
#include "tests/support/packet_builder.h"

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
  dataplane::PendingLimits pending = {.streams = 16, .depth = 8, .packets = 64, .timeout_ms = 10000};
  uint32_t alert_interval_ms = 3000;
  uint32_t exception_places = 1024;
  uint32_t punt_ring = 1024;
  uint32_t local_buffers = 256;
  InstructionSet instructions = BestInstructionSet();
  uint8_t workers = 1;  // at most 2; all step in Turn(); packets are received by the first unless told otherwise
};

// The MAC address that AddInterface() gives to a slot.
Bytes MacOf(int slot);

class WorkerRig {
 public:
  explicit WorkerRig(RigOptions options = {});
  ~WorkerRig();
  WorkerRig(const WorkerRig&) = delete;
  WorkerRig& operator=(const WorkerRig&) = delete;

  // --- What control does

  // An interface that is up and enabled, MTU 1500, TTL threshold 1. Ports count from 0 to kRigPorts
  // - 1.
  void AddInterface(int slot, int port, int vlan = 0);
  void AddInterface(int slot, dataplane::InterfaceSettings settings);
  void Bump(int slot);
  Stamp CurrentStamp(int slot) const { return {static_cast<uint16_t>(slot), epochs_[slot]}; }
  // Builds the entry with the stamps that are current.
  void AddEntry(Ipv4FibKey key, int accept, const std::vector<int>& oifs, uint16_t flags = 0);
  void DeleteEntry(Ipv4FibKey key);
  bool Send(dataplane::WorkerMessage<Ipv4>::Kind kind, Ipv4FibKey key = {}, int worker = 0);
  std::vector<Punt<Ipv4>> Punts();
  // What of the interface's local traffic is handed to control.
  void Want(int slot, LocalClasses classes) {
    interfaces_->SetWanted(InterfaceSlot{static_cast<uint16_t>(slot)}, classes);
  }
  // Takes the packets for the router itself that the workers have handed over, at most `limit`.
  struct LocalFrame {
    LocalClass local_class;
    int slot;
    uint64_t arrived_us;
    Bytes frame;
  };
  std::vector<LocalFrame> TakeLocal(size_t limit = SIZE_MAX);

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
  struct Counts {
    uint64_t packets = 0, octets = 0, different_if_packets = 0, ttl_packets = 0, exceptions = 0, held = 0;
  };
  Counts counts(Ipv4FibKey key) const;
  // What is charged to the entry and oif (-1: to the entry as a whole).
  std::map<DropReason, uint64_t> exceptions(Ipv4FibKey key, int oif) const;

  const dataplane::WorkerStats& stats(int worker = 0) const { return workers_[worker]->stats(); }
  // As the first worker was made, for a stage that is called alone.
  const dataplane::WorkerConfig& worker_config() const { return worker_config_; }
  dataplane::Worker& worker(int worker = 0) { return *workers_[worker]; }
  dataplane::InterfaceTable& interfaces() { return *interfaces_; }
  dataplane::BoundarySet& boundaries() { return boundaries_; }
  dataplane::Mfib<Ipv4>& fib() { return *fib_; }
  dataplane::InjectRing& inject(int worker = 0) { return *inject_[static_cast<size_t>(worker)]; }
  rte_mempool* copy_pool() { return copy_pool_; }
  rte_mempool* rx_pool() { return rx_pool_; }
  uint32_t available(rte_mempool* pool) const;

 private:
  class Sink;

  dataplane::WorkerConfig worker_config_;
  const RigOptions options_;
  rte_mempool* rx_pool_ = nullptr;
  rte_mempool* copy_pool_ = nullptr;
  rte_mempool* header_pool_ = nullptr;
  std::vector<rte_mempool*> pending_pools_;
  dataplane::BoundarySet boundaries_;
  std::unique_ptr<dataplane::InterfaceTable> interfaces_;
  std::vector<uint16_t> epochs_;
  std::unique_ptr<dataplane::Epoch> epoch_;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<dataplane::Mfib<Ipv4>> fib_;
  std::vector<std::unique_ptr<dataplane::PuntRing<Ipv4>>> punts_;
  std::vector<std::unique_ptr<dataplane::MessageRing<Ipv4>>> messages_;
  std::vector<std::unique_ptr<dataplane::InjectRing>> inject_;
  std::vector<std::unique_ptr<dataplane::LocalRing>> local_;
  std::vector<std::unique_ptr<dataplane::Worker>> workers_;
};

// (S,G) and (*,G) in short.
Ipv4FibKey SourceGroup(std::string_view source, std::string_view group);
Ipv4FibKey AnySource(std::string_view group, int length = 32);

}  // namespace mgmd::testing

#endif  // MGMD_TESTS_SUPPORT_WORKER_RIG_H_
