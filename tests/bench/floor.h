#ifndef MGMD_TESTS_BENCH_FLOOR_H_
#define MGMD_TESTS_BENCH_FLOOR_H_

// The floor: what it costs on this machine to take packets in and send copies of them, and nothing
// else. No lookup, no checks, no counters: mgmd, which has all of them, is measured as a fraction
// of this, on the same ports, with packets of the same source, in slices of time that alternate
// with its own.
//
// copy   whole copies into fresh buffers, and the packet itself to the last port
// share  for each port a buffer with an Ethernet header of its own, chained to the one packet
//
// Each port's buffers are taken from the pool right before they are filled.

#include <rte_ether.h>
#include <rte_mbuf.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { kFloorMaxOutputs = 31 };

struct Floor {
  uint16_t input;   // port, queue 0
  uint16_t queue;   // of the outputs
  uint16_t fanout;  // 1 to kFloorMaxOutputs
  int share;
  int ipv6;                            // what the packets are
  struct rte_mempool* pool;            // of copies, or of headers
  uint16_t outputs[kFloorMaxOutputs];  // ports
  struct rte_ether_addr addresses[kFloorMaxOutputs];
};

struct FloorResult {
  uint64_t packets;
  uint64_t copies;
  uint64_t cycles;
};

// Forwards for `cycles` of the time stamp counter.
struct FloorResult RunFloor(const struct Floor* floor, uint64_t cycles);

#ifdef __cplusplus
}
#endif

#endif  // MGMD_TESTS_BENCH_FLOOR_H_
