#ifndef MGMD_DATAPLANE_WORKER_CONFIG_H_
#define MGMD_DATAPLANE_WORKER_CONFIG_H_

// What control makes for a worker, all of which outlives it, and the limits that it keeps.

#include <rte_mempool.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/instruction_set.h"
#include "common/punt.h"
#include "dataplane/fib/epoch.h"
#include "dataplane/fib/mfib.h"
#include "dataplane/interfaces/boundary.h"
#include "dataplane/interfaces/interface_table.h"
#include "dataplane/pending/pending.h"
#include "dataplane/rings/inject.h"
#include "dataplane/rings/local_ring.h"
#include "dataplane/rings/messages.h"
#include "dataplane/rings/ring.h"

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

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_WORKER_CONFIG_H_
