// The FIB's writer: what an upsert, a change of an OIL, a delete and the reclamation after them cost, for a batch of
// all entries at once, beside rte_hash (lock-free) adding and deleting the same keys. No worker is online.
//
// Argument: the number of entries, in random order. Each phase's mean is in ns for each change:
//   insert    into an empty FIB: its growth and the first touch of its memory included
//   replace   new OILs for all: the first touch of as many entries again included
//   delete    and reclaim, the reuse after it
//   reinsert  into memory that was used before
//   again     new OILs for all, into memory that was used before

#include <benchmark/benchmark.h>
#include <rte_hash.h>

#include <ctime>
#include <memory>
#include <random>
#include <unordered_set>
#include <vector>

#include "dataplane/fib/mfib.h"
#include "tests/bench/bench_eal.h"

namespace mgmd::dataplane {
namespace {

std::vector<Ipv4FibKey> RandomKeys(size_t count) {
  std::mt19937_64 random(count);
  std::unordered_set<uint64_t> seen;
  std::vector<Ipv4FibKey> keys;
  while (keys.size() < count) {
    const auto source = Ipv4Address(0x0A000000 + static_cast<uint32_t>(random() % (1 << 24)));
    const auto key =
        Ipv4FibKey::SourceGroupUnchecked(source, Ipv4Address(0xE1000000 + static_cast<uint32_t>(random() % (1 << 24))));
    if (seen.insert(key.bits()).second) keys.push_back(key);
  }
  return keys;
}

class NoSink : public CounterSink<Ipv4> {
 public:
  void Prepare(uint32_t) override {}
  void Fold(const Ipv4FibKey&, uint32_t, const FibEntry&, const Stamp*) override {}
};

// Of this thread's processor time, so that a busy machine disturbs less.
template <typename Phase>
double Seconds(Phase&& phase) {
  const auto now = [] {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  };
  const double begin = now();
  phase();
  return now() - begin;
}

// change(i) for each key, with its memory fetched ahead.
template <typename Change>
void Batch(Mfib<Ipv4>& fib, const std::vector<Ipv4FibKey>& keys, Change&& change) {
  constexpr size_t kAhead = Mfib<Ipv4>::kPrefetchAhead;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (i + kAhead < keys.size()) fib.Prefetch(keys[i + kAhead]);
    change(keys[i]);
  }
  fib.CommitBatch();
}

void Writer(benchmark::State& state) {
  const std::vector<Ipv4FibKey> keys = RandomKeys(static_cast<size_t>(state.range(0)));
  const std::vector<Stamp> oifs(4);
  NoSink sink;
  Epoch epoch({"worker"});
  double insert = 0, replace = 0, remove = 0, reinsert = 0, reclaim = 0, again = 0;
  for (auto _ : state) {
    const auto fib = Mfib<Ipv4>::Create({}, epoch, sink);
    const auto upsert = [&](const Ipv4FibKey& key) { fib->Upsert(key, {.accept = {}, .oifs = oifs}); };
    insert += Seconds([&] { Batch(*fib, keys, upsert); });
    replace += Seconds([&] { Batch(*fib, keys, upsert); });
    fib->Poll();
    remove += Seconds([&] { Batch(*fib, keys, [&](const Ipv4FibKey& key) { fib->Delete(key); }); });
    reclaim += Seconds([&] { fib->Poll(); });
    reinsert += Seconds([&] { Batch(*fib, keys, upsert); });
    again += Seconds([&] { Batch(*fib, keys, upsert); });
  }
  const double changes = static_cast<double>(keys.size()) * static_cast<double>(state.iterations());
  state.counters["insert_ns"] = insert / changes * 1e9;
  state.counters["replace_ns"] = replace / changes * 1e9;
  state.counters["delete_ns"] = remove / changes * 1e9;
  state.counters["reclaim_ns"] = reclaim / changes * 1e9;
  state.counters["reinsert_ns"] = reinsert / changes * 1e9;
  state.counters["again_ns"] = again / changes * 1e9;
}

struct FreeHash {
  void operator()(rte_hash* hash) const { rte_hash_free(hash); }
};

void RteHash(benchmark::State& state) {
  const std::vector<Ipv4FibKey> keys = RandomKeys(static_cast<size_t>(state.range(0)));
  double insert = 0, remove = 0;
  for (auto _ : state) {
    rte_hash_parameters parameters = {};
    parameters.name = "bench";
    parameters.entries = static_cast<uint32_t>(keys.size() * 2 + 64);
    parameters.key_len = sizeof(Ipv4FibKey);
    parameters.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF;
    const std::unique_ptr<rte_hash, FreeHash> hash(rte_hash_create(&parameters));
    insert += Seconds([&] {
      for (const Ipv4FibKey& key : keys) rte_hash_add_key_data(hash.get(), &key, hash.get());
    });
    remove += Seconds([&] {
      for (const Ipv4FibKey& key : keys)
        rte_hash_free_key_with_position(hash.get(), rte_hash_del_key(hash.get(), &key));
    });
  }
  const double changes = static_cast<double>(keys.size()) * static_cast<double>(state.iterations());
  state.counters["insert_ns"] = insert / changes * 1e9;
  state.counters["delete_ns"] = remove / changes * 1e9;
}

BENCHMARK(Writer)->Arg(1'000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(RteHash)->Arg(1'000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mgmd::dataplane

int main(int argc, char** argv) {
  mgmd::bench::StartEal(512);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
