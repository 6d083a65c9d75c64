#include "dataplane/fib/hash.h"

#include <random>

namespace mgmd::dataplane {
namespace {

class RandomWords {
 public:
  uint64_t Next() { return uint64_t{device_()} << 32 | device_(); }

 private:
  std::random_device device_;
};

}  // namespace

HashSeed<Ipv4> HashSeed<Ipv4>::Random() {
  RandomWords words;
  return {.whitening = words.Next(), .first = words.Next() | 1, .second = words.Next() | 1};
}

HashSeed<Ipv6> HashSeed<Ipv6>::Random() {
  RandomWords words;
  return {.addends = {words.Next(), words.Next(), words.Next(), words.Next()},
          .first = words.Next() | 1,
          .second = words.Next() | 1};
}

}  // namespace mgmd::dataplane
