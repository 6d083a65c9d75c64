#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <stdexcept>

#include "tests/fakes/mgm_world.h"

// What a client may do inside its callbacks (the table in docs/mgm.md), and what its callbacks may do to the manager.

namespace mgmd {
namespace {

using fakes::Lines;
using fakes::MgmWorld;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Callbacks : public ::testing::Test {
 protected:
  Callbacks() {
    for (const char* client : {"P1", "P2", "P3"}) {
      world.Register(client);
      world.Take(client, client[1] - '0');
    }
    world.SetRoute("S", 1);
    world.TakeEvents();
  }
  // Every call that changes something, and its code.
  std::vector<DWORD> EveryChange() {
    ROUTING_PROTOCOL_CONFIG config = {};
    HANDLE handle = nullptr;
    MIB_IPMCAST_MFE mfe = {};
    mfe.dwSource = fakes::Address::Of("S");
    mfe.dwGroup = fakes::Address::Of("G");
    return {MgmRegisterMProtocol(&config, 4242, 1, &handle),
            world.DeRegister("P3"),
            world.Take("P3", 8),
            world.Release("P3", 3),
            world.Add("P3", "*", "G5", 3),
            world.Delete("P3", "*", "G5", 3),
            MgmSetMfe(world.handle("P1"), &mfe),
            world.Packet("S", "G9", 1),
            world.RoutesChanged("S"),
            MgmExtPoll(nullptr),
            MgmExtStop()};
  }
  MgmWorld world;
};

// RPF and CREATION callbacks run while an MFE is half made: they may look, and nothing else.
TEST_F(Callbacks, DecidingCallbacksMayOnlyRead) {
  ASSERT_EQ(world.Add("P2", "*", "G", 2), NO_ERROR);
  std::vector<DWORD> in_rpf;
  std::vector<DWORD> in_creation;
  size_t seen = 99;
  world.hooks("P1").rpf = [&](PDWORD, PMGM_EXT_ROUTE) {
    in_rpf = EveryChange();
    seen = world.Walk().size();
  };
  world.hooks("P2").creation = [&](DWORD, PMGM_IF_ENTRY) { in_creation = EveryChange(); };
  EXPECT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_THAT(in_rpf, ::testing::Each(ERROR_CAN_NOT_COMPLETE));
  EXPECT_THAT(in_creation, ::testing::Each(ERROR_CAN_NOT_COMPLETE));
  EXPECT_EQ(seen, 0u);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
}

// The functions that a manager runs on are called in the middle of a change: nothing at all may be
// called from there, and what is refused changes nothing.
TEST_F(Callbacks, WhatAManagerRunsOnMayCallNothing) {
  std::map<std::string, std::set<DWORD>> codes;
  world.on_outside = [&](const std::string& which) {
    std::set<DWORD>& seen = codes[which];
    for (const DWORD code : EveryChange()) seen.insert(code);
    MIB_IPMCAST_MFE key = {};
    DWORD size = sizeof(key);
    DWORD count = 0;
    HANDLE enumeration = nullptr;
    MGM_EXT_CONFIG config = {};
    config.dwSize = sizeof(config);
    for (const DWORD code :
         {MgmGetMfe(&key, &size, reinterpret_cast<PBYTE>(&key)), MgmGetMfe(nullptr, &size, nullptr),
          MgmGetFirstMfe(&size, reinterpret_cast<PBYTE>(&key), &count), MgmGetProtocolOnInterface(1, 0, &size, &count),
          MgmGroupEnumerationStart(world.handle("P1"), ALL_SOURCES, &enumeration),
          MgmExtNameClient(world.handle("P1"), "x"), MgmExtStart(&config)}) {
      seen.insert(code);
    }
    if (MgmExtPollFd() != -1) seen.insert(NO_ERROR);
  };
  EXPECT_EQ(world.Add("P2", "*", "G", 2), NO_ERROR);
  EXPECT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  MIB_IPMCAST_MFE key = {};
  key.dwSource = fakes::Address::Of("S");
  key.dwGroup = fakes::Address::Of("G");
  std::array<BYTE, 256> buffer;
  DWORD size = buffer.size();
  EXPECT_EQ(MgmGetMfeStats(&key, &size, buffer.data(), MGM_MFE_STATS_0), NO_ERROR);
  EXPECT_EQ(world.Packet("S", "G", 9), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(world.Take("P3", 7), NO_ERROR);
  EXPECT_EQ(MgmExtNewPacket(key.dwSource, key.dwGroup, 1, 0, 0, nullptr), NO_ERROR);
  world.Advance(890);
  world.hooks("P2").join = [&](BOOL) { world.SkipTime(0.025); };
  EXPECT_EQ(world.Add("P1", "*", "G2", 1), NO_ERROR);
  EXPECT_EQ(world.Release("P3", 7), NO_ERROR);
  world.on_outside = nullptr;
  for (const auto& [which, seen] : codes) EXPECT_THAT(seen, ElementsAre(1003u)) << which;
  for (const char* which :
       {"SetInterface", "Apply", "Settle", "Activity", "ReadCounters", "RouteLookup", "Clock", "Log"}) {
    EXPECT_TRUE(codes.contains(which)) << which;
  }
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
  EXPECT_THAT(world.Enumerate("P1", ALL_SOURCES), ::testing::UnorderedElementsAre("(*,G)", "(*,G2)"));
  EXPECT_EQ(world.DeRegister("P3"), ERROR_CAN_NOT_COMPLETE) << "still on i3";
}

// An exception of theirs ends at the manager, too. What Apply was told is told again.
TEST_F(Callbacks, WhatAManagerRunsOnMayThrow) {
  ASSERT_EQ(world.Add("P2", "*", "G", 2), NO_ERROR);
  world.on_outside = [](const std::string& which) { throw std::runtime_error(which); };
  EXPECT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_EQ(world.Add("P2", "*", "G2", 2), NO_ERROR);
  EXPECT_EQ(world.Take("P3", 7), NO_ERROR);
  EXPECT_EQ(world.Release("P3", 7), NO_ERROR);
  world.on_outside = nullptr;
  EXPECT_EQ(world.Entry("S", "G"), "none");
  world.Advance(0.02);
  EXPECT_EQ(world.Entry("S", "G"), "no route") << "its route could not be looked up";
  world.SetRoute("S", 1);
  EXPECT_EQ(world.RoutesChanged("S"), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
}

// What a JOIN callback's calls cause is delivered after what is under way, so that nobody sees
// alerts out of order.
TEST_F(Callbacks, AlertsOfNestedCallsComeAfterTheRound) {
  bool once = false;
  world.hooks("P2").join = [&](BOOL) {
    if (std::exchange(once, true)) return;
    EXPECT_EQ(world.Add("P2", "*", "G2", 2), NO_ERROR);
    EXPECT_EQ(world.Add("P2", "*", "G", 2), NO_ERROR);
    EXPECT_THAT(world.Enumerate("P2", ALL_SOURCES), ElementsAre("(*,G)", "(*,G2)")) << "executed in place";
  };
  EXPECT_EQ(world.Add("P1", "*", "G", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(),
              ElementsAre("J P2 (*,G) T", "J P3 (*,G) T", "J P1 (*,G2) T", "J P3 (*,G2) T", "J P1 (*,G) T"));
}

TEST_F(Callbacks, AnAlertedClientMayReleaseItsInterface) {
  ASSERT_EQ(world.Add("P1", "*", "G", 1), NO_ERROR);
  world.TakeEvents();
  world.hooks("P2").prune = [&](PDWORD, BOOL) {
    EXPECT_EQ(world.Release("P2", 2), NO_ERROR);
    EXPECT_EQ(world.DeRegister("P2"), ERROR_CAN_NOT_COMPLETE) << "its own callback runs";
  };
  EXPECT_EQ(world.Delete("P1", "*", "G", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("U P2 (*,G) T", "U P3 (*,G) T"));
  EXPECT_EQ(world.DeRegister("P2"), NO_ERROR);
}

// No callback comes after the deregistration, not even one that was queued before it.
TEST_F(Callbacks, QueuedAlertsDieWithTheClient) {
  ASSERT_EQ(world.Release("P3", 3), NO_ERROR);
  world.hooks("P2").join = [&](BOOL) { EXPECT_EQ(world.DeRegister("P3"), NO_ERROR); };
  EXPECT_EQ(world.Add("P1", "*", "G", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("J P2 (*,G) T"));
}

TEST_F(Callbacks, AClientThatThrowsHarmsNobody) {
  world.hooks("P2").join = [](BOOL) { throw std::runtime_error("a client's bug"); };
  EXPECT_EQ(world.Add("P1", "*", "G", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("J P2 (*,G) T", "J P3 (*,G) T"));
  EXPECT_EQ(world.Delete("P1", "*", "G", 1), NO_ERROR);
}

// A callback that stalls control is reported by name. The clock is the test's own.
TEST_F(Callbacks, ABlockingCallbackIsReported) {
  MgmExtNameClient(world.handle("P2"), "slow one");
  world.hooks("P2").join = [&](BOOL) { world.SkipTime(0.025); };
  EXPECT_EQ(world.Add("P1", "*", "G", 1), NO_ERROR);
  EXPECT_THAT(world.logged(), ElementsAre("client slow one: callback JOIN took 25 ms; control stood still"));
}

// The timeout of a PRUNE for an MFE counts from the alert.
TEST_F(Callbacks, PruneSetsHowLongTheMfeStays) {
  ASSERT_EQ(world.Add("P2", "*", "G", 2), NO_ERROR);
  ASSERT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  world.Advance(100);
  world.hooks("P1").prune = [](PDWORD timeout, BOOL membership) {
    if (membership == FALSE) *timeout = 30;
  };
  ASSERT_EQ(world.Delete("P2", "*", "G", 2), NO_ERROR);
  EXPECT_EQ(world.GetMfe("S", "G")->mfe.ulTimeOut, 130u);
  world.Advance(29);
  EXPECT_TRUE(world.GetMfe("S", "G").has_value());
  world.Advance(1);
  EXPECT_FALSE(world.GetMfe("S", "G").has_value());
}

TEST(CreationToAll, EveryClientHearsOfEveryStream) {
  MgmWorld world(MGM_EXT_CREATION_TO_ALL);
  for (const char* client : {"P1", "P2", "P3"}) {
    world.Register(client);
    world.Take(client, client[1] - '0');
  }
  world.SetRoute("S", 1);
  world.Add("P2", "*", "G", 2);
  world.TakeEvents();
  EXPECT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_THAT(world.TakeEvents("CREATION"),
              ElementsAre("CREATION P1 (S,G) i1 {}", "CREATION P2 (S,G) i1 {i2}", "CREATION P3 (S,G) i1 {}"));
}

}  // namespace
}  // namespace mgmd
