// The floor as a program of its own: what one core can do on given devices and a given input without a lookup, a check
// or a counter, beside which mgmd stands as the program that users run (scripts/lib/bench_process.py).
//
//   floor_process EAL-ARGUMENTS -- FANOUT copy|share SECONDS BUFFERS
//
// The last port is the input, the first FANOUT are the outputs. BUFFERS: of the input's pool. After half a second
// without a figure it forwards for SECONDS and prints {"input_mpps": ..., "copies_mps": ...}.

#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/floor.h"

enum { kDescriptors = 1024, kCopies = 16383, kPoolCache = 512, kHeaderRoom = 256 };

static void Open(uint16_t port, struct rte_mempool* pool, struct rte_ether_addr* address) {
  const struct rte_eth_conf configuration = {0};
  if (rte_eth_dev_configure(port, 1, 1, &configuration) != 0 ||
      rte_eth_rx_queue_setup(port, 0, kDescriptors, SOCKET_ID_ANY, NULL, pool) != 0 ||
      rte_eth_tx_queue_setup(port, 0, kDescriptors, SOCKET_ID_ANY, NULL) != 0 ||
      rte_eth_macaddr_get(port, address) != 0 || rte_eth_dev_start(port) != 0) {
    rte_exit(EXIT_FAILURE, "port %u cannot be opened\n", port);
  }
}

int main(int argc, char** argv) {
  const int eal = rte_eal_init(argc, argv);
  if (eal < 0 || argc - eal != 5) {
    rte_exit(EXIT_FAILURE, "usage: floor_process EAL-ARGUMENTS -- FANOUT copy|share SECONDS BUFFERS\n");
  }
  const uint16_t ports = rte_eth_dev_count_avail();
  struct Floor floor = {.fanout = (uint16_t)atoi(argv[eal + 1]), .share = strcmp(argv[eal + 2], "share") == 0};
  if (floor.fanout < 1 || floor.fanout > kFloorMaxOutputs || floor.fanout >= ports) {
    rte_exit(EXIT_FAILURE, "a fan-out of %u with %u ports\n", floor.fanout, ports);
  }
  struct rte_mempool* const received = rte_pktmbuf_pool_create("received", (unsigned)atoi(argv[eal + 4]), kPoolCache, 0,
                                                               RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
  floor.pool = rte_pktmbuf_pool_create("copies", kCopies, kPoolCache, 0,
                                       floor.share ? kHeaderRoom : RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
  if (received == NULL || floor.pool == NULL) rte_exit(EXIT_FAILURE, "no memory for the pools\n");
  floor.input = ports - 1;
  for (uint16_t port = 0; port < ports; port++) {
    struct rte_ether_addr address;
    Open(port, received, &address);
    if (port >= floor.fanout) continue;
    floor.outputs[port] = port;
    floor.addresses[port] = address;
  }
  RunFloor(&floor, rte_get_tsc_hz() / 2);
  const struct FloorResult result = RunFloor(&floor, (uint64_t)(atof(argv[eal + 3]) * (double)rte_get_tsc_hz()));
  const double microseconds = (double)result.cycles / ((double)rte_get_tsc_hz() / 1e6);
  printf("{\"input_mpps\": %.4f, \"copies_mps\": %.4f}\n", (double)result.packets / microseconds,
         (double)result.copies / microseconds);
  rte_eal_cleanup();
  return 0;
}
