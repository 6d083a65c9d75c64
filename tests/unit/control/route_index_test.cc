// Invariant: the route that says where a stream comes from is the one with its source and group, else the longest that
// holds the group; the answer is that of a walk over all routes.

#include "control/protocols/static/route_index.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace mgmd::protocols {
namespace {

config::StaticMroute<Ipv4> Route(std::optional<Ipv4Address> source, Ipv4Prefix group, uint32_t from) {
  return {.from = {from, {}}, .source = source, .group = group, .to = {}};
}

// By a walk over all.
const config::StaticMroute<Ipv4>* Walked(const std::vector<config::StaticMroute<Ipv4>>& routes, Ipv4Address source,
                                         const Ipv4Prefix& group) {
  const config::StaticMroute<Ipv4>* best = nullptr;
  for (const config::StaticMroute<Ipv4>& route : routes) {
    const bool covers = route.group.length() <= group.length() && route.group.Contains(group.address());
    if (!covers || (route.source && *route.source != source)) continue;
    if (route.source) return &route;
    if (best == nullptr || route.group.length() > best->group.length()) best = &route;
  }
  return best;
}

TEST(RouteIndex, FindsWhatAWalkFinds) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<config::StaticMroute<Ipv4>> routes;
    std::set<Ipv4FibKey> keys;
    const auto pick_group = [&](int length) {
      return Ipv4Prefix(Ipv4Address(0xE0000000u | (random() % 4) << 24 | random() % 4), length);
    };
    const auto pick_source = [&] { return Ipv4Address(0x0A000001u + random() % 3); };
    for (uint32_t number = 0; number < 30; ++number) {
      const bool has_source = random() % 2 == 0;
      const int length = has_source ? 32 : std::array{4, 6, 8, 16, 31, 32}[random() % 6];
      const auto route = Route(has_source ? std::optional(pick_source()) : std::nullopt, pick_group(length), number);
      if (keys.insert(route.key()).second) routes.push_back(route);
    }
    const RouteIndex index(routes);
    for (int look = 0; look < 200; ++look) {
      const bool stream = random() % 2 == 0;
      const Ipv4Address source = stream ? pick_source() : Ipv4Address();
      const Ipv4Prefix group = pick_group(stream ? 32 : std::array{4, 7, 8, 16, 31, 32}[random() % 6]);
      EXPECT_EQ(index.MostSpecific(source, group), Walked(routes, source, group))
          << source.ToString() << " " << group.ToString();
    }
  }
}

TEST(RouteIndex, IsEmptyWithoutRoutes) {
  EXPECT_EQ(RouteIndex({}).MostSpecific(Ipv4Address(10, 0, 0, 1), Ipv4Prefix(Ipv4Address(239, 1, 1, 1), 32)), nullptr);
}

}  // namespace
}  // namespace mgmd::protocols
