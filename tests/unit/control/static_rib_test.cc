// Invariant: the most specific prefix that contains the source decides, whatever the order of insertion.

#include "control/rib/static_rib.h"

#include <gtest/gtest.h>

namespace mgmd {
namespace {

Route<Ipv4> To(const char* prefix, uint32_t index) {
  return {.prefix = *Ipv4Prefix::Parse(prefix), .interface = {index, {}}, .upstream_neighbour = {}, .protocol = 0};
}

TEST(StaticRib, LongestMatchWins) {
  StaticRib rib;
  ASSERT_TRUE(rib.Add(To("10.0.0.0/8", 1)));
  ASSERT_TRUE(rib.Add(To("10.1.2.3/32", 3)));
  ASSERT_TRUE(rib.Add(To("0.0.0.0/0", 4)));
  ASSERT_TRUE(rib.Add(To("10.1.0.0/16", 2)));
  const struct {
    const char* source;
    uint32_t index;
  } rows[] = {{"10.9.9.9", 1}, {"10.1.9.9", 2},  {"10.1.2.3", 3},
              {"10.1.2.4", 2}, {"192.0.2.1", 4}, {"9.255.255.255", 4}};
  for (const auto& row : rows) {
    const auto route = rib.Lookup(*Ipv4Address::Parse(row.source));
    ASSERT_TRUE(route) << row.source;
    EXPECT_EQ(route->interface.index, row.index) << row.source;
  }
}

TEST(StaticRib, FirstRouteOfAPrefixStays) {
  StaticRib rib;
  ASSERT_TRUE(rib.Add(To("10.0.0.0/24", 1)));
  EXPECT_FALSE(rib.Add(To("10.0.0.0/24", 2)));
  EXPECT_EQ(rib.Lookup(Ipv4Address(10, 0, 0, 7))->interface.index, 1u);
}

}  // namespace
}  // namespace mgmd
