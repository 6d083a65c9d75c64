#include "dataplane/fib/reserved_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>

namespace mgmd::dataplane {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kHugePage = size_t{2} << 20;

size_t RoundUp(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

}  // namespace

ReservedMemory::ReservedMemory(size_t bytes) {
  const bool huge = bytes >= kHugePage;
  const size_t unit = huge ? kHugePage : kPage;
  const size_t size = RoundUp(bytes, unit);
  const size_t slack = huge ? kHugePage - kPage : 0;
  void* const mapping =
      mmap(nullptr, size + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) return;
  const auto start = reinterpret_cast<uintptr_t>(mapping);
  const uintptr_t aligned = RoundUp(start, unit);
  if (const size_t before = aligned - start; before != 0) munmap(mapping, before);
  if (const size_t after = start + slack - aligned; after != 0) {
    munmap(reinterpret_cast<void*>(aligned + size), after);
  }
  data_ = reinterpret_cast<void*>(aligned);
  size_ = size;
  // Only advice: without huge pages everything works, with more TLB misses.
  if (huge) madvise(data_, size_, MADV_HUGEPAGE);
}

bool ReservedMemory::FetchNext(size_t bytes) {
  if (fetched_ >= std::min(bytes, size_)) return false;
  FetchTo(fetched_ + 1);
  return true;
}

void ReservedMemory::FetchTo(size_t bytes) {
  const size_t end = std::min(RoundUp(bytes, kHugePage), size_);
  // Only advice, too: an older kernel knows nothing of it, and the pages come at first touch.
  madvise(static_cast<char*>(data_) + fetched_, end - fetched_, MADV_POPULATE_WRITE);
  fetched_ = end;
}

ReservedMemory::~ReservedMemory() {
  if (data_ != nullptr) munmap(data_, size_);
}

}  // namespace mgmd::dataplane
