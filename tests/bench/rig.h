#ifndef MGMD_TESTS_BENCH_RIG_H_
#define MGMD_TESTS_BENCH_RIG_H_

// mgmd's dataplane with a FIB full of entries, between a source and sinks: what every forwarding
// benchmark runs on. All checks and all counters are on; changes go through the same Forwarder that
// control uses.
//
// Every worker has an input port of its own and a tx queue on every output. An oif is an output
// port, or a VLAN on one where there are more oifs than ports.
//
// Slices: the workers' lcores forward for a given time, by mgmd or by the floor, while the caller's
// thread (control) does what it likes. Slices of one process share ports, buffers and memory, so
// that their ratio is free of what differs from process to process.

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "control/plane/counter_ledger.h"
#include "control/plane/dpdk_forwarder.h"
#include "dataplane/devices/port.h"
#include "dataplane/fib/key_bits.h"
#include "dataplane/interfaces/boundary.h"
#include "dataplane/worker.h"
#include "tests/bench/floor.h"
#include "tests/bench/packet_source.h"

namespace mgmd::bench {

enum class CopyMode { kCopy, kShare, kAuto };

struct RigOptions {
  uint32_t entries = 1000;  // keys that packets have, SourceKey(0 ..)
  uint32_t fanout = 1;
  bool random_oifs = false;  // each entry's oifs are drawn at random out of all outputs
  uint16_t octets = 60;      // of a frame, without its check sequence
  CopyMode mode = CopyMode::kCopy;
  uint32_t share_above = 768;  // with kAuto
  uint16_t workers = 1;
  uint32_t max_entries = 0;                            // of the FIB; 0: what `entries` need
  InstructionSet instructions = BestInstructionSet();  // of FIB and workers
  bool capture = true;  // inputs play a capture; otherwise they give nothing by themselves
  // Devices in DPDK's words, with blanks between, an input for each worker first; empty: virtual
  // ports.
  std::string devices;
  uint16_t outputs = 0;  // ports; 0: as many as needed, at most those that DPDK leaves
};

// How far worker 0 had come at a moment, about a millisecond after the one before.
struct Mark {
  uint64_t tsc;
  uint64_t packets;
};

// What the workers did in a slice. Sums over the workers, but for `cycles`, which is their mean.
struct Slice {
  double seconds = 0;
  uint64_t packets = 0;
  uint64_t copies = 0;
  uint64_t drops = 0;
  uint64_t cycles = 0;
  uint64_t bursts = 0;
  uint64_t turns = 0;
  uint64_t idle_turns = 0;
  uint64_t idle_cycles = 0;
  std::array<uint64_t, dataplane::kStages> stages{};

  std::vector<Mark> marks;  // only if asked for
  uint64_t stopped = 0;     // when the last turn ended that may not have known of a new stamp; TSC

  double packet_rate() const { return static_cast<double>(packets) / seconds; }
  double copy_rate() const { return static_cast<double>(copies) / seconds; }
};

enum class Forwarding { kMgmd, kFloorCopy, kFloorShare };

class Rig {
 public:
  // Starts EAL, ports and FIB; ends the process with a message where that is not possible.
  explicit Rig(const RigOptions& options);
  ~Rig();
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  // Forwards for `seconds`; `control` runs meanwhile, over and over, on the calling thread. Notes
  // when all workers know that the stamp of the interface `watched` has changed.
  Slice Run(Forwarding what, double seconds, const std::function<void()>& control = {}, bool marks = false,
            InterfaceSlot watched = kNoSlot);
  // For changes that are made while nobody forwards.
  void KeepHouse() {
    while (forwarder_->Poll()) {
    }
  }

  const RigOptions& options() const { return options_; }
  plane::DpdkForwarder<Ipv4>& forwarder() { return *forwarder_; }
  dataplane::Mfib<Ipv4>& fib() { return *fib_; }
  dataplane::Worker& worker(size_t index) { return *workers_[index]; }
  // As worker 0 was made, for stages that are measured alone.
  const dataplane::WorkerConfig& worker_config() const { return configs_[0]; }
  rte_mempool* rx_pool() const { return rx_pool_; }
  const std::vector<dataplane::Port>& outputs() const { return outputs_; }
  const std::vector<dataplane::Port>& inputs() const { return inputs_; }

  // The slot of oif number `oif`, and of the arrival interface.
  InterfaceSlot oif(uint32_t number) const { return oifs_[number]; }
  uint32_t oif_count() const { return static_cast<uint32_t>(oifs_.size()); }
  InterfaceSlot arrival() const { return arrival_; }
  // What control calls them.
  static InterfaceId OifId(uint32_t number) { return {number + 1, {}}; }
  static InterfaceId ArrivalId() { return {60000, {}}; }

  static Ipv4FibKey Key(uint32_t index) { return dataplane::KeyBits::Key(SourceKey(index)); }
  // Adds the entry number `index` as the options say to the batch.
  void AddEntry(FibBatch<Ipv4>& batch, uint32_t index);
  // Applies in one batch; ends the process where a change is refused.
  void Apply(const FibBatch<Ipv4>& batch);

 private:
  void StartEal(uint16_t outputs);
  void OpenPorts(uint16_t outputs);
  void AddSources();
  void MakeWorkers();
  void MakeInterfaces();
  void MakeEntries();

  const RigOptions options_;
  std::string capture_ = "/tmp/mgmd-bench-XXXXXX";
  std::vector<unsigned> lcores_;
  std::vector<dataplane::Port> outputs_;
  std::vector<dataplane::Port> inputs_;
  rte_mempool* rx_pool_ = nullptr;
  rte_mempool* copy_pool_ = nullptr;
  rte_mempool* header_pool_ = nullptr;
  std::vector<PacketSource> sources_;

  struct Rings {
    dataplane::PuntRing<Ipv4> punts{4096};
    dataplane::MessageRing<Ipv4> messages{4096};
    dataplane::PuntRing<Ipv6> ipv6_punts{64};
    dataplane::MessageRing<Ipv6> ipv6_messages{64};
    dataplane::InjectRing inject{64};
    dataplane::LocalRing local{64};
  };
  plane::InterfaceDirectory<Ipv4> directory_;
  plane::CounterLedger<Ipv4> ledger_{directory_};
  plane::InterfaceDirectory<Ipv6> ipv6_directory_;
  plane::CounterLedger<Ipv6> ipv6_ledger_{ipv6_directory_};
  dataplane::InterfaceTable interfaces_;
  dataplane::BoundarySet<Ipv4> boundaries_;
  dataplane::BoundarySet<Ipv6> ipv6_boundaries_;
  std::unique_ptr<dataplane::Epoch> epoch_;
  std::unique_ptr<dataplane::Mfib<Ipv4>> fib_;
  std::unique_ptr<dataplane::Mfib<Ipv6>> ipv6_fib_;
  std::deque<Rings> rings_;
  std::vector<dataplane::WorkerConfig> configs_;
  std::vector<std::unique_ptr<dataplane::Worker>> workers_;
  std::unique_ptr<plane::DpdkForwarder<Ipv4>> forwarder_;
  std::vector<InterfaceSlot> oifs_;
  InterfaceSlot arrival_ = kNoSlot;
};

}  // namespace mgmd::bench

#endif  // MGMD_TESTS_BENCH_RIG_H_
