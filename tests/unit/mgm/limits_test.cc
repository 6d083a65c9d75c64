#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "tests/fakes/mgm_world.h"

// How many MFEs a group, an iif, an owner may have, and how idle ones make room.

namespace mgmd {
namespace {

using fakes::kProactive;
using fakes::MgmWorld;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Source(int number) {
  return "10.1." + std::to_string(number / 200) + "." + std::to_string(number % 200 + 1);
}

// Packets come ten in a second. P1 has i1 and i2, P2 has i3 and P3 i4, which wants everything; source n is behind its
// interface.
class Limited : public ::testing::Test {
 protected:
  void Start(const std::function<void(MGM_EXT_CONFIG&)>& tune, DWORD max_mfes = 0) {
    world = std::make_unique<MgmWorld>(0, max_mfes, 0, 0, tune);
    for (const char* client : {"P1", "P2", "P3"}) world->Register(client);
    world->Take("P1", 1);
    world->Take("P1", 2);
    world->Take("P2", 3);
    world->Take("P3", 4);
    world->Add("P3", "*", "*", 4);
  }
  // The first packet of a stream, again and again until it has its entry. Returns how many packets
  // were lost; `most` of them, and it gave up.
  int LostUntilForwarded(int source, const char* group, DWORD iif, int most) {
    world->SetRoute(Source(source), iif);
    for (int lost = 0; lost < most; ++lost) {
      if (world->Packet(Source(source), group, iif) == NO_ERROR) return lost;
      world->Advance(0.1);
    }
    return most;
  }
  DWORD First(int source, const char* group, DWORD iif) {
    world->Advance(0.1);
    world->SetRoute(Source(source), iif);
    return world->Packet(Source(source), group, iif);
  }
  void SetFlowing(int source, const char* group) { world->SetFlowing(Source(source), group, true); }
  bool IsForwarded(int source, const char* group) { return world->Entry(Source(source), group).ends_with("{i4}"); }
  std::unique_ptr<MgmWorld> world;
};

// A sender that makes up a source for each packet takes no more than the group's share; a source
// that comes later gets its entry for that of one that is idle, and keeps it while it flows.
TEST_F(Limited, SpoofedSourcesOfAGroupTakeItsShareOnly) {
  constexpr int kShare = 100;
  constexpr int kSpoofed = 1000;
  Start([](MGM_EXT_CONFIG& config) { config.dwMaxMfesPerGroup = kShare; });
  ASSERT_EQ(First(5000, "G", 1), NO_ERROR);
  SetFlowing(5000, "G");
  for (int i = 0; i < kSpoofed; ++i) First(i, "G", 1);
  EXPECT_LE(world->table().size(), static_cast<size_t>(kShare));
  EXPECT_TRUE(IsForwarded(5000, "G")) << "it flows";
  EXPECT_LE(LostUntilForwarded(5001, "G", 1, 1000), 30) << "an idle one makes room";
  SetFlowing(5001, "G");
  for (int i = kSpoofed; i < 2 * kSpoofed; ++i) First(i, "G", 1);
  EXPECT_TRUE(IsForwarded(5000, "G"));
  EXPECT_TRUE(IsForwarded(5001, "G"));
  EXPECT_EQ(First(0, "G2", 1), NO_ERROR) << "other groups have shares of their own";
  EXPECT_EQ(world->table().size(), kShare + size_t{1});
}

// However many made-up sources come in a second, a stream of some packets in a second stays.
TEST_F(Limited, AFloodDoesNotMakeSlowStreamsIdle) {
  Start([](MGM_EXT_CONFIG& config) { config.dwMaxMfesPerGroup = 10; });
  ASSERT_EQ(First(5000, "G", 1), NO_ERROR);
  for (int i = 0; i < 20'000; ++i) {
    world->SetRoute(Source(i), 1);
    world->Packet(Source(i), "G", 1);
    world->Advance(0.001);
    // One of the stream's each half second.
    if (i % 500 == 0) world->CountPacket(Source(5000), "G");
    ASSERT_TRUE(IsForwarded(5000, "G")) << i;
  }
  EXPECT_LE(LostUntilForwarded(5001, "G", 1, 100), 30);
}

TEST_F(Limited, WhereAllFlowTheLimitRefusesAndIsNamed) {
  Start([](MGM_EXT_CONFIG& config) { config.dwMaxMfesPerGroup = 3; });
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(First(i, "G", 1), NO_ERROR);
    SetFlowing(i, "G");
  }
  world->SetRoute(Source(10), 1);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(world->Packet(Source(10), "G", 1), ERROR_NOT_ENOUGH_MEMORY);
  }
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(IsForwarded(i, "G"));
  ASSERT_EQ(world->logged().size(), 1u) << "once a second";
  EXPECT_THAT(world->logged().front(), HasSubstr("mfes_per_group is met"));
  world->Advance(1);
  EXPECT_EQ(First(10, "G", 1), ERROR_NOT_ENOUGH_MEMORY);
  ASSERT_EQ(world->logged().size(), 2u);
  EXPECT_THAT(world->logged().back(), HasSubstr("refused so far: 6"));
}

TEST_F(Limited, AnInterfacesShare) {
  Start([](MGM_EXT_CONFIG& config) { config.dwMaxMfesPerInterface = 2; });
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(First(i, "G", 1), NO_ERROR);
    SetFlowing(i, "G");
  }
  EXPECT_EQ(First(2, "G2", 1), ERROR_NOT_ENOUGH_MEMORY);
  EXPECT_THAT(world->logged(), ElementsAre(HasSubstr("mfes_per_interface is met")));
  EXPECT_EQ(First(3, "G", 2), NO_ERROR);
  EXPECT_EQ(First(4, "G", 2), NO_ERROR);
  EXPECT_LE(LostUntilForwarded(5, "G2", 2, 100), 30) << "both are idle";
  EXPECT_EQ(world->table().size(), 4u);
}

// An owner's share is over all its interfaces, and follows them when they change hands.
TEST_F(Limited, AnOwnersShare) {
  Start([](MGM_EXT_CONFIG& config) { config.dwMaxMfesPerOwner = 3; });
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(First(i, "G", i < 2 ? 1 : 2), NO_ERROR);
    SetFlowing(i, "G");
  }
  EXPECT_EQ(First(3, "G", 2), ERROR_NOT_ENOUGH_MEMORY);
  EXPECT_THAT(world->logged(), ElementsAre(HasSubstr("mfes_per_owner is met")));
  EXPECT_EQ(First(4, "G", 3), NO_ERROR) << "another's";
  world->SetFlowing(Source(2), "G", false);
  EXPECT_LE(LostUntilForwarded(5, "G", 1, 100), 30) << "the idle one is on the other interface";
  EXPECT_EQ(world->Entry(Source(2), "G"), "none");
  SetFlowing(5, "G");

  ASSERT_EQ(world->Release("P1", 1), NO_ERROR);
  ASSERT_EQ(First(6, "G", 2), NO_ERROR) << "the release has freed its share";
  ASSERT_EQ(world->Take("P2", 1), NO_ERROR);
  SetFlowing(4, "G");
  for (int i = 7; i < 9; ++i) {
    ASSERT_EQ(First(i, "G", 1), NO_ERROR);
    SetFlowing(i, "G");
  }
  EXPECT_EQ(First(9, "G", 1), ERROR_NOT_ENOUGH_MEMORY) << "with that of i3 they are three";
}

// Orphans become the share of who takes their interface, and go there.
TEST_F(Limited, OrphansAreNobodysShare) {
  Start([](MGM_EXT_CONFIG& config) { config.dwMaxMfesPerOwner = 2; });
  world->SetRoute(Source(0), 9);
  world->SetRoute(Source(1), 9);
  world->SetRoute(Source(2), 9);
  for (int i = 0; i < 3; ++i) ASSERT_EQ(world->Packet(Source(i), "G", 1), NO_ERROR);
  EXPECT_THAT(world->logged(), IsEmpty());
  ASSERT_EQ(world->Take("P1", 9), NO_ERROR);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(world->Packet(Source(i), "G", 9), NO_ERROR);
    SetFlowing(i, "G");
  }
  EXPECT_EQ(world->Packet(Source(2), "G", 9), ERROR_NOT_ENOUGH_MEMORY);
}

// The whole table: idle streams make room there, too, forwarded ones as others.
TEST_F(Limited, IdleOnesMakeRoomInAFullTable) {
  Start(nullptr, 50);
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(First(i, i % 2 == 0 ? "G" : "G2", 1), NO_ERROR);
    if (i % 5 == 0) SetFlowing(i, i % 2 == 0 ? "G" : "G2");
  }
  for (int i = 50; i < 300; ++i) First(i, "G3", 3);
  EXPECT_LE(world->table().size(), 50u);
  for (int i = 0; i < 50; i += 5) EXPECT_TRUE(IsForwarded(i, i % 2 == 0 ? "G" : "G2")) << i;
  EXPECT_LE(LostUntilForwarded(5000, "G4", 1, 100), 30);
}

// What a membership holds stays, and what it needs is made as soon as there is room.
TEST_F(Limited, WhatAMembershipHoldsStaysAndComes) {
  Start([](MGM_EXT_CONFIG& config) { config.dwMaxMfesPerGroup = 2; });
  world->SetRoute(Source(0), 1);
  ASSERT_EQ(world->Add("P3", Source(0), "G", 4, kProactive), NO_ERROR);
  ASSERT_EQ(First(1, "G", 1), NO_ERROR);
  SetFlowing(1, "G");
  for (int i = 2; i < 100; ++i) First(i, "G", 1);
  EXPECT_TRUE(IsForwarded(0, "G")) << "idle, but held";
  world->SetRoute(Source(200), 1);
  ASSERT_EQ(world->Add("P3", Source(200), "G", 4, kProactive), NO_ERROR);
  EXPECT_EQ(world->Entry(Source(200), "G"), "none");
  world->SetFlowing(Source(1), "G", false);
  for (int second = 0; second < 4; ++second) world->Advance(1);
  EXPECT_TRUE(IsForwarded(200, "G"));
  EXPECT_EQ(world->Entry(Source(1), "G"), "none");
  world->Release("P3", 4);
  world->Advance(2);
  EXPECT_EQ(world->table().size(), 2u) << "negative ones now";
}

TEST_F(Limited, ByDefaultAGroupHas65536AndNothingElseIsLimited) {
  Start([](MGM_EXT_CONFIG& config) { config.dwMaxMfesPerGroup = MGM_EXT_NO_LIMIT; });
  constexpr int kMany = 65536 + 10;
  const auto fill = [&] {
    for (int i = 0; i < kMany; ++i) {
      const std::string source = "10." + std::to_string(1 + i / 60000) + "." + std::to_string(i % 60000 / 240) + "." +
                                 std::to_string(i % 240 + 1);
      world->SetRoute(source, 1);
      world->Packet(source, "G", 1);
    }
  };
  fill();
  EXPECT_EQ(world->table().size(), static_cast<size_t>(kMany));
  world.reset();
  Start(nullptr);
  fill();
  EXPECT_EQ(world->table().size(), 65536u);
}

// Whatever happens, no limit is passed, none refuses that is not met, and no stream that flows loses its MFE to a new
// one, but for one that nobody wants, in a full table.
class LimitsHistory : public ::testing::TestWithParam<unsigned> {
 protected:
  static constexpr DWORD kAll = 40;
  static constexpr DWORD kPerGroup = 12;
  static constexpr DWORD kPerInterface = 14;
  static constexpr DWORD kPerOwner = 20;
  static constexpr int kSources = 60;
  static constexpr int kInterfaces = 5;

  struct Use {
    std::map<DWORD, DWORD> groups, iifs, owners;
    std::set<std::string> entries, negative;
  };
  Use Count() const {
    Use use;
    for (const auto& [entry, shown] : world_.Walk()) {
      use.entries.insert(entry);
      if (shown.oifs.empty()) use.negative.insert(entry);
      ++use.groups[shown.mfe.dwGroup];
      ++use.iifs[shown.mfe.dwInIfIndex];
      if (shown.mfe.dwInIfProtocol != 0) ++use.owners[shown.mfe.dwInIfProtocol];
    }
    return use;
  }
  int Below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

  MgmWorld world_{0, kAll, 0, 0, [](MGM_EXT_CONFIG& config) {
                    config.dwMaxMfesPerGroup = kPerGroup;
                    config.dwMaxMfesPerInterface = kPerInterface;
                    config.dwMaxMfesPerOwner = kPerOwner;
                  }};
  std::mt19937 random_{GetParam()};
};

TEST_P(LimitsHistory, NoLimitIsPassedAndNoneRefusesInVain) {
  const char* const clients[] = {"P1", "P2", "I"};
  for (const char* client : clients) world_.Register(client);
  for (int i = 0; i < kSources; ++i) {
    world_.SetRoute(Source(i), static_cast<DWORD>(1 + i % kInterfaces));
  }
  std::set<std::string> flowing;
  size_t refused = 0;
  Use before = Count();
  for (int step = 0; step < 4'000; ++step) {
    const std::string source = Source(Below(kSources));
    const std::string group = "G" + std::to_string(1 + Below(4));
    const auto interface = static_cast<DWORD>(1 + Below(kInterfaces));
    const char* const client = clients[Below(3)];
    const int dice = Below(100);
    if (dice < 2) {
      world_.Take(client, interface);
    } else if (dice < 3) {
      world_.Release(client, interface);
    } else if (dice < 8) {
      const bool flows = Below(2) == 0;
      world_.SetFlowing(source, group, flows);
      const std::string entry = "(" + source + "," + fakes::Address::Name(fakes::Address::Of(group)) + ")";
      flows ? (void)flowing.insert(entry) : (void)flowing.erase(entry);
    } else if (dice < 10) {
      world_.Add(client, "*", group, interface);
    } else if (dice < 11) {
      world_.Delete(client, "*", group, interface);
    } else {
      const DWORD code = world_.Packet(source, group, interface);
      const Use after = Count();
      for (const std::string& entry : before.entries) {
        const bool gave_way = before.entries.size() == kAll && before.negative.contains(entry);
        ASSERT_TRUE(!flowing.contains(entry) || after.entries.contains(entry) || gave_way) << entry;
      }
      if (code == ERROR_NOT_ENOUGH_MEMORY) {
        ++refused;
        const auto most = [](const std::map<DWORD, DWORD>& counts) {
          DWORD most = 0;
          for (const auto& [what, count] : counts) most = std::max(most, count);
          return most;
        };
        ASSERT_TRUE(before.entries.size() == kAll || most(before.groups) == kPerGroup ||
                    most(before.iifs) == kPerInterface || most(before.owners) == kPerOwner);
      }
    }
    world_.Advance(0.1);
    before = Count();
    ASSERT_LE(before.entries.size(), kAll);
    for (const auto& [group_address, count] : before.groups) ASSERT_LE(count, kPerGroup);
    for (const auto& [iif, count] : before.iifs) ASSERT_LE(count, kPerInterface);
    for (const auto& [owner, count] : before.owners) ASSERT_LE(count, kPerOwner);
  }
  EXPECT_GT(refused, 50u) << "the history says nothing";
}

INSTANTIATE_TEST_SUITE_P(Seeds, LimitsHistory, ::testing::Values(1, 2, 3));

}  // namespace
}  // namespace mgmd
