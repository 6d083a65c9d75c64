#include "tests/pipeline/case_ports.h"

#include <gtest/gtest.h>
#include <rte_bus_vdev.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ether.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace mgmd::pipeline {
namespace {

constexpr size_t kPlaces = 8191;  // of a ring, where the case does not say

rte_ring* MakeRing(const std::string& name, size_t places) {
  rte_ring* const ring = rte_ring_create(name.c_str(), unsigned(places), SOCKET_ID_ANY, RING_F_EXACT_SZ);
  EXPECT_NE(ring, nullptr) << name;
  return ring;
}

Frame Content(rte_mbuf* mbuf) {
  EXPECT_EQ(rte_mbuf_check(mbuf, 1, nullptr), 0);
  Frame frame;
  for (const rte_mbuf* segment = mbuf; segment != nullptr; segment = segment->next) {
    const auto* const data = rte_pktmbuf_mtod(segment, const uint8_t*);
    frame.insert(frame.end(), data, data + segment->data_len);
  }
  EXPECT_EQ(frame.size(), mbuf->pkt_len);
  return frame;
}

}  // namespace

CasePorts::CasePorts(const config::Config& config, const CaseFiles& files) : files_(files) {
  for (const config::Interface& interface : config.interfaces) {
    if (interface.has_device()) Make(interface.name, config.dpdk.workers.size());
  }
}

CasePorts::~CasePorts() {
  Collect();
  for (const Port& port : ports_) {
    EXPECT_EQ(rte_vdev_uninit(("net_ring_" + port.name).c_str()), 0);
    rte_ring_free(port.in);
    for (rte_ring* ring : port.out) rte_ring_free(ring);
  }
}

void CasePorts::Make(const std::string& name, size_t workers) {
  const auto places = files_.tx_places.find(name);
  Port port;
  port.name = name;
  port.in = MakeRing(name + "_in", kPlaces);
  for (size_t worker = 0; worker < workers; ++worker) {
    port.out.push_back(
        MakeRing(name + "_out" + std::to_string(worker), places == files_.tx_places.end() ? kPlaces : places->second));
  }
  const int id =
      rte_eth_from_rings(name.c_str(), &port.in, 1, port.out.data(), unsigned(workers), unsigned(SOCKET_ID_ANY));
  EXPECT_GE(id, 0) << name;
  port.id = uint16_t(id);
  // Its address is zero at first, so that the first one added takes its place.
  rte_ether_addr mac{{0x02, 0x4D, 0x47, 0x4D, 0x00, uint8_t(ports_.size() + 1)}};
  EXPECT_EQ(rte_eth_dev_mac_addr_add(port.id, &mac, 0), 0);
  ports_.push_back(std::move(port));
}

rte_mbuf* CasePorts::MakeMbuf(Frame frame, rte_mempool* pool) const {
  uint64_t flags = 0;
  uint16_t tag = 0;
  if (files_.strip_vlan && frame.size() >= 18 && frame[12] == 0x81 && frame[13] == 0x00) {
    flags = RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
    tag = uint16_t(frame[14] << 8 | frame[15]);
    frame.erase(frame.begin() + 12, frame.begin() + 16);
  }
  rte_mbuf* first = nullptr;
  for (size_t done = 0, number = 0; done < frame.size(); ++number) {
    rte_mbuf* const segment = rte_pktmbuf_alloc(pool);
    if (segment == nullptr) throw std::runtime_error("no buffer for a frame to be received");
    // Nothing that was in the buffer before may be right by chance.
    std::memset(segment->buf_addr, 0xEE, segment->buf_len);
    size_t size = std::min<size_t>(frame.size() - done, rte_pktmbuf_tailroom(segment));
    if (number < files_.segments.size()) size = std::min(size, files_.segments[number]);
    std::copy_n(frame.begin() + long(done), size,
                reinterpret_cast<uint8_t*>(rte_pktmbuf_append(segment, uint16_t(size))));
    done += size;
    if (first == nullptr) {
      first = segment;
    } else {
      EXPECT_EQ(rte_pktmbuf_chain(first, segment), 0);
    }
  }
  first->ol_flags = flags;
  first->vlan_tci = tag;
  return first;
}

bool CasePorts::Feed(size_t count, rte_mempool* pool) {
  bool any = false;
  for (Port& port : ports_) {
    const auto capture = files_.in.find(port.name);
    if (capture == files_.in.end()) continue;
    for (size_t n = 0; n < count && port.fed < capture->second.size(); ++n) {
      EXPECT_EQ(rte_ring_enqueue(port.in, MakeMbuf(capture->second[port.fed++], pool)), 0);
      any = true;
    }
  }
  return any;
}

bool CasePorts::finished() const {
  return std::all_of(ports_.begin(), ports_.end(), [&](const Port& port) {
    const auto capture = files_.in.find(port.name);
    return capture == files_.in.end() || port.fed == capture->second.size();
  });
}

void CasePorts::Collect() {
  for (const Port& port : ports_) {
    for (rte_ring* ring : port.out) {
      for (void* object; rte_ring_dequeue(ring, &object) == 0;) {
        auto* const mbuf = static_cast<rte_mbuf*>(object);
        sent_[port.name].push_back(Content(mbuf));
        rte_pktmbuf_free(mbuf);
      }
    }
  }
}

bool CasePorts::SetLink(const std::string& name, bool up) {
  const auto port = std::find_if(ports_.begin(), ports_.end(), [&](const Port& one) { return one.name == name; });
  if (port == ports_.end()) return false;
  EXPECT_EQ(up ? rte_eth_dev_set_link_up(port->id) : rte_eth_dev_set_link_down(port->id), 0);
  return true;
}

}  // namespace mgmd::pipeline
