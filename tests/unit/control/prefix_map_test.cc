// Invariant: of all prefixes that contain an address the longest is found, as by looking at each.

#include "control/rib/prefix_map.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "tests/support/families.h"

namespace mgmd {
namespace {

// Addresses of which few bits differ, so that many prefixes contain each.
void Choose(std::mt19937& random, Ipv4Address& address) {
  address = Ipv4Address(static_cast<uint32_t>(random() & 0xC0810003));
}
void Choose(std::mt19937& random, Ipv6Address& address) {
  std::array<uint8_t, 16> bytes{};
  for (const size_t place : {0, 7, 8, 15}) bytes[place] = static_cast<uint8_t>(random() & 0x81);
  address = Ipv6Address(bytes);
}

template <class Family>
class PrefixMapTest : public testing::Test {};
TYPED_TEST_SUITE(PrefixMapTest, BothFamilies);

TYPED_TEST(PrefixMapTest, FindsTheLongestOfAll) {
  using Prefix = typename TypeParam::Prefix;
  std::mt19937 random(7);
  typename TypeParam::Address address;
  for (int table = 0; table < 200; ++table) {
    PrefixMap<TypeParam, int> map;
    for (int prefix = 0; prefix < table % 50; ++prefix) {
      const auto length = static_cast<int>(random() % (TypeParam::kAddressBits + 1));
      Choose(random, address);
      map.try_emplace(Prefix(address, length), prefix);
    }
    for (int look = 0; look < 200; ++look) {
      Choose(random, address);
      const typename decltype(map)::value_type* expected = nullptr;
      for (const auto& each : map) {
        if (!each.first.Contains(address)) continue;
        if (expected == nullptr || each.first.length() > expected->first.length()) expected = &each;
      }
      ASSERT_EQ(LongestMatch(map, address), expected) << address.ToString();
    }
  }
}

}  // namespace
}  // namespace mgmd
