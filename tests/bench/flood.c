// Sends multicast frames out of a network interface for some time, as fast as the kernel takes
// them, through a packet socket: the source for what is measured on virtual Ethernet, the kernel
// and mgmd alike.
//
//   flood INTERFACE OCTETS SECONDS ipv4|ipv6
//
// All frames have key number 0 of packet_source.h. Prints the number of frames sent.

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "tests/bench/packet_source.h"

enum { kBurst = 64 };

static double Now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int Fail(const char* what) {
  perror(what);
  return 1;
}

int main(int argc, char** argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: flood INTERFACE OCTETS SECONDS ipv4|ipv6\n");
    return 2;
  }
  const int ipv6 = strcmp(argv[4], "ipv6") == 0;
  static uint8_t frame[kSourceMaxFrame];
  const size_t octets = (size_t)atoi(argv[2]);
  if (octets < 60 || octets > sizeof(frame)) return 2;
  if (ipv6) {
    WriteIpv6Frame(frame, octets);
    WriteIpv6Key(frame, SourceKey(0));
  } else {
    WriteKey(frame, SourceKey(0), WriteFrame(frame, octets));
  }

  const int packets = socket(AF_PACKET, SOCK_RAW, 0);
  if (packets < 0) return Fail("socket");
  const int on = 1;
  setsockopt(packets, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on));
  struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                .sll_protocol = htons(ipv6 ? ETH_P_IPV6 : ETH_P_IP),
                                .sll_ifindex = (int)if_nametoindex(argv[1])};
  if (bind(packets, (struct sockaddr*)&address, sizeof(address)) != 0) return Fail(argv[1]);

  struct iovec data = {.iov_base = frame, .iov_len = octets};
  struct mmsghdr messages[kBurst];
  memset(messages, 0, sizeof(messages));
  for (int i = 0; i < kBurst; i++) messages[i].msg_hdr = (struct msghdr){.msg_iov = &data, .msg_iovlen = 1};
  unsigned long long sent = 0;
  for (const double end = Now() + atof(argv[3]); Now() < end;) {
    const int count = sendmmsg(packets, messages, kBurst, 0);
    if (count < 0 && errno != ENOBUFS && errno != EAGAIN) return Fail("sendmmsg");
    if (count > 0) sent += (unsigned long long)count;
  }
  printf("%llu\n", sent);
  return 0;
}
