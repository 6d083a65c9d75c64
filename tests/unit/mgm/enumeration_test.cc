#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "control/mgm/group_manager.h"
#include "control/mgm/rows_per_turn.h"
#include "tests/fakes/counting_forwarder.h"
#include "tests/fakes/fake_forwarder.h"
#include "tests/fakes/manual_clock.h"

// An enumeration shows the entries that were joined when it was started, each once, however it is
// read and whatever is joined and left meanwhile; and no reading looks at more than kRowsPerTurn
// entries before others get their turn.

namespace mgmd::mgm {
namespace {

struct Scene {
  Scene() {
    client = *manager.Register({0x40000001, 1}, std::make_unique<ClientCallbacks>());
    manager.TakeInterface(client, {1, {}}).IgnoreError();
    manager.TakeInterface(client, {2, {}}).IgnoreError();
  }
  void Add(Ipv4FibKey key, uint32_t interface = 1) {
    ASSERT_TRUE(manager.AddMembership(client, key, {interface, {}}, {.join = true}).ok());
  }
  void Delete(Ipv4FibKey key, uint32_t interface = 1) {
    ASSERT_TRUE(manager.DeleteMembership(client, key, {interface, {}}, {.join = true}).ok());
  }
  // Until the end, `room` at a time.
  std::vector<Ipv4FibKey> ReadAll(EnumHandle handle, size_t room) {
    std::vector<Ipv4FibKey> keys;
    for (;;) {
      const auto piece = *manager.ReadEnumeration(handle, room);
      EXPECT_LE(piece.keys.size(), std::min(room, kRowsPerTurn));
      keys.insert(keys.end(), piece.keys.begin(), piece.keys.end());
      if (piece.then == EnumerationPiece<Ipv4>::Then::kEnd) return keys;
    }
  }

  fakes::CountingForwarder<Ipv4> forwarder;
  fakes::FakeRouteTable routes;
  ManualClock clock;
  Ipv4GroupManager manager{forwarder, routes, clock, Options{}};
  ClientHandle client{};
};

Ipv4FibKey Group(uint32_t number) { return Ipv4FibKey::AnySource(Ipv4Address(0xEF010000u + number)); }
Ipv4FibKey Stream(uint32_t source, uint32_t group) {
  return Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(0x0A000001u + source), Ipv4Address(0xEF010000u + group));
}

TEST(Enumeration, IsReadInTurnsOfBoundedLength) {
  Scene scene;
  constexpr uint32_t kGroups = 1000;
  for (uint32_t group = 0; group < kGroups; ++group) scene.Add(Group(group));
  const EnumHandle handle = *scene.manager.StartEnumeration(scene.client, EnumType::kAllSources);
  size_t turns = 0;
  size_t records = 0;
  for (;;) {
    const auto piece = *scene.manager.ReadEnumeration(handle, 100'000);
    ++turns;
    records += piece.keys.size();
    EXPECT_LE(piece.keys.size(), kRowsPerTurn);
    if (piece.then == EnumerationPiece<Ipv4>::Then::kEnd) break;
    ASSERT_EQ(piece.then, EnumerationPiece<Ipv4>::Then::kGoOn);
  }
  EXPECT_EQ(records, kGroups);
  EXPECT_EQ(turns, (kGroups + kRowsPerTurn - 1) / kRowsPerTurn);
}

TEST(Enumeration, PassesOverWhatCameLaterInBoundedTurnsToo) {
  Scene scene;
  const EnumHandle handle = *scene.manager.StartEnumeration(scene.client, EnumType::kAllSources);
  for (uint32_t group = 0; group < 1000; ++group) scene.Add(Group(group));
  int turns = 1;
  for (; scene.manager.ReadEnumeration(handle, 10)->then != EnumerationPiece<Ipv4>::Then::kEnd; ++turns) {
    ASSERT_LT(turns, 10);
  }
  EXPECT_EQ(turns, 4);
}

TEST(Enumeration, ShowsAGroupOnceHoweverManySourcesItHas) {
  Scene scene;
  for (uint32_t source = 0; source < 2000; ++source) scene.Add(Stream(source, 1));
  scene.Add(Stream(5, 2));
  const EnumHandle handle = *scene.manager.StartEnumeration(scene.client, EnumType::kAnySource);
  const auto piece = *scene.manager.ReadEnumeration(handle, 10);
  EXPECT_EQ(piece.then, EnumerationPiece<Ipv4>::Then::kEnd) << "sources of a group cost no looks";
  EXPECT_EQ(piece.keys, (std::vector{Group(1), Group(2)}));
}

TEST(Enumeration, DoesNotMoveWithoutRoom) {
  Scene scene;
  scene.Add(Group(1));
  const EnumHandle handle = *scene.manager.StartEnumeration(scene.client, EnumType::kAllSources);
  EXPECT_EQ(scene.manager.ReadEnumeration(handle, 0)->then, EnumerationPiece<Ipv4>::Then::kMore);
  EXPECT_EQ(scene.ReadAll(handle, 1), std::vector{Group(1)});
  EXPECT_EQ(scene.ReadAll(handle, 1), std::vector<Ipv4FibKey>()) << "for ever";
}

TEST(Enumeration, EndsWithItsClientAndByItself) {
  Scene scene;
  const auto other = *scene.manager.Register({0x40000002, 1}, std::make_unique<ClientCallbacks>());
  const EnumHandle handle = *scene.manager.StartEnumeration(other, EnumType::kAllSources);
  const EnumHandle ended = *scene.manager.StartEnumeration(scene.client, EnumType::kAllSources);
  EXPECT_TRUE(scene.manager.EndEnumeration(ended).ok());
  EXPECT_FALSE(scene.manager.EndEnumeration(ended).ok());
  EXPECT_FALSE(scene.manager.ReadEnumeration(ended, 1).ok());
  EXPECT_TRUE(scene.manager.ReadEnumeration(handle, 1).ok());
  ASSERT_TRUE(scene.manager.Deregister(other).ok());
  EXPECT_FALSE(scene.manager.ReadEnumeration(handle, 1).ok());
}

// Random joins, leaves, releases and readings, against copies taken at each start.
TEST(Enumeration, IsASnapshotOfItsStart) {
  struct Open {
    EnumHandle handle;
    std::set<Ipv4FibKey> expected;
    std::vector<Ipv4FibKey> read;
  };
  for (uint32_t seed = 1; seed <= 30; ++seed) {
    std::mt19937 random(seed);
    Scene scene;
    std::set<std::pair<Ipv4FibKey, uint32_t>> joined;
    std::vector<Open> open;
    const auto pick = [&] {
      const uint32_t group = random() % 40;
      switch (random() % 4) {
        case 0:
          return Ipv4FibKey::AnySource(Ipv4Address(0xEF010000u + group), 24 + int(random() % 9));
        case 1:
          return Group(group);
        default:
          return Stream(random() % 4, group);
      }
    };
    for (int step = 0; step < 3000; ++step) {
      const Ipv4FibKey key = pick();
      const uint32_t interface = 1 + random() % 2;
      const unsigned what = random() % 100;
      if (what < 45) {
        scene.Add(key, interface);
        joined.insert({key, interface});
      } else if (what < 75) {
        if (joined.erase({key, interface}) != 0) scene.Delete(key, interface);
      } else if (what < 76) {
        ASSERT_TRUE(scene.manager.ReleaseInterface(scene.client, {interface, {}}).ok());
        ASSERT_TRUE(scene.manager.TakeInterface(scene.client, {interface, {}}).ok());
        std::erase_if(joined, [&](const auto& each) { return each.second == interface; });
      } else if (what < 80) {
        const bool all = random() % 2 == 0;
        Open& one = open.emplace_back();
        one.handle = *scene.manager.StartEnumeration(scene.client, all ? EnumType::kAllSources : EnumType::kAnySource);
        for (const auto& [each, on] : joined) {
          one.expected.insert(all || each.is_wildcard() ? each : Ipv4FibKey::AnySource(each.group()));
        }
      } else if (!open.empty()) {
        Open& one = open[random() % open.size()];
        const auto piece = *scene.manager.ReadEnumeration(one.handle, random() % 12);
        one.read.insert(one.read.end(), piece.keys.begin(), piece.keys.end());
      }
    }
    for (Open& one : open) {
      const auto rest = scene.ReadAll(one.handle, 7);
      one.read.insert(one.read.end(), rest.begin(), rest.end());
      EXPECT_EQ(one.read.size(), one.expected.size()) << "seed " << seed;
      EXPECT_EQ(std::set<Ipv4FibKey>(one.read.begin(), one.read.end()), one.expected) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace mgmd::mgm
