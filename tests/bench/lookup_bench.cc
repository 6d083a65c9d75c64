// Bulk lookup of random keys, 64 at a time, against rte_hash (lock-free, bulk) on the same keys, in both families. For
// IPv4's keys of one word rte_hash takes its default, CRC32; for IPv6's of 32 octets jhash.
//
//   source_group  every key hits an (S,G) entry
//   wildcards     (S,G), (*,G), (*,G/24) and (*,G/16) entries, of IPv6 /128, /120 and /112; a quarter of the keys hits
//                 each kind. rte_hash is asked for the same answer: four bulk lookups, each of the keys that the one
//                 before has missed
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
#include <type_traits>
#include <unordered_set>
#include <vector>

#include "common/ip_family.h"
#include "dataplane/fib/hash.h"
#include "dataplane/fib/mfib.h"
#include "tests/bench/bench_eal.h"
#include "tests/bench/stream_keys.h"

namespace mgmd::dataplane {
namespace {

constexpr size_t kStream = size_t{1} << 20;  // keys looked up, in turn
constexpr int kWildcardBits[] = {0, 8, 16};  // of a group, any

template <class Family>
FibKey<Family> AnySource(const typename Family::Address& group, int any_bits) {
  return FibKey<Family>::AnySource(group, Family::kAddressBits - any_bits);
}

template <class Family>
struct Workload {
  std::vector<FibKey<Family>> entries;
  std::vector<FibKey<Family>> stream;  // a multiple of kMaxLookup
};

template <class Family>
struct KeyHash {
  HashSeed<Family> seed = HashSeed<Family>::Random();
  size_t operator()(const FibKey<Family>& key) const { return Hash(seed, key); }
};

template <class Family>
Workload<Family> MakeWorkload(size_t count, bool wildcards) {
  std::mt19937_64 random(count);
  const auto number = [&random](uint32_t base) { return base + static_cast<uint32_t>(random() % (1 << 24)); };
  // (S,G) on 224.1/16 and up, the wildcards apart from them, each length in a range of its own.
  constexpr std::array<uint32_t, 3> kRange = {0xEA000000, 0xEB000000, 0xEC000000};
  std::unordered_set<FibKey<Family>, KeyHash<Family>> seen;
  Workload<Family> load;
  std::array<std::vector<FibKey<Family>>, 4> hits;
  const auto add = [&](const FibKey<Family>& entry, const FibKey<Family>& hit, size_t kind) {
    if (!seen.insert(entry).second) return false;
    load.entries.push_back(entry);
    hits[kind].push_back(hit);
    return true;
  };
  const auto source = [&] { return bench::SourceOf<Family>(number(0x0A000000)); };
  const size_t of_wildcards = wildcards ? std::min<size_t>(count / 2, 20'000) : 0;
  while (load.entries.size() < count - of_wildcards) {
    const auto key = FibKey<Family>::SourceGroupUnchecked(source(), bench::GroupOf<Family>(number(0xE1000000)));
    add(key, key, 0);
  }
  for (size_t kind = 1; kind < 4 && wildcards; ++kind) {
    const size_t target = std::min<size_t>(of_wildcards / (kind == 1 ? 2 : 4), kind == 3 ? 200 : 1 << 16);
    for (size_t made = 0; made < target;) {
      const auto group = bench::GroupOf<Family>(number(kRange[kind - 1]));
      made += add(AnySource<Family>(group, kWildcardBits[kind - 1]),
                  FibKey<Family>::SourceGroupUnchecked(source(), group), kind);
    }
  }
  const size_t kinds = wildcards ? 4 : 1;
  for (size_t i = 0; i < kStream; ++i) {
    const auto& kind = hits[random() % kinds];
    load.stream.push_back(kind[random() % kind.size()]);
  }
  return load;
}

template <class Family>
class NoSink : public CounterSink<Family> {
 public:
  void Prepare(uint32_t) override {}
  void Fold(const FibKey<Family>&, uint32_t, const FibEntry&, const Stamp*) override {}
};

template <class Family, typename LookupBatch>
void Measure(benchmark::State& state, const Workload<Family>& load, LookupBatch&& lookup) {
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

template <class Family>
void Ours(benchmark::State& state, InstructionSet set, bool wildcards) {
  const auto load = MakeWorkload<Family>(static_cast<size_t>(state.range(0)), wildcards);
  NoSink<Family> sink;
  Epoch epoch({"bench"});
  FibOptions options;
  options.instructions = set;
  const auto fib = Mfib<Family>::Create(options, epoch, sink);
  for (const FibKey<Family>& key : load.entries) fib->Upsert(key, {});
  uint32_t found[kMaxLookup];
  Measure(state, load, [&](const FibKey<Family>* keys) {
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

template <class Family>
std::unique_ptr<rte_hash, FreeHash> MakeRteHash(const Workload<Family>& load) {
  rte_hash_parameters parameters = {};
  parameters.name = "bench";
  parameters.entries = static_cast<uint32_t>(load.entries.size() * 2 + 64);
  parameters.key_len = sizeof(FibKey<Family>);
  if constexpr (std::is_same_v<Family, Ipv6>) parameters.hash_func = rte_jhash;
  parameters.hash_func_init_val = 0x5EED;
  parameters.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF;
  std::unique_ptr<rte_hash, FreeHash> hash(rte_hash_create(&parameters));
  uintptr_t index = 0;
  for (const FibKey<Family>& key : load.entries)
    rte_hash_add_key_data(hash.get(), &key, reinterpret_cast<void*>(++index));
  return hash;
}

template <class Family>
void RteHashOnce(benchmark::State& state, bool wildcards) {
  const auto load = MakeWorkload<Family>(static_cast<size_t>(state.range(0)), wildcards);
  const auto hash = MakeRteHash(load);
  void* found[kMaxLookup];
  uint64_t hits = 0;
  Measure(state, load, [&](const FibKey<Family>* keys) {
    const void* pointers[kMaxLookup];
    for (size_t i = 0; i < kMaxLookup; ++i) pointers[i] = keys + i;
    rte_hash_lookup_bulk_data(hash.get(), pointers, kMaxLookup, &hits, found);
    benchmark::DoNotOptimize(found);
  });
  if (!wildcards && hits != UINT64_MAX) state.SkipWithError("missed");
}

template <class Family>
void RteHashWildcards(benchmark::State& state) {
  const auto load = MakeWorkload<Family>(static_cast<size_t>(state.range(0)), true);
  const auto hash = MakeRteHash(load);
  void* found[kMaxLookup];
  size_t missed = 0;
  Measure(state, load, [&](const FibKey<Family>* keys) {
    const void* pointers[kMaxLookup];
    for (size_t i = 0; i < kMaxLookup; ++i) pointers[i] = keys + i;
    uint64_t hits = 0;
    rte_hash_lookup_bulk_data(hash.get(), pointers, kMaxLookup, &hits, found);
    FibKey<Family> candidates[kMaxLookup];
    uint8_t places[kMaxLookup];
    uint64_t misses = ~hits;
    for (const int any_bits : kWildcardBits) {
      uint32_t count = 0;
      for (uint64_t left = misses; left != 0; left &= left - 1) {
        const int place = __builtin_ctzll(left);
        places[count] = static_cast<uint8_t>(place);
        candidates[count] = AnySource<Family>(keys[place].group(), any_bits);
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

template <class Family>
void Register() {
  const auto add = [](const std::string& name, auto function) {
    benchmark::RegisterBenchmark((std::string(Family::kWord) + "/" + name).c_str(), function)
        ->Arg(1'000)
        ->Arg(100'000)
        ->Arg(1'000'000)
        ->Unit(benchmark::kMicrosecond);
  };
  const auto add_ours = [&add](const std::string& kind, bool wildcards) {
    for (const InstructionSet set : kInstructionSets) {
      if (!Supported(set)) continue;
      add(kind + "/" + std::string(Name(set)), [=](auto& state) { Ours<Family>(state, set, wildcards); });
    }
  };
  add("source_group/rte_hash", [](auto& state) { RteHashOnce<Family>(state, false); });
  add_ours("source_group", false);
  add("single/rte_hash", [](auto& state) { RteHashOnce<Family>(state, true); });
  add("wildcards/rte_hash", RteHashWildcards<Family>);
  add_ours("wildcards", true);
}

}  // namespace
}  // namespace mgmd::dataplane

int main(int argc, char** argv) {
  mgmd::bench::StartEal(512);
  mgmd::ForEachFamily([]<class Family>() { mgmd::dataplane::Register<Family>(); });
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
