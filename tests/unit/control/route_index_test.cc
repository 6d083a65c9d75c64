// Invariant: the route that says where a stream comes from is the one with its source and group, else the longest that
// holds the group; the answer is that of a walk over all routes, in each family.

#include "control/protocols/static/route_index.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <random>
#include <set>

#include "tests/support/families.h"

namespace mgmd::protocols {
namespace {

// Few groups and sources, so that they meet, and lengths at which groups part.
template <class Family>
struct Values;

template <>
struct Values<Ipv4> {
  static constexpr std::array kLengths = {4, 6, 7, 8, 16, 31, 32};
  static Ipv4Address Group(uint32_t number) { return Ipv4Address(0xE0000000u | number / 4 % 4 << 24 | number % 4); }
  static Ipv4Address Source(uint32_t number) { return Ipv4Address(0x0A000001u + number % 3); }
};

template <>
struct Values<Ipv6> {
  static constexpr std::array kLengths = {8, 12, 15, 16, 64, 127, 128};
  static Ipv6Address Group(uint32_t number) {
    std::array<uint8_t, 16> bytes = {0xFF, static_cast<uint8_t>(0x0C + number / 4 % 4)};
    bytes[15] = static_cast<uint8_t>(number % 4);
    return Ipv6Address(bytes);
  }
  static Ipv6Address Source(uint32_t number) {
    std::array<uint8_t, 16> bytes = {0x20, 0x01};
    bytes[15] = static_cast<uint8_t>(1 + number % 3);
    return Ipv6Address(bytes);
  }
};

// By a walk over all.
template <class Family>
const config::StaticMroute<Family>* Walked(const config::StaticMroutes<Family>& routes,
                                           const typename Family::Address& source,
                                           const typename Family::Prefix& group) {
  const config::StaticMroute<Family>* best = nullptr;
  for (const config::StaticMroute<Family>& route : routes) {
    const bool covers = route.group.length() <= group.length() && route.group.Contains(group.address());
    if (!covers || (route.source && *route.source != source)) continue;
    if (route.source) return &route;
    if (best == nullptr || route.group.length() > best->group.length()) best = &route;
  }
  return best;
}

template <class Family>
class RouteIndexTest : public testing::Test {};

TYPED_TEST_SUITE(RouteIndexTest, BothFamilies);

TYPED_TEST(RouteIndexTest, FindsWhatAWalkFinds) {
  using Value = Values<TypeParam>;
  using Prefix = typename TypeParam::Prefix;
  constexpr int kBits = TypeParam::kAddressBits;
  std::mt19937 random(7);
  const auto pick_group = [&](bool whole) {
    const int length = whole ? kBits : Value::kLengths[random() % Value::kLengths.size()];
    return Prefix(Value::Group(static_cast<uint32_t>(random())), length);
  };
  const auto pick_source = [&] { return Value::Source(static_cast<uint32_t>(random())); };
  for (int round = 0; round < 200; ++round) {
    config::StaticMroutes<TypeParam> routes;
    std::set<FibKey<TypeParam>> keys;
    for (uint32_t number = 0; number < 30; ++number) {
      config::StaticMroute<TypeParam> route;
      route.from = {number, {}};
      const bool has_source = random() % 2 == 0;
      if (has_source) route.source = pick_source();
      route.group = pick_group(has_source);
      if (keys.insert(route.key()).second) routes.push_back(route);
    }
    const RouteIndex<TypeParam> index(routes);
    for (int look = 0; look < 200; ++look) {
      const bool stream = random() % 2 == 0;
      const auto source = stream ? pick_source() : typename TypeParam::Address();
      const Prefix group = pick_group(stream);
      EXPECT_EQ(index.MostSpecific(source, group), Walked<TypeParam>(routes, source, group))
          << source.ToString() << " " << group.ToString();
    }
  }
}

TYPED_TEST(RouteIndexTest, IsEmptyWithoutRoutes) {
  using Value = Values<TypeParam>;
  const typename TypeParam::Prefix group(Value::Group(1), TypeParam::kAddressBits);
  EXPECT_EQ(RouteIndex<TypeParam>({}).MostSpecific(Value::Source(1), group), nullptr);
}

}  // namespace
}  // namespace mgmd::protocols
