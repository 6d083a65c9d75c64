#ifndef MGMD_TESTS_SUPPORT_FAILING_MEMORY_H_
#define MGMD_TESTS_SUPPORT_FAILING_MEMORY_H_

// Memory that ends when a test says so. It replaces operator new of the whole program: included by one file of it.

#include <cstddef>
#include <cstdlib>
#include <new>

namespace mgmd::testing {

// Allocations of this thread until one fails, and all after it; negative: none does.
inline thread_local int allocations_left = -1;

inline void* Allocate(size_t size) {
  if (allocations_left == 0) throw std::bad_alloc();
  if (allocations_left > 0) --allocations_left;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

}  // namespace mgmd::testing

void* operator new(size_t size) { return mgmd::testing::Allocate(size); }
void* operator new[](size_t size) { return mgmd::testing::Allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }

#endif  // MGMD_TESTS_SUPPORT_FAILING_MEMORY_H_
