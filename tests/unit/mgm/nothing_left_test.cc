#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/fakes/mgm_world.h"

// When everybody has released everything, in whatever order and with whatever pauses, nothing is
// left: no MFE, no entry in the forwarding table, no membership.

namespace mgmd::nothing_left {
namespace {

using fakes::kForward;
using fakes::kJoin;
using fakes::kProactive;
using fakes::MgmWorld;

// One client on one interface.
using Place = std::pair<std::string, DWORD>;

struct SetUp {
  std::string name;
  std::vector<Place> places;  // taken in this order
  std::function<void(MgmWorld&)> build;
  size_t mfes;  // that it makes
};

void Name(MgmWorld& world, const std::string& client, DWORD iif) {
  world.hooks(client).rpf = [iif](PDWORD named, PMGM_EXT_ROUTE) {
    if (*named == 0) *named = iif;
  };
}

const SetUp kSetUps[] = {
    {"OneOwner",
     {{"P1", 1}, {"P1", 2}, {"P1", 3}},
     [](MgmWorld& world) {
       world.SetRoute("S", 1);
       world.Add("P1", "S", "G", 2, kProactive);
       world.Add("P1", "S", "G", 3, kProactive);
     },
     1},
    {"InputAndOutputsOfDifferentOwners",
     {{"P2", 1}, {"P1", 2}, {"P1", 3}},
     [](MgmWorld& world) {
       world.SetRoute("S", 1);
       world.Add("P1", "S", "G", 2, kProactive);
       world.Add("P1", "S2", "G", 2, kProactive);  // no route
       world.Add("P1", "S", "G", 3, kJoin);
     },
     2},
    {"IgmpBesideOwners",
     {{"P1", 1}, {"I", 1}, {"P2", 2}, {"I", 2}},
     [](MgmWorld& world) {
       world.SetRoute("S", 1);
       world.Add("I", "S", "G", 2, kProactive);
       world.Add("P2", "S", "G2", 2, kProactive);
       world.Add("I", "*", "G2", 2);
       world.Add("I", "S", "G2", 2, kForward);
     },
     2},
    {"WildcardWithNarrowerOnes",
     {{"P1", 1}, {"P1", 4}, {"P2", 2}, {"P3", 3}},
     [](MgmWorld& world) {
       Name(world, "P1", 1);
       world.SetRoute("S2", 2);
       world.Add("P1", "*", "G", 4, kProactive);
       world.Add("P2", "S", "G", 2);  // no route: by the wildcard's iif
       world.Add("P3", "S2", "G", 3, kProactive);
       world.Add("P3", "S3", "G", 3, kForward);
     },
     4},
    {"TwoNamersOfRanges",
     {{"P1", 1}, {"P1", 4}, {"P3", 3}, {"P2", 2}},
     [](MgmWorld& world) {
       Name(world, "P1", 1);
       Name(world, "P3", 3);
       world.Add("P1", "*", "*", 4, kProactive);
       world.Add("P3", "*", "G", 3, kProactive);
       world.Add("P1", "*", "G", 4, kProactive);
       world.Add("P2", "*", "G", 2);
       world.Add("P2", "S", "G", 2);
     },
     3},
};

class NothingLeft : public ::testing::TestWithParam<SetUp> {};

TEST_P(NothingLeft, InEveryOrderOfReleases) {
  std::vector<Place> order = GetParam().places;
  std::sort(order.begin(), order.end());
  do {
    for (unsigned pauses = 0; pauses < 1u << order.size(); ++pauses) {
      MgmWorld world;
      for (const char* client : {"P1", "P2", "P3", "I"}) world.Register(client);
      for (const auto& [client, interface] : GetParam().places) {
        ASSERT_EQ(world.Take(client, interface), NO_ERROR);
      }
      GetParam().build(world);
      ASSERT_EQ(world.table().size(), GetParam().mfes);
      std::string how;
      for (size_t i = 0; i < order.size(); ++i) {
        const auto& [client, interface] = order[i];
        how += " " + client + " i" + std::to_string(interface);
        ASSERT_EQ(world.Release(client, interface), NO_ERROR);
        if ((pauses >> i & 1) == 0) continue;
        how += ", pause,";
        // Longer than what waits for anybody to come back.
        for (int turn = 0; turn < 3; ++turn) world.Advance(2);
      }
      world.Advance(2);  // what is decided again
      ASSERT_TRUE(world.table().empty()) << world.table().begin()->first << " after" << how;
      ASSERT_TRUE(world.Walk().empty()) << how;
      ASSERT_TRUE(world.Enumerate("P1", ALL_SOURCES).empty()) << how;
      for (const char* client : {"P1", "P2", "P3", "I"}) {
        ASSERT_EQ(world.DeRegister(client), NO_ERROR) << how;
      }
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

INSTANTIATE_TEST_SUITE_P(SetUps, NothingLeft, ::testing::ValuesIn(kSetUps),
                         [](const auto& info) { return info.param.name; });

TEST(NothingLeft, OfTwoThousandRoutes) {
  constexpr int kRoutes = 2000;
  for (const bool input_first : {true, false}) {
    MgmWorld world;
    world.Register("P1");
    for (const DWORD interface : {1, 2, 3}) ASSERT_EQ(world.Take("P1", interface), NO_ERROR);
    for (int i = 0; i < kRoutes; ++i) {
      const std::string source = "10.1." + std::to_string(i / 200) + "." + std::to_string(i % 200 + 1);
      world.SetRoute(source, 1);
      ASSERT_EQ(world.Add("P1", source, "G", 2, kProactive), NO_ERROR);
      ASSERT_EQ(world.Add("P1", source, "G", 3, kProactive), NO_ERROR);
    }
    ASSERT_EQ(world.table().size(), static_cast<size_t>(kRoutes));
    for (const DWORD interface : input_first ? std::array{1u, 2u, 3u} : std::array{2u, 3u, 1u}) {
      ASSERT_EQ(world.Release("P1", interface), NO_ERROR);
      for (int turn = 0; turn < 3; ++turn) world.Advance(2);
    }
    EXPECT_TRUE(world.table().empty()) << world.table().size();
    EXPECT_EQ(world.DeRegister("P1"), NO_ERROR);
  }
}

}  // namespace
}  // namespace mgmd::nothing_left
