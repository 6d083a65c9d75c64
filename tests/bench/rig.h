#ifndef MGMD_TESTS_BENCH_RIG_H_
#define MGMD_TESTS_BENCH_RIG_H_

// mgmd's dataplane with FIBs full of entries, between a source and sinks: what every forwarding
// benchmark runs on. All checks and all counters are on; changes go through the same Forwarder that
// control uses.
//
// Every worker has an input port of its own and a tx queue on every output. An oif is an output
// port, or a VLAN on one where there are more oifs than ports; it has a slot in each family.
//
// What is asked for a family has IPv4 where none is named.
//
// Slices: the workers' lcores forward for a given time, by mgmd or by the floor, while the caller's
// thread (control) does what it likes. Slices of one process share ports, buffers and memory, so
// that their ratio is free of what differs from process to process.

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "common/ip_family.h"
#include "control/plane/counter_ledger.h"
#include "control/plane/dpdk_forwarder.h"
#include "dataplane/devices/port.h"
#include "dataplane/interfaces/boundary.h"
#include "dataplane/worker.h"
#include "tests/bench/floor.h"
#include "tests/bench/packet_source.h"
#include "tests/bench/stream_keys.h"
#include "tests/support/temporary_folder.h"

namespace mgmd::bench {

enum class CopyMode { kCopy, kShare, kAuto };

// Which families have entries and packets.
enum class Traffic { kIpv4, kIpv6, kBoth };
template <class Family>
constexpr bool Includes(Traffic traffic) {
  return traffic == Traffic::kBoth || (traffic == Traffic::kIpv6) == std::is_same_v<Family, Ipv6>;
}

struct RigOptions {
  Traffic traffic = Traffic::kIpv4;  // a capture is of one family
  uint32_t entries = 1000;           // keys that a family's packets have, SourceKey(0 ..)
  uint32_t fanout = 1;
  bool random_oifs = false;  // each entry's oifs are drawn at random out of all outputs
  uint16_t octets = 60;      // of a frame, without its check sequence
  CopyMode mode = CopyMode::kCopy;
  uint32_t share_above = 768;  // with kAuto
  uint16_t workers = 1;
  uint32_t max_entries = 0;                            // of a FIB; 0: what `entries` need
  uint32_t pending = 1024;                             // streams of a family that may wait, and packets of them
  InstructionSet instructions = BestInstructionSet();  // of FIBs and workers
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

  // Of another slice or worker; marks and `stopped` stay.
  Slice& operator+=(const Slice& other);

  double packet_rate() const { return static_cast<double>(packets) / seconds; }
  double copy_rate() const { return static_cast<double>(copies) / seconds; }
};

enum class Forwarding { kMgmd, kFloorCopy, kFloorShare };

// Ends the process with the status' message where it is an error.
void Require(const absl::Status& status);

// What a rig makes for each family.
template <class Family>
struct RigHalf {
  plane::InterfaceDirectory<Family> directory;
  plane::CounterLedger<Family> ledger{directory};
  dataplane::BoundarySet<Family> boundaries;
  std::unique_ptr<dataplane::Mfib<Family>> fib;
  std::unique_ptr<plane::DpdkForwarder<Family>> forwarder;
  std::vector<InterfaceSlot> oifs;
  InterfaceSlot arrival = kNoSlot;
};
template <class Family>
struct RigRings {
  dataplane::PuntRing<Family> punts{4096};
  dataplane::MessageRing<Family> messages{4096};
};

class Rig {
 public:
  // Starts EAL, ports and FIBs; ends the process with a message where that is not possible.
  explicit Rig(const RigOptions& options);
  ~Rig();
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  // Forwards for `seconds`; `control` runs meanwhile, over and over, on the calling thread. Notes
  // when all workers know that the stamp of the interface `watched` has changed.
  Slice Run(Forwarding what, double seconds, const std::function<void()>& control = {}, bool marks = false,
            InterfaceSlot watched = kNoSlot);
  // For changes that are made while nobody forwards.
  template <class Family = Ipv4>
  void KeepHouse() {
    while (forwarder<Family>().Poll()) {
    }
  }

  const RigOptions& options() const { return options_; }
  template <class Family = Ipv4>
  plane::DpdkForwarder<Family>& forwarder() {
    return *half<Family>().forwarder;
  }
  template <class Family = Ipv4>
  dataplane::Mfib<Family>& fib() {
    return *half<Family>().fib;
  }
  dataplane::Worker& worker(size_t index) { return *workers_[index]; }
  // As worker 0 was made, for stages that are measured alone.
  const dataplane::WorkerConfig& worker_config() const { return configs_[0]; }
  rte_mempool* rx_pool() const { return rx_pool_; }
  const std::vector<dataplane::Port>& outputs() const { return outputs_; }
  const std::vector<dataplane::Port>& inputs() const { return inputs_; }

  // The slot of oif number `oif`, and of the arrival interface.
  template <class Family = Ipv4>
  InterfaceSlot oif(uint32_t number) const {
    return half<Family>().oifs[number];
  }
  uint32_t oif_count() const { return static_cast<uint32_t>(half<Ipv4>().oifs.size()); }
  template <class Family = Ipv4>
  InterfaceSlot arrival() const {
    return half<Family>().arrival;
  }
  // What control calls them.
  template <class Family = Ipv4>
  static InterfaceIdOf<Family> OifId(uint32_t number) {
    return {number + 1, {}};
  }
  template <class Family = Ipv4>
  static InterfaceIdOf<Family> ArrivalId() {
    return {60000, {}};
  }

  template <class Family = Ipv4>
  static FibKey<Family> Key(uint32_t index) {
    return StreamKey<Family>(SourceKey(index));
  }
  // Adds the entry number `index` as the options say to the batch.
  template <class Family>
  void AddEntry(FibBatch<Family>& batch, uint32_t index);
  // Applies in one batch; ends the process where a change is refused.
  template <class Family>
  void Apply(const FibBatch<Family>& batch);

 private:
  struct Rings {
    PerFamily<RigRings> families;
    dataplane::InjectRing inject{64};
    dataplane::LocalRing local{64};
  };

  template <class Family>
  RigHalf<Family>& half() {
    return halves_.of<Family>();
  }
  template <class Family>
  const RigHalf<Family>& half() const {
    return halves_.of<Family>();
  }
  void StartEal(uint16_t outputs);
  void OpenPorts(uint16_t outputs);
  void AddSources();
  template <class Family>
  void MakeFib();
  void MakeWorkers();
  template <class Family>
  dataplane::FamilyParts<Family> PartsOf(Rings& rings);
  template <class Family>
  void MakeForwarder();
  template <class Family>
  void MakeInterfaces();
  template <class Family>
  void MakeEntries();

  const RigOptions options_;
  std::optional<support::TemporaryFolder> folder_;  // of the source's capture, until the ports have read it
  std::vector<unsigned> lcores_;
  std::vector<dataplane::Port> outputs_;
  std::vector<dataplane::Port> inputs_;
  rte_mempool* rx_pool_ = nullptr;
  rte_mempool* copy_pool_ = nullptr;
  rte_mempool* header_pool_ = nullptr;
  std::vector<PacketSource> sources_;

  dataplane::InterfaceTable interfaces_;
  std::unique_ptr<dataplane::Epoch> epoch_;
  PerFamily<RigHalf> halves_;
  std::deque<Rings> rings_;
  std::vector<dataplane::WorkerConfig> configs_;
  std::vector<std::unique_ptr<dataplane::Worker>> workers_;
};

}  // namespace mgmd::bench

#endif  // MGMD_TESTS_BENCH_RIG_H_
