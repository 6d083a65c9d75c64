// Bulk lookup of random keys, 64 at a time, against rte_hash (lock-free, bulk) on the same keys.
//
//   source_group  every key hits an (S,G) entry
//   wildcards     (S,G), (*,G), (*,G/24) and (*,G/16) entries; a quarter of the keys hits each kind. rte_hash is asked
//                 for the same answer: four bulk lookups, each of the keys that the one before has missed
//   single        the keys of `wildcards`, one rte_hash lookup each, whatever it answers
//
// Argument: the number of entries. cycles_per_key is TSC cycles, the median over runs of 64 batches.

#include <benchmark/benchmark.h>
#include <rte_cycles.h>
#include <rte_hash.h>
#include <rte_jhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

#include "dataplane/fib/mfib.h"
#include "tests/bench/bench_eal.h"

namespace mgmd::dataplane {
namespace {

constexpr size_t kStream = size_t{1} << 20;  // keys looked up, in turn
constexpr int kWildcardLengths[] = {32, 24, 16};

struct Workload {
  std::vector<Ipv4FibKey> entries;
  std::vector<Ipv4FibKey> stream;  // a multiple of kMaxLookup
};

Workload MakeWorkload(size_t count, bool wildcards) {
  std::mt19937_64 random(count);
  const auto address = [&random](uint32_t base, uint32_t span) {
    return Ipv4Address(base + static_cast<uint32_t>(random() % span));
  };
  // (S,G) on 224.1/16 and up, the wildcards apart from them, each length in a range of its own.
  constexpr std::array<uint32_t, 3> kRange = {0xEA000000, 0xEB000000, 0xEC000000};
  std::unordered_set<uint64_t> seen;
  Workload load;
  std::array<std::vector<Ipv4FibKey>, 4> hits;
  const auto add = [&](Ipv4FibKey entry, Ipv4FibKey hit, size_t kind) {
    if (!seen.insert(entry.bits()).second) return false;
    load.entries.push_back(entry);
    hits[kind].push_back(hit);
    return true;
  };
  const auto source = [&] { return address(0x0A000000, 1 << 24); };
  const size_t of_wildcards = wildcards ? std::min<size_t>(count / 2, 20'000) : 0;
  while (load.entries.size() < count - of_wildcards) {
    const auto key = Ipv4FibKey::SourceGroupUnchecked(source(), address(0xE1000000, 1 << 24));
    add(key, key, 0);
  }
  for (size_t kind = 1; kind < 4 && wildcards; ++kind) {
    const size_t target = std::min<size_t>(of_wildcards / (kind == 1 ? 2 : 4), kind == 3 ? 200 : 1 << 16);
    for (size_t made = 0; made < target;) {
      const Ipv4Address group = address(kRange[kind - 1], 1 << 24);
      made += add(Ipv4FibKey::AnySource(group, kWildcardLengths[kind - 1]),
                  Ipv4FibKey::SourceGroupUnchecked(source(), group), kind);
    }
  }
  const size_t kinds = wildcards ? 4 : 1;
  for (size_t i = 0; i < kStream; ++i) {
    const auto& kind = hits[random() % kinds];
    load.stream.push_back(kind[random() % kind.size()]);
  }
  return load;
}

class NoSink : public CounterSink<Ipv4> {
 public:
  void Prepare(uint32_t) override {}
  void Fold(const Ipv4FibKey&, uint32_t, const FibEntry&, const Stamp*) override {}
};

template <typename LookupBatch>
void Measure(benchmark::State& state, const Workload& load, LookupBatch&& lookup) {
  constexpr size_t kBatches = 64;
  size_t at = 0;
  std::vector<uint64_t> cycles;
  for (auto _ : state) {
    const uint64_t begin = rte_rdtsc_precise();
    for (size_t batch = 0; batch < kBatches; ++batch) {
      lookup(&load.stream[at]);
      at = (at + kMaxLookup) % kStream;
    }
    cycles.push_back(rte_rdtsc_precise() - begin);
  }
  state.SetItemsProcessed(static_cast<int64_t>(cycles.size() * kBatches * kMaxLookup));
  const auto middle = cycles.begin() + static_cast<ptrdiff_t>(cycles.size() / 2);
  std::nth_element(cycles.begin(), middle, cycles.end());
  state.counters["cycles_per_key"] = static_cast<double>(*middle) / (kBatches * kMaxLookup);
}

void Ours(benchmark::State& state, InstructionSet set, bool wildcards) {
  const Workload load = MakeWorkload(static_cast<size_t>(state.range(0)), wildcards);
  NoSink sink;
  Epoch epoch({"bench"});
  FibOptions options;
  options.instructions = set;
  const auto fib = Mfib<Ipv4>::Create(options, epoch, sink);
  for (const Ipv4FibKey& key : load.entries) fib->Upsert(key, {});
  uint32_t found[kMaxLookup];
  Measure(state, load, [&](const Ipv4FibKey* keys) {
    fib->View().Lookup(keys, kMaxLookup, found);
    benchmark::DoNotOptimize(found);
  });
  for (const uint32_t entry : found) {
    if (entry == kNoEntry) state.SkipWithError("missed");
  }
}

struct FreeHash {
  void operator()(rte_hash* hash) const { rte_hash_free(hash); }
};

std::unique_ptr<rte_hash, FreeHash> MakeRteHash(const Workload& load) {
  rte_hash_parameters parameters = {};
  parameters.name = "bench";
  parameters.entries = static_cast<uint32_t>(load.entries.size() * 2 + 64);
  parameters.key_len = sizeof(Ipv4FibKey);
  parameters.hash_func_init_val = 0x5EED;
  parameters.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF;
  std::unique_ptr<rte_hash, FreeHash> hash(rte_hash_create(&parameters));
  uintptr_t index = 0;
  for (const Ipv4FibKey& key : load.entries) rte_hash_add_key_data(hash.get(), &key, reinterpret_cast<void*>(++index));
  return hash;
}

void RteHashOnce(benchmark::State& state, bool wildcards) {
  const Workload load = MakeWorkload(static_cast<size_t>(state.range(0)), wildcards);
  const auto hash = MakeRteHash(load);
  void* found[kMaxLookup];
  uint64_t hits = 0;
  Measure(state, load, [&](const Ipv4FibKey* keys) {
    const void* pointers[kMaxLookup];
    for (size_t i = 0; i < kMaxLookup; ++i) pointers[i] = keys + i;
    rte_hash_lookup_bulk_data(hash.get(), pointers, kMaxLookup, &hits, found);
    benchmark::DoNotOptimize(found);
  });
  if (!wildcards && hits != UINT64_MAX) state.SkipWithError("missed");
}

void RteHashWildcards(benchmark::State& state) {
  const Workload load = MakeWorkload(static_cast<size_t>(state.range(0)), true);
  const auto hash = MakeRteHash(load);
  void* found[kMaxLookup];
  size_t missed = 0;
  Measure(state, load, [&](const Ipv4FibKey* keys) {
    const void* pointers[kMaxLookup];
    for (size_t i = 0; i < kMaxLookup; ++i) pointers[i] = keys + i;
    uint64_t hits = 0;
    rte_hash_lookup_bulk_data(hash.get(), pointers, kMaxLookup, &hits, found);
    Ipv4FibKey candidates[kMaxLookup];
    uint8_t places[kMaxLookup];
    uint64_t misses = ~hits;
    for (const int length : kWildcardLengths) {
      uint32_t count = 0;
      for (uint64_t left = misses; left != 0; left &= left - 1) {
        const int place = __builtin_ctzll(left);
        places[count] = static_cast<uint8_t>(place);
        candidates[count] = Ipv4FibKey::AnySource(keys[place].group(), length);
        pointers[count] = &candidates[count];
        ++count;
      }
      if (count == 0) break;
      void* data[kMaxLookup];
      rte_hash_lookup_bulk_data(hash.get(), pointers, count, &hits, data);
      for (; hits != 0; hits &= hits - 1) {
        const int hit = __builtin_ctzll(hits);
        found[places[hit]] = data[hit];
        misses &= ~(uint64_t{1} << places[hit]);
      }
    }
    missed += misses != 0;
    benchmark::DoNotOptimize(found);
  });
  if (missed != 0) state.SkipWithError("missed");
}

void Register() {
  const auto sized = [](benchmark::internal::Benchmark* bench) {
    bench->Arg(1'000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMicrosecond);
  };
  sized(benchmark::RegisterBenchmark("source_group/rte_hash", [](auto& state) { RteHashOnce(state, false); }));
  for (const InstructionSet set : kInstructionSets) {
    if (!Supported(set)) continue;
    sized(benchmark::RegisterBenchmark(("source_group/" + std::string(Name(set))).c_str(),
                                       [set](auto& state) { Ours(state, set, false); }));
  }
  sized(benchmark::RegisterBenchmark("single/rte_hash", [](auto& state) { RteHashOnce(state, true); }));
  sized(benchmark::RegisterBenchmark("wildcards/rte_hash", RteHashWildcards));
  for (const InstructionSet set : kInstructionSets) {
    if (!Supported(set)) continue;
    sized(benchmark::RegisterBenchmark(("wildcards/" + std::string(Name(set))).c_str(),
                                       [set](auto& state) { Ours(state, set, true); }));
  }
}

}  // namespace
}  // namespace mgmd::dataplane

int main(int argc, char** argv) {
  mgmd::bench::StartEal(512);
  mgmd::dataplane::Register();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
