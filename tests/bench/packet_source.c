#include "tests/bench/packet_source.h"

#include <rte_eal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kMaxArguments = 96, kArgumentLength = 256 };

uint32_t WriteFrame(uint8_t* frame, size_t octets) {
  static const uint8_t kFront[kEthernetOctets + kIpv4Octets] = {
      0x01, 0x00, 0x5E, 0, 0, 0, 0x02, 0, 0,  0, 0, 1, 0x08, 0x00,  // to a group, from a local address, IPv4
      0x45, 0,    0,    0, 0, 0, 0x40, 0, 64, 17};                  // don't fragment, TTL 64, UDP
  memset(frame, 0, octets);
  memcpy(frame, kFront, sizeof(kFront));
  uint8_t* const ip = frame + kEthernetOctets;
  const size_t total = octets - kEthernetOctets;
  ip[2] = (uint8_t)(total >> 8);
  ip[3] = (uint8_t)total;
  uint32_t sum = 0;
  for (size_t at = 0; at < kIpv4Octets; at += 2) {
    uint16_t word;
    memcpy(&word, ip + at, sizeof(word));
    sum += word;
  }
  sum = (sum & 0xFFFF) + (sum >> 16);
  const uint16_t checksum = (uint16_t)~sum;
  memcpy(ip + 10, &checksum, sizeof(checksum));
  return sum;
}

void WriteIpv6Frame(uint8_t* frame, size_t octets) {
  static const uint8_t kFront[kEthernetOctets + 8] = {
      0x33, 0x33, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 1, 0x86, 0xDD,  // to a group, from a local address, IPv6
      0x60, 0,    0, 0, 0, 0, 17,   64};                        // UDP, hop limit 64
  memset(frame, 0, octets);
  memcpy(frame, kFront, sizeof(kFront));
  uint8_t* const ip = frame + kEthernetOctets;
  const size_t payload = octets - kEthernetOctets - kIpv6Octets;
  ip[4] = (uint8_t)(payload >> 8);
  ip[5] = (uint8_t)payload;
  memcpy(ip + 8, kIpv6SourceFront, kIpv6Front);
  memcpy(ip + 24, kIpv6GroupFront, kIpv6Front);
}

uint16_t WriteKeys(uint16_t port, uint16_t queue, struct rte_mbuf** packets, uint16_t count, uint16_t limit,
                   void* argument) {
  (void)port;
  (void)queue;
  (void)limit;
  struct PacketSource* const source = argument;
  if (source->ipv6) {
    for (uint16_t i = 0; i < count; i++) {
      WriteIpv6Key(rte_pktmbuf_mtod(packets[i], uint8_t*), SourceKey(NextIndex(source)));
    }
    return count;
  }
  for (uint16_t i = 0; i < count; i++) {
    WriteKey(rte_pktmbuf_mtod(packets[i], uint8_t*), SourceKey(NextIndex(source)), source->template_sum);
  }
  return count;
}

int WriteCapture(const char* path, size_t octets, int ipv6) {
  static uint8_t frame[kSourceMaxFrame];
  if (ipv6) {
    WriteIpv6Frame(frame, octets);
  } else {
    WriteFrame(frame, octets);
  }
  const uint32_t header[6] = {0xA1B2C3D4, 2 | 4 << 16, 0, 0, 65535, 1};
  const uint32_t record[4] = {0, 0, (uint32_t)octets, (uint32_t)octets};
  FILE* const file = fopen(path, "wb");
  if (!file) return -1;
  const int written = fwrite(header, sizeof(header), 1, file) == 1 && fwrite(record, sizeof(record), 1, file) == 1 &&
                      fwrite(frame, octets, 1, file) == 1;
  return fclose(file) == 0 && written ? 0 : -1;
}

int HugepagesFree(unsigned megabytes) {
  if (getenv("MGMD_BENCH_NO_HUGEPAGES")) return 0;
  unsigned pages = 0;
  FILE* const file = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "r");
  if (!file) return 0;
  if (fscanf(file, "%u", &pages) != 1) pages = 0;
  fclose(file);
  return pages * 2 >= megabytes;
}

int StartPorts(const char* lcores, unsigned outputs, unsigned inputs, const char* capture, unsigned megabytes,
               const char* devices) {
  static char text[kMaxArguments][kArgumentLength];
  static char* arguments[kMaxArguments];
  int count = 0;
#define ADD(...) snprintf(text[count++], kArgumentLength, __VA_ARGS__)
  ADD("bench");
  ADD("-l%s", lcores);
  ADD("--no-telemetry");
  ADD("--log-level=error");
  ADD("-m%u", megabytes);
  ADD(HugepagesFree(megabytes) ? "--in-memory" : "--no-huge");
  if (devices) {
    static char list[16 * kArgumentLength];
    snprintf(list, sizeof(list), "%s", devices);
    int virtual_only = 1;
    for (char* device = strtok(list, " "); device; device = strtok(NULL, " ")) {
      const int is_virtual = strncmp(device, "net_", 4) == 0;
      virtual_only &= is_virtual;
      ADD(is_virtual ? "--vdev=%s" : "-a%s", device);
    }
    if (virtual_only) ADD("--no-pci");
  } else {
    ADD("--no-pci");
    for (unsigned port = 0; port < outputs; port++) ADD("--vdev=net_null%u,no-rx=1", port);
    for (unsigned port = 0; port < inputs; port++) {
      ADD("--vdev=net_pcap%u,rx_pcap=%s,infinite_rx=1,tx_pcap=/dev/null", port, capture);
    }
  }
#undef ADD
  for (int i = 0; i < count; i++) arguments[i] = text[i];
  return rte_eal_init(count, arguments);
}
