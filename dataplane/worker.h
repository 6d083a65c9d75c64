#ifndef MGMD_DATAPLANE_WORKER_H_
#define MGMD_DATAPLANE_WORKER_H_

// A worker: one lcore's loop over its receive queues. Turn() is one turn of that loop, so that a
// test steps it in one thread:
//
//   messages from control; held packets of draining streams; rx -> parse for each burst, and lookup ->
//   accept -> replicate for each family's packets in it; upkeep of held packets; injected frames; tx
//   flush; quiescent report
//
// A worker takes no lock, makes no system call, logs nothing, allocates only from mempools, and
// writes to memory that another core reads only through its counters and rings. One that may sleep
// (WorkerConfig::sleep) makes one system call, where turns in a row have found nothing to do, and
// nobody waits for it meanwhile: it is offline (epoch.h). Rings, pools, FIB, interface table and
// boundaries are control's and outlive the worker; everything else it needs is allocated by its
// constructor.
//
// Threads: the constructor and the destructor run on the control thread while nobody runs
// the worker; Turn() and Run() on its lcore; stats(), counters() and exceptions() on any thread.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "dataplane/counters/counters.h"
#include "dataplane/counters/exceptions.h"
#include "dataplane/worker_config.h"

namespace mgmd::dataplane {

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

  // Goes online, turns until `stop`, sends what is injected, drops what it holds (`stopped`), goes offline. Between
  // turns it sleeps, where it may.
  void Run(const std::atomic<bool>& stop);

  // --- Any thread

  const std::string& name() const;
  const WorkerStats& stats() const;
  // Control may also Clear() them, and fetch memory for them, see there.
  template <class Family>
  StreamCounters& counters() const;
  template <class Family>
  ExceptionTable& exceptions() const;

 private:
  struct Turned {
    uint32_t received;
    bool idle;  // there was nothing to do
  };

  explicit Worker(std::unique_ptr<WorkerState> state);
  Turned TakeTurn();
  void DropEverythingHeld();

  std::unique_ptr<WorkerState> state_;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_WORKER_H_
