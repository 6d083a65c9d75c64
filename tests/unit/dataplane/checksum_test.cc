// The Internet checksum and its change by a hop.

#include "dataplane/frames/checksum.h"

#include <gtest/gtest.h>

#include <array>

namespace mgmd::dataplane {
namespace {

TEST(Checksum, ChangesWithTheTtlAsRfc1624Says) {
  // Invariant: for every checksum the result is HC' = ~(~HC + ~m + m'), equation 3 of RFC
  // 1624, in one's complement arithmetic, and nothing else of the header changes.
  const auto add = [](uint32_t a, uint32_t b) {
    const uint32_t sum = a + b;
    return (sum & 0xFFFF) + (sum >> 16);
  };
  for (const uint32_t ttl : {1u, 2u, 64u, 128u, 255u}) {
    for (uint32_t checksum = 0; checksum < 0x10000; ++checksum) {
      std::array<uint8_t, 20> header{};
      header[8] = static_cast<uint8_t>(ttl);
      header[9] = 17;
      header[10] = static_cast<uint8_t>(checksum >> 8);
      header[11] = static_cast<uint8_t>(checksum);
      const uint32_t before = ttl << 8 | 17, after = (ttl - 1) << 8 | 17;
      const uint32_t expected = ~add(add(~checksum & 0xFFFF, ~before & 0xFFFF), after) & 0xFFFF;
      DecrementTtl(header.data());
      ASSERT_EQ(header[8], ttl - 1);
      ASSERT_EQ(header[9], 17);
      ASSERT_EQ(uint32_t{header[10]} << 8 | header[11], expected) << ttl << ' ' << checksum;
      ASSERT_EQ(header[12], 0);
    }
  }
}

}  // namespace
}  // namespace mgmd::dataplane
