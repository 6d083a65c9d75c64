// Invariant: a route and an interface have one text in each family, and the text gives them back.

#include "control/api/route_text.h"

#include <gtest/gtest.h>

#include "tests/support/families.h"

namespace mgmd::api {
namespace {

template <class Family>
struct Rows;

template <>
struct Rows<Ipv4> {
  static constexpr struct {
    const char* group;
    const char* source;
    const char* key;
  } kRoutes[] = {
      {"232.1.1.1", "10.0.0.1", "(10.0.0.1,232.1.1.1)"},
      {"239.1.1.1", "*", "(*,239.1.1.1)"},
      {"239.1.0.0/16", "*", "(*,239.1.0.0/16)"},
      {"224.0.0.0/4", "*", "(*,*)"},
  };
  // Groups and sources of no route.
  static constexpr const char* kBad[][2] = {
      {"10.1.1.1", "*"},        {"224.0.0.0/3", "*"},         {"239.1.1.1/16", "*"},   {"239.1.0.0/16", "10.0.0.1"},
      {"239.1.1.1", "0.0.0.1"}, {"239.1.1.1", "239.1.1.2"},   {"239.1.1.1", ""},       {"", "*"},
      {"ff0e::1", "*"},         {"239.1.1.1", "2001:db8::1"}, {"ff0e::1", "10.0.0.1"},
  };
  static constexpr const char* kInterfaces[] = {"0", "12", "12/10.0.0.1"};
  static constexpr const char* kBadInterfaces[] = {"", "x", "-1", "4294967296", "12/", "12/x", "12/fe80::1"};
};

template <>
struct Rows<Ipv6> {
  static constexpr struct {
    const char* group;
    const char* source;
    const char* key;
  } kRoutes[] = {
      {"ff3e::4000:1", "2001:db8::1", "(2001:db8::1,ff3e::4000:1)"},
      {"ff0e::1", "*", "(*,ff0e::1)"},
      {"ff0e::/16", "*", "(*,ff0e::/16)"},
      {"ff00::/8", "*", "(*,*)"},
  };
  static constexpr const char* kBad[][2] = {
      {"2001:db8::1", "*"},
      {"fe00::/7", "*"},
      {"ff0e::1/16", "*"},
      {"ff0e::/16", "2001:db8::1"},
      {"ff0e::1", "::1"},
      {"ff0e::1", "ff0e::2"},
      {"ff0e::1", ""},
      {"", "*"},
      {"239.1.1.1", "*"},
      {"ff0e::1", "10.0.0.1"},
      {"239.1.1.1", "2001:db8::1"},
  };
  static constexpr const char* kInterfaces[] = {"0", "12", "12/fe80::1"};
  static constexpr const char* kBadInterfaces[] = {"", "x", "-1", "4294967296", "12/", "12/x", "12/10.0.0.1"};
};

template <class Family>
class RouteText : public testing::Test {};

TYPED_TEST_SUITE(RouteText, BothFamilies);

TYPED_TEST(RouteText, OfARouteGivesItBack) {
  for (const auto& row : Rows<TypeParam>::kRoutes) {
    const auto key = ParseRoute<TypeParam>(row.group, row.source);
    ASSERT_TRUE(key) << row.key;
    EXPECT_EQ(key->ToString(), row.key);
    EXPECT_EQ(GroupText(*key), row.group);
    EXPECT_EQ(SourceText(*key), row.source);
  }
}

TYPED_TEST(RouteText, OfNoRouteIsNone) {
  for (const auto& [group, source] : Rows<TypeParam>::kBad) {
    EXPECT_FALSE(ParseRoute<TypeParam>(group, source)) << group << "," << source;
  }
}

TYPED_TEST(RouteText, OfAnInterfaceGivesItBack) {
  for (const char* text : Rows<TypeParam>::kInterfaces) {
    const auto interface = ParseInterface<TypeParam>(text);
    ASSERT_TRUE(interface) << text;
    EXPECT_EQ(interface->ToString(), text);
  }
  for (const char* text : Rows<TypeParam>::kBadInterfaces) EXPECT_FALSE(ParseInterface<TypeParam>(text)) << text;
}

}  // namespace
}  // namespace mgmd::api
