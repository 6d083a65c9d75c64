#ifndef MGMD_TESTS_BENCH_PACKET_SOURCE_H_
#define MGMD_TESTS_BENCH_PACKET_SOURCE_H_

// The packets of the benchmarks and the devices they come from and go to: one source for the floor
// (C) and for mgmd, so that both pay the same for it.
//
// A port's packets come from net_pcap, which plays a capture of one frame over and over. An rx
// callback gives each packet a key drawn at random among `entries` and makes the header checksum
// of IPv4 right again: a replayed capture alone would touch as many FIB entries as it has packets.
//
// One PacketSource belongs to one rx queue and is used by the core that polls it.

#include <rte_mbuf.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/bench/ipv6_fronts.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { kSourceMaxFrame = 9018, kEthernetOctets = 14, kIpv4Octets = 20, kIpv6Octets = 40 };

struct PacketSource {
  uint64_t state;         // of the random numbers; any value but 0
  uint32_t entries;       // keys 0 .. entries - 1 are drawn
  uint32_t template_sum;  // of the frame's IPv4 header with zero addresses
  int ipv6;
};

// Key number `index`, as source << 32 | group, host order: sources in 10/8, groups in 225/8, which are the last four
// octets of an IPv6 key's. Distinct below 2^24 - 1.
static inline uint64_t SourceKey(uint32_t index) {
  const uint64_t source = 0x0A000000u | ((index + 1) * 0x9E3779B1u & 0xFFFFFFu);
  return source << 32 | 0xE1000000u | ((index + 1) * 0xC2B2AE35u >> 8);
}

// Makes `frame` an IPv4 multicast frame of `octets` (without the frame check sequence): TTL 64,
// protocol UDP, both addresses zero and the checksum right for that. Returns what
// PacketSource::template_sum needs.
uint32_t WriteFrame(uint8_t* frame, size_t octets);

// The same of IPv6, with the fronts of the addresses and zeros after them.
void WriteIpv6Frame(uint8_t* frame, size_t octets);

// Writes the key into a frame of WriteIpv6Frame().
static inline void WriteIpv6Key(uint8_t* frame, uint64_t key) {
  const uint32_t source = __builtin_bswap32((uint32_t)(key >> 32));
  const uint32_t group = __builtin_bswap32((uint32_t)key);
  __builtin_memcpy(frame + kEthernetOctets + 8 + kIpv6Front, &source, sizeof(source));
  __builtin_memcpy(frame + kEthernetOctets + 24 + kIpv6Front, &group, sizeof(group));
}

// Writes the key and the checksum into a frame of WriteFrame().
static inline void WriteKey(uint8_t* frame, uint64_t key, uint32_t template_sum) {
  const uint64_t addresses = __builtin_bswap64(key);
  uint32_t sum = template_sum + (uint32_t)(addresses & 0xFFFF) + (uint32_t)(addresses >> 16 & 0xFFFF) +
                 (uint32_t)(addresses >> 32 & 0xFFFF) + (uint32_t)(addresses >> 48);
  sum = (sum & 0xFFFF) + (sum >> 16);
  sum = (sum & 0xFFFF) + (sum >> 16);
  const uint16_t checksum = (uint16_t)~sum;
  __builtin_memcpy(frame + kEthernetOctets + 10, &checksum, sizeof(checksum));
  __builtin_memcpy(frame + kEthernetOctets + 12, &addresses, sizeof(addresses));
}

// The next random index.
static inline uint32_t NextIndex(struct PacketSource* source) {
  source->state = source->state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)((source->state >> 32) * source->entries >> 32);
}

// An rx callback (rte_rx_callback_fn); `argument` is the queue's PacketSource.
uint16_t WriteKeys(uint16_t port, uint16_t queue, struct rte_mbuf** packets, uint16_t count, uint16_t limit,
                   void* argument);

// Writes a capture of one frame of WriteFrame() or WriteIpv6Frame(). Returns 0, or -1 with errno.
int WriteCapture(const char* path, size_t octets, int ipv6);

// Whether free hugepages cover `megabytes`; never with MGMD_BENCH_NO_HUGEPAGES in the environment
// (under valgrind EAL finds no place for them).
int HugepagesFree(unsigned megabytes);

// Starts EAL on the cores `lcores` (as for -l) with `outputs` net_null ports (ids from 0) and,
// behind them, `inputs` net_pcap ports that play `capture`; or with the given `devices` where these
// are not NULL: PCI addresses, and virtual devices in DPDK's words (net_...), with blanks between.
// `megabytes` of memory, hugepages where there are enough. Returns what rte_eal_init() does.
int StartPorts(const char* lcores, unsigned outputs, unsigned inputs, const char* capture, unsigned megabytes,
               const char* devices);

#ifdef __cplusplus
}
#endif

#endif  // MGMD_TESTS_BENCH_PACKET_SOURCE_H_
