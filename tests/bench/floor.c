#include "tests/bench/floor.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_memcpy.h>
#include <string.h>

enum { kBurst = 64, kFront = RTE_ETHER_HDR_LEN };

// One hop off the TTL, and the checksum one up for it; IPv6 has none.
static void TakeHop(struct rte_mbuf* packet, int ipv6) {
  uint8_t* const ip = rte_pktmbuf_mtod(packet, uint8_t*) + kFront;
  if (ipv6) {
    ip[7]--;
    return;
  }
  uint16_t checksum;
  memcpy(&checksum, ip + 10, sizeof(checksum));
  checksum++;
  memcpy(ip + 10, &checksum, sizeof(checksum));
  ip[8]--;
}

static void Copy(struct rte_mbuf** packets, struct rte_mbuf** copies, uint16_t count,
                 const struct rte_ether_addr* address) {
  for (uint16_t i = 0; i < count; i++) {
    uint8_t* const to = rte_pktmbuf_mtod(copies[i], uint8_t*);
    rte_memcpy(to, rte_pktmbuf_mtod(packets[i], uint8_t*), packets[i]->data_len);
    rte_ether_addr_copy(address, (struct rte_ether_addr*)(to + 6));
    copies[i]->data_len = packets[i]->data_len;
    copies[i]->pkt_len = packets[i]->pkt_len;
  }
}

// The packets' data begins after their Ethernet headers, which are still there.
static void Share(struct rte_mbuf** packets, struct rte_mbuf** headers, uint16_t count,
                  const struct rte_ether_addr* address) {
  for (uint16_t i = 0; i < count; i++) {
    uint8_t* const to = rte_pktmbuf_mtod(headers[i], uint8_t*);
    rte_memcpy(to, rte_pktmbuf_mtod(packets[i], uint8_t*) - kFront, kFront);
    rte_ether_addr_copy(address, (struct rte_ether_addr*)(to + 6));
    headers[i]->data_len = kFront;
    headers[i]->pkt_len = packets[i]->pkt_len + kFront;
    headers[i]->next = packets[i];
    headers[i]->nb_segs = 2;
  }
}

static uint64_t SendCopies(const struct Floor* floor, struct rte_mbuf** packets, uint16_t count) {
  struct rte_mbuf* copies[kBurst];
  uint64_t sent = 0;
  for (uint16_t n = 0; n + 1 < floor->fanout; n++) {
    if (rte_pktmbuf_alloc_bulk(floor->pool, copies, count) != 0) break;
    Copy(packets, copies, count, &floor->addresses[n]);
    sent += rte_eth_tx_burst(floor->outputs[n], floor->queue, copies, count);
  }
  return sent + rte_eth_tx_burst(floor->outputs[floor->fanout - 1], floor->queue, packets, count);
}

static uint64_t SendShared(const struct Floor* floor, struct rte_mbuf** packets, uint16_t count) {
  struct rte_mbuf* headers[kBurst];
  uint64_t sent = 0;
  for (uint16_t i = 0; i < count; i++) {
    rte_pktmbuf_adj(packets[i], kFront);
    rte_mbuf_refcnt_set(packets[i], floor->fanout);
  }
  for (uint16_t n = 0; n < floor->fanout; n++) {
    if (rte_pktmbuf_alloc_bulk(floor->pool, headers, count) != 0) break;
    Share(packets, headers, count, &floor->addresses[n]);
    sent += rte_eth_tx_burst(floor->outputs[n], floor->queue, headers, count);
  }
  return sent;
}

struct FloorResult RunFloor(const struct Floor* floor, uint64_t cycles) {
  struct FloorResult result = {0, 0, 0};
  struct rte_mbuf* packets[kBurst];
  const int share = floor->share && floor->fanout > 1;
  const uint64_t begin = rte_rdtsc();
  while (result.cycles < cycles) {
    const uint16_t count = rte_eth_rx_burst(floor->input, 0, packets, kBurst);
    for (uint16_t i = 0; i < count; i++) TakeHop(packets[i], floor->ipv6);
    result.packets += count;
    result.copies += share ? SendShared(floor, packets, count) : SendCopies(floor, packets, count);
    result.cycles = rte_rdtsc() - begin;
  }
  return result;
}
