// Stages of the packet's way and of the control call, each alone, each beside what a program would
// use that has DPDK's libraries only:
//
//   parse      a batch of 64 frames checked and its keys built; beside it rte_net_get_ptype() and rte_ipv4_cksum() on
//              each frame
//   lookup, accept   the same batch's entries found, and its arrival and limits checked
//   replicate  a batch of 64 packets to N ports; beside it rte_pktmbuf_copy() and rte_eth_tx_burst()
//   counters   a stream's packets and octets; beside it atomic read-modify-writes
//   apply      a batch of upserts or deletes, per change; beside it rte_hash, lock-free, adds and deletes
//   reclaim    the batch's memory, per entry; rte_hash with its own defer queue has it in `apply`
//
// parse, lookup, accept and replicate are measured in each family, frames with the same payload.
// cycles are TSC cycles per packet, copy, count or change.

#include <benchmark/benchmark.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_ip.h>
#include <rte_net.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <type_traits>
#include <vector>

#include "dataplane/stages/stages.h"
#include "dataplane/worker_state.h"
#include "tests/bench/rig.h"

namespace mgmd::bench {
namespace {

using dataplane::Add;
using dataplane::Get;
using dataplane::kBatch;
using dataplane::StreamBatch;
using dataplane::WorkerState;

constexpr uint32_t kMostOutputs = 16;
constexpr uint32_t kStreams = 1000;

Rig* rig = nullptr;

// Entries of the fan-out that the benchmark wants, in the place of all others.
template <class Family>
void SetFanout(uint32_t fanout) {
  std::vector<InterfaceSlot> oifs;
  for (uint32_t n = 0; n < fanout; ++n) oifs.push_back(rig->oif<Family>(n));
  FibBatch<Family> batch;
  for (uint32_t index = 0; index < kStreams; ++index)
    batch.Upsert(Rig::Key<Family>(index), rig->arrival<Family>(), oifs);
  rig->Apply(batch);
  rig->KeepHouse<Family>();
}

template <class Family>
class Frames {
 public:
  static constexpr bool kIpv6 = std::is_same_v<Family, Ipv6>;

  Frames() : frame_(rig->options().octets + (kIpv6 ? kIpv6Octets - kIpv4Octets : 0)) {
    source_ = {.state = 1, .entries = kStreams, .template_sum = 0, .ipv6 = kIpv6};
    if (kIpv6) {
      WriteIpv6Frame(frame_.data(), frame_.size());
    } else {
      source_.template_sum = WriteFrame(frame_.data(), frame_.size());
    }
  }

  void Fill(rte_mbuf** mbufs) {
    rte_pktmbuf_alloc_bulk(rig->rx_pool(), mbufs, kBatch);
    for (uint32_t i = 0; i < kBatch; ++i) {
      auto* const to = rte_pktmbuf_mtod(mbufs[i], uint8_t*);
      std::memcpy(to, frame_.data(), frame_.size());
      mbufs[i]->data_len = static_cast<uint16_t>(frame_.size());
      mbufs[i]->pkt_len = static_cast<uint32_t>(frame_.size());
    }
    WriteKeys(0, 0, mbufs, kBatch, kBatch, &source_);
  }

 private:
  std::vector<uint8_t> frame_;
  PacketSource source_;
};

void Report(benchmark::State& state, uint64_t cycles, uint64_t things) {
  state.SetItemsProcessed(static_cast<int64_t>(things));
  state.counters["cycles"] = static_cast<double>(cycles) / static_cast<double>(things);
}

// --- parse, lookup, accept

template <class Family>
void Parse(benchmark::State& state) {
  const auto worker = std::make_unique<WorkerState>(rig->worker_config());
  Frames<Family> frames;
  rte_mbuf* mbufs[kBatch];
  frames.Fill(mbufs);
  const StreamBatch<Family>& batch = worker->batch<Family>();
  uint64_t cycles = 0, packets = 0;
  for (auto _ : state) {
    std::copy_n(mbufs, kBatch, worker->ipv4_batch.mbufs);
    worker->ipv4_batch.count = kBatch;
    const uint64_t begin = rte_rdtsc();
    dataplane::Parse(worker->parser, 0, worker->ipv4_batch, worker->ipv6_batch, rig->inputs()[0].id);
    cycles += rte_rdtsc() - begin;
    packets += kBatch;
    benchmark::DoNotOptimize(batch.keys);
  }
  if (batch.count != kBatch) state.SkipWithError("frames were dropped");
  rte_pktmbuf_free_bulk(mbufs, kBatch);
  Report(state, cycles, packets);
}

template <class Family>
void LookupAndAccept(benchmark::State& state) {
  SetFanout<Family>(1);
  const auto worker = std::make_unique<WorkerState>(rig->worker_config());
  Frames<Family> frames;
  rte_mbuf* mbufs[kBatch];
  frames.Fill(mbufs);
  auto& streams = worker->streams<Family>();
  StreamBatch<Family>& batch = worker->batch<Family>();
  streams.view = rig->fib<Family>().View();
  uint64_t looking = 0, accepting = 0, packets = 0;
  for (auto _ : state) {
    std::copy_n(mbufs, kBatch, worker->ipv4_batch.mbufs);
    worker->ipv4_batch.count = kBatch;
    dataplane::Parse(worker->parser, 0, worker->ipv4_batch, worker->ipv6_batch, rig->inputs()[0].id);
    const uint64_t begin = rte_rdtsc();
    dataplane::Lookup(streams, batch);
    const uint64_t found = rte_rdtsc();
    dataplane::Accept(worker->acceptor, streams, 0, batch);
    accepting += rte_rdtsc() - found;
    looking += found - begin;
    packets += kBatch;
  }
  if (batch.count != kBatch) state.SkipWithError("frames were dropped");
  rte_pktmbuf_free_bulk(mbufs, kBatch);
  Report(state, looking + accepting, packets);
  state.counters["cycles_lookup"] = static_cast<double>(looking) / static_cast<double>(packets);
  state.counters["cycles_accept"] = static_cast<double>(accepting) / static_cast<double>(packets);
}

void ParseWithLibrary(benchmark::State& state) {
  Frames<Ipv4> frames;
  rte_mbuf* mbufs[kBatch];
  frames.Fill(mbufs);
  uint64_t keys[kBatch];
  uint64_t cycles = 0, packets = 0, good = 0;
  for (auto _ : state) {
    const uint64_t begin = rte_rdtsc();
    for (uint32_t i = 0; i < kBatch; ++i) {
      rte_net_hdr_lens lengths;
      const uint32_t type = rte_net_get_ptype(mbufs[i], &lengths, RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK);
      const auto* ip = rte_pktmbuf_mtod_offset(mbufs[i], const rte_ipv4_hdr*, lengths.l2_len);
      good += RTE_ETH_IS_IPV4_HDR(type) && rte_raw_cksum(ip, sizeof(*ip)) == 0xFFFF;
      keys[i] = uint64_t{rte_be_to_cpu_32(ip->src_addr)} << 32 | rte_be_to_cpu_32(ip->dst_addr);
    }
    cycles += rte_rdtsc() - begin;
    packets += kBatch;
    benchmark::DoNotOptimize(keys);
  }
  if (good != packets) state.SkipWithError("frames were dropped");
  rte_pktmbuf_free_bulk(mbufs, kBatch);
  Report(state, cycles, packets);
}

// --- replicate

template <class Family>
void Replicate(benchmark::State& state) {
  const auto fanout = static_cast<uint32_t>(state.range(0));
  SetFanout<Family>(fanout);
  const auto worker = std::make_unique<WorkerState>(rig->worker_config());
  Frames<Family> frames;
  auto& streams = worker->streams<Family>();
  StreamBatch<Family>& batch = worker->batch<Family>();
  streams.view = rig->fib<Family>().View();
  uint64_t cycles = 0, copies = 0;
  for (auto _ : state) {
    frames.Fill(worker->ipv4_batch.mbufs);
    worker->ipv4_batch.count = kBatch;
    dataplane::Parse(worker->parser, 0, worker->ipv4_batch, worker->ipv6_batch, rig->inputs()[0].id);
    dataplane::Lookup(streams, batch);
    dataplane::Accept(worker->acceptor, streams, 0, batch);
    const uint64_t begin = rte_rdtsc();
    dataplane::Replicate(worker->replicator, streams.view, batch);
    dataplane::Flush(worker->tx);
    cycles += rte_rdtsc() - begin;
    copies += uint64_t{kBatch} * fanout;
  }
  if (Get(worker->stats.copies) != copies) state.SkipWithError("copies were lost");
  Report(state, cycles, copies);
}

void ReplicateWithLibrary(benchmark::State& state) {
  const auto fanout = static_cast<uint32_t>(state.range(0));
  Frames<Ipv4> frames;
  rte_mbuf* mbufs[kBatch];
  rte_mbuf* out[kBatch];
  uint64_t cycles = 0, copies = 0;
  for (auto _ : state) {
    frames.Fill(mbufs);
    const uint64_t begin = rte_rdtsc();
    for (uint32_t n = 0; n < fanout; ++n) {
      const dataplane::Port& port = rig->outputs()[n];
      for (uint32_t i = 0; i < kBatch; ++i) {
        out[i] = n + 1 == fanout ? mbufs[i] : rte_pktmbuf_copy(mbufs[i], rig->worker_config().copy_pool, 0, UINT32_MAX);
        std::memcpy(rte_pktmbuf_mtod(out[i], uint8_t*) + 6, port.mac.data(), port.mac.size());
      }
      copies += rte_eth_tx_burst(port.id, 0, out, kBatch);
    }
    cycles += rte_rdtsc() - begin;
  }
  Report(state, cycles, copies);
}

// --- counters

void Counters(benchmark::State& state) {
  const auto lines = std::make_unique<dataplane::CounterLine[]>(kStreams);
  uint64_t random = 1, cycles = 0, counts = 0;
  for (auto _ : state) {
    const uint64_t begin = rte_rdtsc();
    for (uint32_t i = 0; i < kBatch; ++i) {
      random = random * 6364136223846793005u + 1442695040888963407u;
      dataplane::CounterLine& line = lines[(random >> 32) * kStreams >> 32];
      Add(line.packets, 1);
      Add(line.octets, 46);
    }
    cycles += rte_rdtsc() - begin;
    counts += kBatch;
  }
  Report(state, cycles, counts);
}

void CountersReadModifyWrite(benchmark::State& state) {
  const auto lines = std::make_unique<dataplane::CounterLine[]>(kStreams);
  uint64_t random = 1, cycles = 0, counts = 0;
  for (auto _ : state) {
    const uint64_t begin = rte_rdtsc();
    for (uint32_t i = 0; i < kBatch; ++i) {
      random = random * 6364136223846793005u + 1442695040888963407u;
      dataplane::CounterLine& line = lines[(random >> 32) * kStreams >> 32];
      line.packets.fetch_add(1, std::memory_order_relaxed);
      line.octets.fetch_add(46, std::memory_order_relaxed);
    }
    cycles += rte_rdtsc() - begin;
    counts += kBatch;
  }
  Report(state, cycles, counts);
}

// --- apply and reclaim

constexpr uint32_t kChanges = 65536;

// Upserts of new keys and their deletes; reclamation is timed apart.
void Apply(benchmark::State& state) {
  SetFanout<Ipv4>(4);
  std::vector<InterfaceSlot> oifs;
  for (uint32_t n = 0; n < 4; ++n) oifs.push_back(rig->oif(n));
  FibBatch<Ipv4> upserts, deletes;
  for (uint32_t n = 0; n < kChanges; ++n) {
    upserts.Upsert(Rig::Key(kStreams + n), rig->arrival(), oifs);
    deletes.Delete(Rig::Key(kStreams + n));
  }
  uint64_t upserting = 0, deleting = 0, reclaiming = 0, changes = 0;
  for (auto _ : state) {
    uint64_t begin = rte_rdtsc();
    rig->Apply(upserts);
    upserting += rte_rdtsc() - begin;
    begin = rte_rdtsc();
    rig->Apply(deletes);
    deleting += rte_rdtsc() - begin;
    begin = rte_rdtsc();
    rig->KeepHouse();
    reclaiming += rte_rdtsc() - begin;
    changes += kChanges;
  }
  Report(state, upserting + deleting + reclaiming, 2 * changes);
  const auto each = [&](uint64_t cycles) { return static_cast<double>(cycles) / static_cast<double>(changes); };
  state.counters["cycles_upsert"] = each(upserting);
  state.counters["cycles_delete"] = each(deleting);
  state.counters["cycles_reclaim"] = each(reclaiming);
}

// Keys and a pointer only: entries, oif lists and counters would come on top.
void ApplyWithLibrary(benchmark::State& state) {
  rte_hash_parameters parameters = {};
  parameters.name = "apply";
  parameters.entries = 4 * kChanges;
  parameters.key_len = sizeof(uint64_t);
  parameters.hash_func = rte_hash_crc;
  parameters.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF;
  rte_hash* const hash = rte_hash_create(&parameters);
  if (hash == nullptr) {
    state.SkipWithError("no memory for rte_hash");
    return;
  }
  const std::unique_ptr<rte_rcu_qsbr, decltype(&std::free)> readers(
      static_cast<rte_rcu_qsbr*>(std::aligned_alloc(64, RTE_ALIGN_CEIL(rte_rcu_qsbr_get_memsize(1), 64))), &std::free);
  rte_rcu_qsbr_init(readers.get(), 1);
  rte_hash_rcu_config config = {};
  config.v = readers.get();
  config.mode = RTE_HASH_QSBR_MODE_DQ;
  config.dq_size = kChanges;
  rte_hash_rcu_qsbr_add(hash, &config);
  uint64_t adding = 0, deleting = 0, changes = 0;
  for (auto _ : state) {
    uint64_t begin = rte_rdtsc();
    for (uint32_t n = 0; n < kChanges; ++n) {
      const uint64_t key = SourceKey(kStreams + n);
      rte_hash_add_key_data(hash, &key, reinterpret_cast<void*>(uintptr_t{n} + 1));
    }
    adding += rte_rdtsc() - begin;
    begin = rte_rdtsc();
    for (uint32_t n = 0; n < kChanges; ++n) {
      const uint64_t key = SourceKey(kStreams + n);
      rte_hash_del_key(hash, &key);
    }
    deleting += rte_rdtsc() - begin;
    changes += kChanges;
  }
  Report(state, adding + deleting, 2 * changes);
  const auto each = [&](uint64_t cycles) { return static_cast<double>(cycles) / static_cast<double>(changes); };
  state.counters["cycles_upsert"] = each(adding);
  state.counters["cycles_delete"] = each(deleting);
  rte_hash_free(hash);
}

BENCHMARK(Parse<Ipv4>)->Name("parse/mgmd/ipv4");
BENCHMARK(Parse<Ipv6>)->Name("parse/mgmd/ipv6");
BENCHMARK(ParseWithLibrary)->Name("parse/library");
BENCHMARK(LookupAndAccept<Ipv4>)->Name("lookup and accept/mgmd/ipv4");
BENCHMARK(LookupAndAccept<Ipv6>)->Name("lookup and accept/mgmd/ipv6");
BENCHMARK(Replicate<Ipv4>)->Name("replicate/mgmd/ipv4")->Arg(1)->Arg(4)->Arg(16);
BENCHMARK(Replicate<Ipv6>)->Name("replicate/mgmd/ipv6")->Arg(1)->Arg(4)->Arg(16);
BENCHMARK(ReplicateWithLibrary)->Name("replicate/library")->Arg(1)->Arg(4)->Arg(16);
BENCHMARK(Counters)->Name("counters/mgmd");
BENCHMARK(CountersReadModifyWrite)->Name("counters/read_modify_write");
BENCHMARK(Apply)->Name("apply/mgmd");
BENCHMARK(ApplyWithLibrary)->Name("apply/rte_hash");

}  // namespace
}  // namespace mgmd::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  mgmd::bench::RigOptions options;
  options.traffic = mgmd::bench::Traffic::kBoth;
  options.entries = mgmd::bench::kStreams;
  options.fanout = mgmd::bench::kMostOutputs;
  options.max_entries = 4 * mgmd::bench::kChanges;
  options.capture = false;
  mgmd::bench::Rig rig(options);
  mgmd::bench::rig = &rig;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
