// Built into DPDK's ipv4_multicast sample (scripts/lib/bench_sample.py): its packets get their keys
// from the source that mgmd and the floor have, but for the group, of which the sample knows a few.

#include <arpa/inet.h>
#include <rte_ethdev.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/packet_source.h"

void AddPacketSource(uint16_t port);

static uint32_t group;

static uint16_t WriteKeysOfGroup(uint16_t port, uint16_t queue, struct rte_mbuf** packets, uint16_t count,
                                 uint16_t limit, void* argument) {
  (void)port;
  (void)queue;
  (void)limit;
  struct PacketSource* const source = argument;
  for (uint16_t i = 0; i < count; i++) {
    const uint64_t key = (SourceKey(NextIndex(source)) & ~(uint64_t)UINT32_MAX) | group;
    WriteKey(rte_pktmbuf_mtod(packets[i], uint8_t*), key, source->template_sum);
  }
  return count;
}

// Called by the sample for each of its ports; the source is the one that plays a capture.
// MGMD_SAMPLE_GROUP and MGMD_SAMPLE_OCTETS: what the frames of the capture are; without them it is
// played as it is.
void AddPacketSource(uint16_t port) {
  static struct PacketSource source = {1, 1000, 0};
  static uint8_t frame[kSourceMaxFrame];
  const char* const address = getenv("MGMD_SAMPLE_GROUP");
  const char* const octets = getenv("MGMD_SAMPLE_OCTETS");
  char name[RTE_ETH_NAME_MAX_LEN];
  if (!address || !octets || rte_eth_dev_get_name_by_port(port, name) != 0 ||
      strncmp(name, "net_pcap", strlen("net_pcap")) != 0) {
    return;
  }
  struct in_addr parsed;
  const size_t length = strtoul(octets, NULL, 10);
  if (inet_pton(AF_INET, address, &parsed) != 1 || length > sizeof(frame)) {
    rte_exit(EXIT_FAILURE, "MGMD_SAMPLE_GROUP or MGMD_SAMPLE_OCTETS makes no sense\n");
  }
  group = ntohl(parsed.s_addr);
  source.template_sum = WriteFrame(frame, length);
  if (!rte_eth_add_rx_callback(port, 0, WriteKeysOfGroup, &source)) {
    rte_exit(EXIT_FAILURE, "no packet source\n");
  }
}
