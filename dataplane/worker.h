#ifndef MGMD_DATAPLANE_WORKER_H_
#define MGMD_DATAPLANE_WORKER_H_

// A worker: one lcore's loop over its receive queues. Turn() is one turn of that loop, so that a
// test steps it in one thread:
//
//   messages from control; held packets of draining streams; rx -> parse -> lookup -> accept ->
//   replicate for each burst; upkeep of held packets; injected frames; tx flush; quiescent report
//
// A worker takes no lock, makes no system call, logs nothing, allocates only from mempools, and
// writes to memory that another core reads only through its counters and rings. Rings, pools, FIB,
// interface table and boundaries are control's and outlive the worker; everything else it needs is
// allocated by its constructor.
//
// Threads: the constructor and the destructor run on the control thread while nobody runs
// the worker; Turn() and Run() on its lcore; stats(), counters() and exceptions() on any thread.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/instruction_set.h"
#include "common/punt.h"
#include "dataplane/boundary.h"
#include "dataplane/counters.h"
#include "dataplane/exceptions.h"
#include "dataplane/fib/epoch.h"
#include "dataplane/fib/mfib.h"
#include "dataplane/interface_table.h"
#include "dataplane/local_ring.h"
#include "dataplane/messages.h"

namespace mgmd::dataplane {

template <class Family>
using PuntRing = SpscRing<Punt<Family>>;

struct RxQueue {
  uint16_t port = 0;
  uint16_t queue = 0;
};

struct TxQueue {
  uint16_t port = 0;
  uint16_t queue = 0;
  bool multi_segs = false;  // Port::multi_segs
};

// Copies that a worker collects for a port before it hands them over.
inline constexpr uint32_t kPortBuffer = 64;

// What one worker may hold for streams without a decision.
struct PendingLimits {
  uint32_t streams = 65536;
  uint32_t depth = 1024;     // packets of one stream
  uint32_t packets = 65536;  // packets in all
  uint32_t timeout_ms = 10000;
};

struct WorkerConfig {
  uint8_t id = 0;  // in punts
  std::string name;
  std::vector<RxQueue> rx;
  std::vector<TxQueue> tx;  // at most one for a port

  const Mfib<Ipv4>* fib = nullptr;
  const InterfaceTable* interfaces = nullptr;
  const BoundarySet* boundaries = nullptr;
  Epoch* epoch = nullptr;
  ReaderId reader{};

  rte_mempool* copy_pool = nullptr;
  rte_mempool* header_pool = nullptr;   // nullptr: never share
  rte_mempool* pending_pool = nullptr;  // MakePendingPool()
  // Buffers of the copy pool that the worker may keep besides the pool's cache on its lcore. With
  // kPortBuffer of them for each tx port, buffers that come back from all ports at once are used
  // again while they are in the core's cache.
  uint32_t spare_buffers = 0;

  PuntRing<Ipv4>* punts = nullptr;
  MessageRing<Ipv4>* messages = nullptr;
  InjectRing* inject = nullptr;
  LocalRing* local = nullptr;
  LocalRates local_rates = kLocalRates;  // on each interface

  PendingLimits pending;
  InstructionSet instructions = BestInstructionSet();
  uint32_t share_above = UINT32_MAX;  // frames longer than this are shared where the port can; octets
  uint32_t alert_interval_ms = 3000;  // between wrong-interface punts of one stream and interface
  uint32_t exception_places = 1 << 16;
  uint64_t tsc_hz = 0;            // of `clock`
  uint64_t (*clock)() = nullptr;  // nullptr: the time stamp counter
};

struct WorkerState;

class Worker {
 public:
  // The EAL is up. nullptr when there is no memory, or the instruction set is not supported.
  static std::unique_ptr<Worker> Create(const WorkerConfig& config);
  // Frees what is still held, counted as `stopped`.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // --- The worker's lcore

  // One turn. The reader is online. Returns the number of packets received.
  uint32_t Turn();

  // Goes online, turns until `stop`, sends what is injected, drops what it holds (`stopped`), goes offline.
  void Run(const std::atomic<bool>& stop);

  // --- Any thread

  const std::string& name() const;
  const WorkerStats& stats() const;
  const StreamCounters& counters() const;
  // Control may also Clear() it, see there.
  ExceptionTable& exceptions() const;

 private:
  explicit Worker(std::unique_ptr<WorkerState> state);
  void DropEverythingHeld();

  std::unique_ptr<WorkerState> state_;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_WORKER_H_
