#ifndef MGMD_TESTS_BENCH_BENCH_EAL_H_
#define MGMD_TESTS_BENCH_BENCH_EAL_H_

// An EAL for benchmarks whose library alternative lives in rte_malloc: hugepages where the machine has them free,
// otherwise ordinary memory that the kernel is asked to back with transparent huge pages, so that the alternative
// pays no more TLB misses than mgmd's own tables.

#include <rte_eal.h>
#include <rte_memory.h>
#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace mgmd::bench {

inline size_t FreeHugepages() {
  std::ifstream file("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages");
  size_t pages = 0;
  file >> pages;
  return pages;
}

// `megabytes` of heap on one lcore.
inline void StartEal(int megabytes) {
  const bool hugepages = FreeHugepages() * 2 >= static_cast<size_t>(megabytes);
  std::vector<std::string> words = {
      "bench", "--no-pci", "--no-telemetry", "--log-level=error", "-l0", "-m" + std::to_string(megabytes)};
  words.emplace_back(hugepages ? "--in-memory" : "--no-huge");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  if (rte_eal_init(static_cast<int>(arguments.size()), arguments.data()) < 0) {
    std::fprintf(stderr, "EAL did not start\n");
    std::exit(1);
  }
  if (hugepages) return;
  rte_memseg_list_walk(
      [](const rte_memseg_list* list, void*) {
        madvise(list->base_va, list->len, MADV_HUGEPAGE);
        return 0;
      },
      nullptr);
}

}  // namespace mgmd::bench

#endif  // MGMD_TESTS_BENCH_BENCH_EAL_H_
