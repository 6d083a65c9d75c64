#ifndef MGMD_TESTS_SUPPORT_RING_PORTS_H_
#define MGMD_TESTS_SUPPORT_RING_PORTS_H_

// DPDK ports made of rings: a test feeds what such a port receives and takes what it sends. The
// port of the name "up0" is the device "net_ring_up0". Ports live as long as the process.

#include <gtest/gtest.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace mgmd::support {

struct RingPort {
  rte_ring* in = nullptr;
  rte_ring* out = nullptr;

  // One rx queue, and `workers` tx queues that all lead to `out`. Sizes are powers of two, and one
  // packet less is held; `out_size` 0: the same.
  static RingPort Make(const std::string& name, unsigned size, unsigned workers = 1, unsigned out_size = 0) {
    RingPort port;
    port.in = rte_ring_create((name + "_in").c_str(), size, SOCKET_ID_ANY, 0);
    port.out = rte_ring_create((name + "_out").c_str(), out_size == 0 ? size : out_size, SOCKET_ID_ANY, 0);
    std::vector<rte_ring*> out(workers, port.out);
    EXPECT_GE(rte_eth_from_rings(name.c_str(), &port.in, 1, out.data(), workers, SOCKET_ID_ANY), 0) << name;
    return port;
  }

  // False: no buffer, or the ring is full.
  bool Feed(rte_mempool* pool, const std::vector<uint8_t>& frame) const {
    rte_mbuf* packet = rte_pktmbuf_alloc(pool);
    if (packet == nullptr) return false;
    std::copy(frame.begin(), frame.end(),
              reinterpret_cast<uint8_t*>(rte_pktmbuf_append(packet, uint16_t(frame.size()))));
    if (rte_ring_enqueue(in, packet) == 0) return true;
    rte_pktmbuf_free(packet);
    return false;
  }

  // Calls visit(frame) for everything that the port has sent; returns how many.
  template <typename Visitor>
  size_t Drain(Visitor&& visit) const {
    size_t count = 0;
    for (void* packet = nullptr; rte_ring_dequeue(out, &packet) == 0; ++count) {
      auto* mbuf = static_cast<rte_mbuf*>(packet);
      std::vector<uint8_t> frame;
      for (const rte_mbuf* segment = mbuf; segment != nullptr; segment = segment->next) {
        const uint8_t* data = rte_pktmbuf_mtod(segment, const uint8_t*);
        frame.insert(frame.end(), data, data + segment->data_len);
      }
      rte_pktmbuf_free(mbuf);
      visit(frame);
    }
    return count;
  }
};

}  // namespace mgmd::support

#endif  // MGMD_TESTS_SUPPORT_RING_PORTS_H_
