#include "tests/support/worker_rig.h"

#include <gtest/gtest.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ring.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <string>

#include "dataplane/devices/pools.h"
#include "dataplane/devices/port.h"
#include "tests/support/eal.h"

namespace mgmd::testing {
namespace {

using dataplane::ReaderId;

constexpr uint32_t kRxRing = 4096;
constexpr uint16_t kRigWorkers = 2;
uint64_t g_clock_us = 0;
uint64_t Clock() { return g_clock_us; }

// Rings and ports of the process.
struct Bench {
  struct PortRings {
    uint16_t id = 0;
    rte_ring* rx[kRigWorkers] = {};
    rte_ring* tx[kRigWorkers] = {};
    std::deque<rte_mbuf*> stuffing;  // keeps a tx ring full
  };
  PortRings ports[kRigPorts];

  static Bench& Get() {
    static Bench bench;
    return bench;
  }

 private:
  Bench() {
    if (!support::StartEal(512)) std::abort();
    for (int port = 0; port < kRigPorts; ++port) {
      for (int worker = 0; worker < kRigWorkers; ++worker) {
        ports[port].rx[worker] = MakeRing("rx", port, worker, kRxRing);
        ports[port].tx[worker] = MakeRing("tx", port, worker, worker == 0 ? kRigTxRing : kRxRing);
      }
      const std::string name = "rig" + std::to_string(port);
      const int id = rte_eth_from_rings(name.c_str(), ports[port].rx, kRigWorkers, ports[port].tx, kRigWorkers, 0);
      if (id < 0) std::abort();
      ports[port].id = static_cast<uint16_t>(id);
    }
  }

  static rte_ring* MakeRing(const char* direction, int port, int worker, uint32_t size) {
    const std::string name = std::string(direction) + std::to_string(port) + "-" + std::to_string(worker);
    rte_ring* const ring = rte_ring_create(name.c_str(), size, 0, RING_F_SP_ENQ | RING_F_SC_DEQ);
    if (ring == nullptr) std::abort();
    return ring;
  }
};

// OpenPort() gives a ring port one rx queue, since it cannot spread; the test spreads by itself.
void AddRxQueues(uint16_t port, rte_mempool* pool) {
  const rte_eth_conf conf = {};
  rte_eth_dev_stop(port);
  EXPECT_EQ(rte_eth_dev_configure(port, kRigWorkers, kRigWorkers, &conf), 0);
  for (uint16_t queue = 0; queue < kRigWorkers; ++queue) {
    EXPECT_EQ(rte_eth_rx_queue_setup(port, queue, 1024, 0, nullptr, pool), 0);
    EXPECT_EQ(rte_eth_tx_queue_setup(port, queue, 1024, 0, nullptr), 0);
  }
  EXPECT_EQ(rte_eth_dev_start(port), 0);
}

// Names of pools, unique in the process.
std::string UniqueName(const char* what) {
  static int next = 0;
  return std::string(what) + std::to_string(next++);
}

Bytes Content(const rte_mbuf* mbuf) {
  Bytes bytes;
  EXPECT_EQ(rte_mbuf_check(mbuf, 1, nullptr), 0);
  for (const rte_mbuf* segment = mbuf; segment != nullptr; segment = segment->next) {
    const uint8_t* const data = rte_pktmbuf_mtod(segment, const uint8_t*);
    bytes.insert(bytes.end(), data, data + segment->data_len);
  }
  EXPECT_EQ(bytes.size(), mbuf->pkt_len);
  return bytes;
}

}  // namespace

Bytes MacOf(int interface) {
  return {0x02, 0x4D, 0x47, 0x4D, static_cast<uint8_t>(interface >> 8), static_cast<uint8_t>(interface)};
}

Ipv4FibKey SourceGroup(std::string_view source, std::string_view group) { return KeyOf<Ipv4>(source, group); }
Ipv4FibKey AnySource(std::string_view group, int length) {
  return Ipv4FibKey::AnySource(Ipv4Address::Parse(group).value(), length);
}

WorkerRig::WorkerRig(RigOptions options) : options_(options), epochs_(kMaxSlots, 1) {
  Bench& bench = Bench::Get();
  g_clock_us = 1'000'000;
  rx_pool_ = dataplane::MakePool(UniqueName("rx").c_str(), options_.rx_buffers, options_.frame, 0);
  copy_pool_ = dataplane::MakePool(UniqueName("copy").c_str(), options_.copy_buffers, options_.frame, 0);
  if (options_.header_buffers > 0) {
    header_pool_ =
        dataplane::MakePool(UniqueName("header").c_str(), options_.header_buffers, dataplane::kHeaderRoom, 0);
  }
  interfaces_ = std::make_unique<dataplane::InterfaceTable>();
  std::vector<std::string> names;
  for (int i = 0; i < options_.workers; ++i) names.push_back("worker" + std::to_string(i));
  epoch_ = std::make_unique<dataplane::Epoch>(names);
  ipv4_ = std::make_unique<RigFamily<Ipv4>>(*epoch_, workers_);
  ipv6_ = std::make_unique<RigFamily<Ipv6>>(*epoch_, workers_);

  for (auto& rings : bench.ports) {
    const dataplane::PortResult opened =
        dataplane::OpenPort(rings.id, {.rx_queues = 1, .tx_queues = kRigWorkers, .rx_pool = rx_pool_});
    EXPECT_TRUE(opened.ok) << opened.message;
    if (options_.workers > 1) AddRxQueues(rings.id, rx_pool_);
    interfaces_->SetReceiving(rings.id, rings.id);
    interfaces_->SetSending(rings.id, rings.id);
  }
  for (uint8_t i = 0; i < options_.workers; ++i) {
    pending_pools_.push_back(
        dataplane::MakePendingPool(UniqueName("pending").c_str(), options_.pending_buffers, options_.frame, 0));
    inject_.push_back(std::make_unique<dataplane::InjectRing>(64));
    local_.push_back(std::make_unique<dataplane::LocalRing>(options_.local_buffers));
    errors_.push_back(std::make_unique<dataplane::ErrorRing>(dataplane::kErrorRing));
    dataplane::WorkerConfig config;
    config.id = i;
    config.name = names[i];
    for (auto& rings : bench.ports) {
      config.rx.push_back({rings.id, i});
      config.tx.push_back({rings.id, i, options_.multi_segs});
    }
    config.ipv4 = ipv4_->MakeParts(options_.punt_ring);
    config.ipv6 = ipv6_->MakeParts(options_.punt_ring);
    config.interfaces = interfaces_.get();
    config.epoch = epoch_.get();
    config.reader = ReaderId{i};
    config.copy_pool = copy_pool_;
    config.header_pool = header_pool_;
    config.pending_pool = pending_pools_[i];
    config.inject = inject_[i].get();
    config.local = local_[i].get();
    config.errors = errors_[i].get();
    config.quote_pool = copy_pool_;
    config.pending = options_.pending;
    config.instructions = options_.instructions;
    config.share_above = options_.share_above;
    config.act_on_unknown_options = options_.act_on_unknown_options;
    config.icmpv6_errors = options_.icmpv6_errors;
    config.alert_interval_ms = options_.alert_interval_ms;
    config.exception_places = options_.exception_places;
    config.tsc_hz = 1'000'000;
    config.clock = Clock;
    config.sleep = options_.sleep;
    if (i == 0) worker_config_ = config;
    workers_.push_back(dataplane::Worker::Create(config));
    EXPECT_NE(workers_.back(), nullptr);
    epoch_->Online(config.reader);
  }
}

WorkerRig::~WorkerRig() {
  for (auto& rings : Bench::Get().ports) {
    DiscardSent(rings.id);
    for (rte_ring* ring : rings.rx) {
      void* mbuf;
      while (rte_ring_dequeue(ring, &mbuf) == 0) rte_pktmbuf_free(static_cast<rte_mbuf*>(mbuf));
    }
  }
  for (auto& worker : workers_) worker.reset();
  local_.clear();
  TakeErrors();
  for (auto& rings : Bench::Get().ports) dataplane::StopPort(rings.id);
  EXPECT_EQ(available(rx_pool_), options_.rx_buffers) << "rx mbufs lost";
  EXPECT_EQ(available(copy_pool_), options_.copy_buffers) << "copy mbufs lost";
  if (header_pool_ != nullptr) {
    EXPECT_EQ(available(header_pool_), options_.header_buffers) << "header mbufs lost";
  }
  for (rte_mempool* pool : pending_pools_) {
    EXPECT_EQ(available(pool), options_.pending_buffers) << "pending mbufs lost";
    rte_mempool_free(pool);
  }
  rte_mempool_free(rx_pool_);
  rte_mempool_free(copy_pool_);
  rte_mempool_free(header_pool_);
}

uint32_t WorkerRig::available(rte_mempool* pool) const { return rte_mempool_avail_count(pool); }

void WorkerRig::AddInterface(int interface, int port, int vlan) {
  AddInterface(interface, {.port = static_cast<uint16_t>(port), .vlan = static_cast<uint16_t>(vlan)});
}

void WorkerRig::AddInterface(int interface, dataplane::InterfaceSettings settings, uint64_t ipv6_boundary) {
  const Bytes mac = MacOf(interface);
  std::copy(mac.begin(), mac.end(), settings.mac.begin());
  if (settings.port != dataplane::kNoPort) settings.port = Bench::Get().ports[settings.port].id;
  const auto add = [&](const Stamp& stamp) {
    const InterfaceSlot slot{stamp.slot};
    interfaces_->Configure(slot, settings);
    interfaces_->SetStamp(stamp);
    interfaces_->SetUp(slot, true);
    interfaces_->SetEnabled(slot, true);
  };
  add(CurrentStamp<Ipv4>(interface));
  settings.boundary = ipv6_boundary;
  add(CurrentStamp<Ipv6>(interface));
}

std::vector<WorkerRig::LocalFrame> WorkerRig::TakeLocal(size_t limit) {
  std::vector<LocalFrame> all;
  for (auto& ring : local_) {
    for (dataplane::LocalPunt punt; all.size() < limit && ring->Pop(punt);) {
      all.push_back({punt.local_class, InterfaceSlot{punt.slot}, punt.arrived, Content(punt.mbuf)});
      ring->Free(punt);
    }
  }
  return all;
}

std::vector<WorkerRig::Error> WorkerRig::TakeErrors() {
  std::vector<Error> all;
  for (auto& ring : errors_) {
    for (dataplane::ErrorRequest request; ring->Pop(&request, 1) == 1;) {
      all.push_back({request.kind, request.value, InterfaceSlot{request.slot}, Content(request.quote)});
      rte_pktmbuf_free(request.quote);
    }
  }
  return all;
}

rte_mbuf* WorkerRig::MakeMbuf(const Bytes& frame) {
  rte_mbuf* const mbuf = rte_pktmbuf_alloc(rx_pool_);
  if (mbuf == nullptr) std::abort();
  std::copy(frame.begin(), frame.end(), rte_pktmbuf_mtod(mbuf, uint8_t*));
  mbuf->data_len = static_cast<uint16_t>(frame.size());
  mbuf->pkt_len = mbuf->data_len;
  return mbuf;
}

void WorkerRig::ReceiveMbuf(int port, rte_mbuf* mbuf, int worker) {
  if (rte_ring_enqueue(Bench::Get().ports[port].rx[worker], mbuf) != 0) std::abort();
}

void WorkerRig::Receive(int port, const Bytes& frame, int worker) { ReceiveMbuf(port, MakeMbuf(frame), worker); }

void WorkerRig::ReceiveInSegments(int port, const Bytes& frame, const std::vector<size_t>& sizes) {
  rte_mbuf* first = nullptr;
  size_t done = 0;
  for (size_t i = 0; done < frame.size(); ++i) {
    const size_t size = i < sizes.size() ? std::min(sizes[i], frame.size() - done)
                                         : std::min<size_t>(frame.size() - done, options_.frame);
    rte_mbuf* const segment =
        MakeMbuf(Bytes(frame.begin() + static_cast<long>(done), frame.begin() + static_cast<long>(done + size)));
    done += size;
    if (first == nullptr) {
      first = segment;
    } else if (rte_pktmbuf_chain(first, segment) != 0) {
      std::abort();
    }
  }
  ReceiveMbuf(port, first);
}

std::vector<Bytes> WorkerRig::Sent(int port) {
  std::vector<Bytes> frames;
  auto& rings = Bench::Get().ports[port];
  for (rte_ring* ring : rings.tx) {
    void* object;
    while (rte_ring_dequeue(ring, &object) == 0) {
      auto* const mbuf = static_cast<rte_mbuf*>(object);
      if (!rings.stuffing.empty() && mbuf == rings.stuffing.front()) {
        rings.stuffing.pop_front();
        continue;
      }
      frames.push_back(Content(mbuf));
      rte_pktmbuf_free(mbuf);
    }
  }
  return frames;
}

size_t WorkerRig::DiscardSent(int port) { return Sent(port).size(); }

void WorkerRig::LimitTx(int port, uint32_t packets) {
  // Places in the ring are taken by pointers that stand for no packet.
  auto& rings = Bench::Get().ports[port];
  static uint8_t nothing[kRigTxRing];
  while (rte_ring_free_count(rings.tx[0]) > packets) {
    auto* const dummy = reinterpret_cast<rte_mbuf*>(nothing + rings.stuffing.size());
    rte_ring_enqueue(rings.tx[0], dummy);
    rings.stuffing.push_back(dummy);
  }
}

uint32_t WorkerRig::Turn() {
  uint32_t received = 0;
  for (auto& worker : workers_) received += worker->Turn();
  return received;
}

void WorkerRig::AdvanceMs(uint64_t ms) { AdvanceUs(ms * 1000); }
void WorkerRig::AdvanceUs(uint64_t us) { g_clock_us += us; }

uint64_t WorkerRig::drops(DropReason reason) const {
  uint64_t total = 0;
  for (const auto& worker : workers_) total += dataplane::Get(worker->stats().drops[static_cast<size_t>(reason)]);
  return total;
}

std::map<DropReason, uint64_t> WorkerRig::drops() const {
  std::map<DropReason, uint64_t> all;
  for (size_t i = 0; i < kDropReasons; ++i) {
    if (const uint64_t count = drops(static_cast<DropReason>(i))) all[static_cast<DropReason>(i)] = count;
  }
  return all;
}

}  // namespace mgmd::testing
