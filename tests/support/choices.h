#ifndef MGMD_TESTS_SUPPORT_CHOICES_H_
#define MGMD_TESTS_SUPPORT_CHOICES_H_

// Where a test that walks through a state machine takes its decisions from: a generator of random numbers, or the bytes
// of a fuzzer, which keeps what reaches new code and varies it.

#include <cstddef>
#include <cstdint>
#include <random>

namespace mgmd::support {

class Choices {
 public:
  virtual ~Choices() = default;
  // A number below `bound`, which is at least 1.
  virtual uint32_t Below(uint32_t bound) = 0;
  // Whether nothing is left to decide by. A generator never ends.
  virtual bool ended() const { return false; }
};

class RandomChoices : public Choices {
 public:
  explicit RandomChoices(uint64_t seed) : random_(seed) {}
  uint32_t Below(uint32_t bound) override { return static_cast<uint32_t>(random_() % bound); }

 private:
  std::mt19937_64 random_;
};

// One octet for a decision among 256 or fewer, two for up to 65,536, four beyond. Zeros after the end.
class ByteChoices : public Choices {
 public:
  ByteChoices(const uint8_t* bytes, size_t size) : bytes_(bytes), left_(size) {}
  uint32_t Below(uint32_t bound) override {
    uint32_t value = 0;
    const int octets = bound <= 256 ? 1 : bound <= 65536 ? 2 : 4;
    for (int i = 0; i < octets; ++i) value = value << 8 | Next();
    return value % bound;
  }
  bool ended() const override { return left_ == 0; }

 private:
  uint32_t Next() {
    if (left_ == 0) return 0;
    --left_;
    return *bytes_++;
  }
  const uint8_t* bytes_;
  size_t left_;
};

}  // namespace mgmd::support

#endif  // MGMD_TESTS_SUPPORT_CHOICES_H_
