#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <functional>
#include <string>

#include "tests/fakes/mgm_world.h"
#include "tests/support/failing_memory.h"

// Calls that the system has nothing left for: a code, never an exception, never the end of the
// process; and the manager goes on when there is memory again.

namespace mgmd {
namespace {

using fakes::Address;
using fakes::MgmWorld;
using testing::allocations_left;

struct Call {
  const char* name;
  std::function<DWORD()> run;
};

TEST(OutOfMemory, EveryCallSaysSo) {
  MgmWorld world;
  for (const char* client : {"P1", "P2"}) {
    ASSERT_EQ(world.Register(client), NO_ERROR);
    ASSERT_EQ(world.Take(client, client[1] - '0'), NO_ERROR);
  }
  world.SetRoute("S", 1);
  ROUTING_PROTOCOL_CONFIG config = {};
  HANDLE handle = nullptr;
  HANDLE enumeration = nullptr;
  const HANDLE client = world.handle("P1");
  const HANDLE other = world.handle("P2");
  const DWORD s = Address::Of("S");
  const DWORD g = Address::Of("G");
  const DWORD g2 = Address::Of("G2");
  std::array<BYTE, 1024> buffer = {0x45};
  MIB_IPMCAST_MFE key = {};
  key.dwSource = s;
  key.dwGroup = g;
  DWORD size = 0;
  DWORD count = 0;
  MGM_EXT_RELEASE_TRACE trace;
  const MGM_EXT_MEMBERSHIP_CHANGE changes[] = {{MGM_EXT_MEMBERSHIP_ADD, 1, 0, 0, g2, ~0u, 1, 0},
                                               {MGM_EXT_MEMBERSHIP_ADD, 1, s, ~0u, g, ~0u, 1, 0}};
  DWORD results[2] = {};
  const Call calls[] = {
      {"Register", [&] { return MgmRegisterMProtocol(&config, 7, 7, &handle); }},
      {"Take", [&] { return MgmTakeInterfaceOwnership(handle, 7, 0); }},
      {"NameClient", [&] { return MgmExtNameClient(handle, "a name of more than 15 letters"); }},
      {"Add", [&] { return MgmAddGroupMembershipEntry(other, 0, 0, g, ~0u, 2, 0, 1); }},
      {"NewPacket", [&] { return MgmExtNewPacket(s, g, 1, 0, 300, buffer.data()); }},
      {"AddSource", [&] { return MgmAddGroupMembershipEntry(client, s, ~0u, g2, ~0u, 1, 0, 1); }},
      {"Change", [&] { return MgmExtChangeMemberships(client, changes, 2, results); }},
      {"EnumerationStart", [&] { return MgmGroupEnumerationStart(client, ANY_SOURCE, &enumeration); }},
      {"GetMfe",
       [&] {
         size = 1024;
         return MgmGetMfe(&key, &size, buffer.data());
       }},
      {"GetMfeStats",
       [&] {
         size = 1024;
         return MgmGetMfeStats(&key, &size, buffer.data(), 2);
       }},
      {"GetFirstMfe",
       [&] {
         size = 1024;
         return MgmGetFirstMfe(&size, buffer.data(), &count);
       }},
      {"GroupNext",
       [&] {
         size = 1024;
         return MgmGroupEnumerationGetNext(enumeration, &size, buffer.data(), &count);
       }},
      {"SetMfe", [&] { return MgmSetMfe(client, &key); }},
      {"RoutesChanged", [&] { return MgmExtRoutesChanged(s, ~0u); }},
      {"Poll", [&] { return MgmExtPoll(&count); }},
      {"Delete", [&] { return MgmDeleteGroupMembershipEntry(other, 0, 0, g, ~0u, 2, 0, 1); }},
      {"Trace", [&] { return MgmExtGetReleaseTrace(0, &trace); }},
      {"EnumerationEnd", [&] { return MgmGroupEnumerationEnd(enumeration); }},
      {"Release", [&] { return MgmReleaseInterfaceOwnership(handle, 7, 0); }},
      {"DeRegister", [&] { return MgmDeRegisterMProtocol(handle); }},
  };
  for (const Call& call : calls) {
    allocations_left = 0;
    const DWORD poor = call.run();
    allocations_left = -1;
    // What needs no memory succeeds. What does, and has been refused, can be repeated; a leave may
    // have been done but for its alerts.
    if (poor == ERROR_NOT_ENOUGH_MEMORY) {
      const DWORD rich = call.run();
      EXPECT_TRUE(rich == NO_ERROR || rich == ERROR_NO_MORE_ITEMS ||
                  (rich == ERROR_NOT_FOUND && call.name == std::string("Delete")))
          << call.name << " " << rich;
    } else {
      EXPECT_TRUE(poor == NO_ERROR || poor == ERROR_NO_MORE_ITEMS || poor == ERROR_NOT_FOUND)
          << call.name << " " << poor;
    }
  }
  world.TakeEvents();
  EXPECT_EQ(world.Add("P2", "*", "G3", 2), NO_ERROR);
  EXPECT_EQ(world.Packet("S", "G3", 1), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G3"), "i1 -> {i2}") << "the manager goes on";
}

// No descriptor for the control thread: said, and the next start succeeds.
TEST(OutOfDescriptors, StartSaysSo) {
  rlimit limit = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit none = {0, limit.rlim_max};
  MGM_EXT_CONFIG config = {};
  config.dwSize = sizeof(config);
  for (const DWORD flags : {0u, MGM_EXT_OWN_THREAD}) {
    config.dwFlags = flags;
    // Once with descriptors: sanitizers need some when they meet a type for the first time.
    ASSERT_EQ(MgmExtStart(&config), NO_ERROR);
    ASSERT_EQ(MgmExtStop(), NO_ERROR);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    const DWORD code = MgmExtStart(&config);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    EXPECT_EQ(code, ERROR_CAN_NOT_COMPLETE);
    EXPECT_EQ(MgmExtPollFd(), -1);
    EXPECT_EQ(MgmExtStart(&config), NO_ERROR);
    EXPECT_EQ(MgmExtStop(), NO_ERROR);
  }
}

}  // namespace
}  // namespace mgmd
