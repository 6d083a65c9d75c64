#include "dataplane/fib/hash.h"

#include <random>

namespace mgmd::dataplane {

HashSeed HashSeed::Random() {
  std::random_device device;
  const auto word = [&device] { return uint64_t{device()} << 32 | device(); };
  return {.whitening = word(), .first = word() | 1, .second = word() | 1};
}

}  // namespace mgmd::dataplane
