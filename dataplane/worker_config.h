#ifndef MGMD_DATAPLANE_WORKER_CONFIG_H_
#define MGMD_DATAPLANE_WORKER_CONFIG_H_

// What control makes for a worker, all of which outlives it, and the limits that it keeps.

#include <rte_mempool.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/icmpv6_error.h"
#include "common/instruction_set.h"
#include "common/punt.h"
#include "dataplane/fib/epoch.h"
#include "dataplane/fib/mfib.h"
#include "dataplane/interfaces/boundary.h"
#include "dataplane/interfaces/interface_table.h"
#include "dataplane/pending/pending.h"
#include "dataplane/rings/error_requests.h"
#include "dataplane/rings/inject.h"
#include "dataplane/rings/local_ring.h"
#include "dataplane/rings/messages.h"
#include "dataplane/rings/ring.h"

namespace mgmd::dataplane {

template <class Family>
using PuntRing = SpscRing<Punt<Family>>;

// Ports by the router's numbers; which device is behind one, PortLine tells.
struct RxQueue {
  uint16_t port = 0;
  uint16_t queue = 0;
};

struct TxQueue {
  uint16_t port = 0;
  uint16_t queue = 0;
  bool multi_segs = false;  // Port::multi_segs
};

// What is made for each address family.
template <class Family>
struct FamilyParts {
  const Mfib<Family>* fib = nullptr;
  const BoundarySet<Family>* boundaries = nullptr;
  PuntRing<Family>* punts = nullptr;
  MessageRing<Family>* messages = nullptr;
};

struct WorkerConfig {
  uint8_t id = 0;  // in punts
  std::string name;
  std::vector<RxQueue> rx;
  std::vector<TxQueue> tx;  // at most one for a port

  FamilyParts<Ipv4> ipv4;
  FamilyParts<Ipv6> ipv6;
  const InterfaceTable* interfaces = nullptr;
  Epoch* epoch = nullptr;
  ReaderId reader{};

  rte_mempool* copy_pool = nullptr;
  rte_mempool* header_pool = nullptr;   // nullptr: never share
  rte_mempool* pending_pool = nullptr;  // MakePendingPool(); has pending.packets for each of both families
  // Buffers of the copy pool that the worker may keep besides the pool's cache on its lcore. With
  // kPortBuffer of them for each tx port, buffers that come back from all ports at once are used
  // again while they are in the core's cache.
  uint32_t spare_buffers = 0;

  InjectRing* inject = nullptr;
  LocalRing* local = nullptr;
  ErrorRing* errors = nullptr;                      // nullptr: nobody sends ICMPv6 errors
  rte_mempool* quote_pool = nullptr;                // what ICMPv6 errors are to quote; with `errors`
  uint32_t icmpv6_errors = kIcmpv6ErrorsPerSecond;  // a second, on each interface; 0: none
  LocalRates local_rates = kLocalRates;             // on each interface

  PendingLimits pending;  // in each family
  InstructionSet instructions = BestInstructionSet();
  uint32_t share_above = UINT32_MAX;  // frames longer than this are shared where the port can; octets
  // IPv6 hop-by-hop options, as they say; otherwise they are passed over (RFC 9673).
  bool act_on_unknown_options = true;
  uint32_t alert_interval_ms = 3000;    // between wrong-interface punts of one stream and interface
  uint32_t exception_places = 1 << 16;  // in each family
  uint64_t tsc_hz = 0;                  // of `clock`
  uint64_t (*clock)() = nullptr;        // nullptr: the time stamp counter
  // How Run() sleeps while there is nothing to do (idle_pace.h); nullptr: it does not.
  void (*sleep)(uint32_t microseconds) = nullptr;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_WORKER_CONFIG_H_
