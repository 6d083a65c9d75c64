// Invariant: the most specific prefix that contains the source decides, whatever the order of insertion.

#include "control/rib/static_rib.h"

#include <gtest/gtest.h>

#include "tests/support/families.h"

namespace mgmd {
namespace {

// The same table in each family: a prefix, one in it, one in that, a host in that one, and all sources.
template <class Family>
struct Rows;

template <>
struct Rows<Ipv4> {
  static constexpr const char* kWide = "10.0.0.0/8";
  static constexpr const char* kNarrow = "10.1.0.0/16";
  static constexpr const char* kHost = "10.1.2.3/32";
  static constexpr const char* kAll = "0.0.0.0/0";
  static constexpr struct {
    const char* source;
    uint32_t index;
  } kLooks[] = {{"10.9.9.9", 1}, {"10.1.9.9", 2},  {"10.1.2.3", 3},
                {"10.1.2.4", 2}, {"192.0.2.1", 4}, {"9.255.255.255", 4}};
};

template <>
struct Rows<Ipv6> {
  static constexpr const char* kWide = "2001:db8::/32";
  static constexpr const char* kNarrow = "2001:db8:1::/49";
  static constexpr const char* kHost = "2001:db8:1::3/128";
  static constexpr const char* kAll = "::/0";
  static constexpr struct {
    const char* source;
    uint32_t index;
  } kLooks[] = {{"2001:db8:9::9", 1}, {"2001:db8:1:7fff::9", 2}, {"2001:db8:1:8000::9", 1},
                {"2001:db8:1::3", 3}, {"2001:db8:1::4", 2},      {"2001:db9::1", 4},
                {"::1:0:0", 4}};
};

template <class Family>
class StaticRibTest : public testing::Test {
 protected:
  static typename Family::Prefix Prefix(const char* text) { return *Family::Prefix::Parse(text); }
  static Route<Family> To(const char* prefix, uint32_t index) {
    return {.prefix = Prefix(prefix), .interface = {index, {}}, .upstream_neighbour = {}, .protocol = 0};
  }
  // 0: nowhere.
  uint32_t IndexTowards(const char* source) const {
    const auto route = rib_.Lookup(*Family::Address::Parse(source));
    return route ? route->interface.index : 0;
  }

  StaticRib<Family> rib_;
};

TYPED_TEST_SUITE(StaticRibTest, BothFamilies);

TYPED_TEST(StaticRibTest, LongestMatchWins) {
  using Row = Rows<TypeParam>;
  ASSERT_TRUE(this->rib_.Add(this->To(Row::kWide, 1)));
  ASSERT_TRUE(this->rib_.Add(this->To(Row::kHost, 3)));
  ASSERT_TRUE(this->rib_.Add(this->To(Row::kAll, 4)));
  ASSERT_TRUE(this->rib_.Add(this->To(Row::kNarrow, 2)));
  for (const auto& look : Row::kLooks) EXPECT_EQ(this->IndexTowards(look.source), look.index) << look.source;
}

TYPED_TEST(StaticRibTest, FirstRouteOfAPrefixStays) {
  using Row = Rows<TypeParam>;
  ASSERT_TRUE(this->rib_.Add(this->To(Row::kNarrow, 1)));
  EXPECT_FALSE(this->rib_.Add(this->To(Row::kNarrow, 2)));
  EXPECT_EQ(this->IndexTowards(Row::kLooks[1].source), 1u);
}

}  // namespace
}  // namespace mgmd
