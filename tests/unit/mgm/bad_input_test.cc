#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "tests/fakes/mgm_world.h"

// Bad input gets its code and changes nothing.

namespace mgmd {
namespace {

using fakes::Address;
using fakes::kProactive;
using fakes::MgmWorld;

const HANDLE kNonsense[] = {nullptr, reinterpret_cast<HANDLE>(1), reinterpret_cast<HANDLE>(0xDEADBEEF),
                            reinterpret_cast<HANDLE>(~uintptr_t{0})};

class BadInput : public ::testing::Test {
 protected:
  BadInput() {
    for (const char* client : {"P1", "P2"}) {
      world.Register(client);
      world.Take(client, client[1] - '0');
    }
    world.SetRoute("S", 1);
    world.Add("P2", "*", "G", 2);
    world.Packet("S", "G", 1);
    world.TakeEvents();
  }
  ~BadInput() override {
    EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
    EXPECT_THAT(world.Enumerate("P1", ALL_SOURCES), ::testing::ElementsAre("(*,G)"));
    EXPECT_THAT(world.TakeEvents(), ::testing::IsEmpty());
  }
  MgmWorld world;
};

TEST_F(BadInput, HandlesThatNeverWere) {
  MIB_IPMCAST_MFE mfe = {};
  HANDLE enumeration = nullptr;
  DWORD size = 0;
  DWORD count = 0;
  for (const HANDLE handle : kNonsense) {
    EXPECT_EQ(MgmDeRegisterMProtocol(handle), ERROR_INVALID_PARAMETER);
    EXPECT_EQ(MgmTakeInterfaceOwnership(handle, 3, 0), ERROR_INVALID_PARAMETER);
    EXPECT_EQ(MgmReleaseInterfaceOwnership(handle, 1, 0), ERROR_INVALID_PARAMETER);
    EXPECT_EQ(MgmAddGroupMembershipEntry(handle, 0, 0, Address::Of("G2"), ~0u, 1, 0, 1), ERROR_INVALID_PARAMETER);
    EXPECT_EQ(MgmDeleteGroupMembershipEntry(handle, 0, 0, Address::Of("G"), ~0u, 2, 0, 1), ERROR_INVALID_PARAMETER);
    EXPECT_EQ(MgmSetMfe(handle, &mfe), ERROR_INVALID_PARAMETER);
    EXPECT_EQ(MgmGroupEnumerationStart(handle, ANY_SOURCE, &enumeration), ERROR_INVALID_PARAMETER);
    EXPECT_EQ(MgmGroupEnumerationGetNext(handle, &size, nullptr, &count), ERROR_INVALID_PARAMETER);
    EXPECT_EQ(MgmGroupEnumerationEnd(handle), ERROR_INVALID_PARAMETER);
    EXPECT_EQ(MgmExtNameClient(handle, "x"), ERROR_INVALID_PARAMETER);
  }
}

// A client's handle is no enumeration and the other way round; a dead handle is not the next
// client's.
TEST_F(BadInput, HandlesOfTheWrongKindAndStaleOnes) {
  HANDLE enumeration = nullptr;
  ASSERT_EQ(MgmGroupEnumerationStart(world.handle("P1"), ANY_SOURCE, &enumeration), NO_ERROR);
  EXPECT_EQ(MgmDeRegisterMProtocol(enumeration), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmGroupEnumerationEnd(world.handle("P1")), ERROR_INVALID_PARAMETER);
  ASSERT_EQ(MgmGroupEnumerationEnd(enumeration), NO_ERROR);
  ASSERT_EQ(world.Register("P3"), NO_ERROR);
  const HANDLE stale = world.handle("P3");
  ASSERT_EQ(MgmGroupEnumerationStart(stale, ANY_SOURCE, &enumeration), NO_ERROR);
  ASSERT_EQ(world.DeRegister("P3"), NO_ERROR);
  ASSERT_EQ(world.Register("P3"), NO_ERROR);
  EXPECT_NE(world.handle("P3"), stale);
  EXPECT_EQ(MgmTakeInterfaceOwnership(stale, 3, 0), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmGroupEnumerationEnd(enumeration), ERROR_INVALID_PARAMETER) << "it went with its client";
}

TEST_F(BadInput, NullPointers) {
  ROUTING_PROTOCOL_CONFIG config = {};
  HANDLE handle = nullptr;
  MIB_IPMCAST_MFE mfe = {};
  DWORD number = 100;
  std::array<BYTE, 256> buffer;
  EXPECT_EQ(MgmRegisterMProtocol(nullptr, 9, 9, &handle), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmRegisterMProtocol(&config, 9, 9, nullptr), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmGetProtocolOnInterface(1, 0, nullptr, &number), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmGetProtocolOnInterface(1, 0, &number, nullptr), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmGetMfe(nullptr, &number, buffer.data()), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmGetMfe(&mfe, nullptr, buffer.data()), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmGetMfe(&mfe, &number, nullptr), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmGetFirstMfe(nullptr, buffer.data(), &number), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmGetFirstMfe(&number, buffer.data(), nullptr), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmGetNextMfe(nullptr, &number, buffer.data(), &number), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmGetNextMfeStats(nullptr, &number, buffer.data(), &number, 1), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmSetMfe(world.handle("P1"), nullptr), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmGroupEnumerationStart(world.handle("P1"), ANY_SOURCE, nullptr), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmExtNewPacket(Address::Of("S"), Address::Of("G2"), 1, 0, 20, nullptr), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmExtGetReleaseTrace(0, nullptr), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmExtNameClient(world.handle("P1"), nullptr), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmExtStart(nullptr), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(number, 100u);
}

TEST_F(BadInput, Memberships) {
  struct Row {
    const char* what;
    const char* source;
    DWORD source_mask;
    const char* group;
    DWORD group_mask;
    DWORD interface;
    DWORD flags;
    DWORD add_code;
    DWORD delete_code;
  };
  constexpr DWORD kAll = ~DWORD{0};
  const DWORD holes = Address::Of("255.0.255.0");
  const Row rows[] = {
      {"no flags", "*", 0, "G2", kAll, 1, 0, 87, 87},
      {"unknown flags", "*", 0, "G2", kAll, 1, 5, 87, 87},
      {"proactive alone", "*", 0, "G2", kAll, 1, MGM_EXT_PROACTIVE_FLAG, 87, 87},
      {"a mask for no source", "*", kAll, "G2", kAll, 1, 1, 87, 87},
      {"a source without mask", "S", 0, "G2", kAll, 1, 1, 87, 87},
      {"a range of sources", "10.0.0.0", Address::Of("255.0.0.0"), "G2", kAll, 1, 1, 87, 87},
      {"a mask for no group", "*", 0, "*", kAll, 1, 1, 87, 87},
      {"a group without mask", "*", 0, "G2", 0, 1, 1, 87, 87},
      {"a mask with holes", "*", 0, "G2", holes, 1, 1, 87, 87},
      {"a range with host bits", "*", 0, "239.1.1.1", Address::Of("255.255.0.0"), 1, 1, 87, 87},
      {"a range of groups for one source", "S", kAll, "239.1.0.0", Address::Of("255.255.0.0"), 1, 1, 87, 87},
      {"any group of a source", "S", kAll, "*", 0, 1, 1, 87, 87},
      {"a unicast group", "*", 0, "10.1.1.1", kAll, 1, 1, 87, 87},
      {"a multicast source", "239.1.1.1", kAll, "G2", kAll, 1, 1, 87, 87},
      {"a loopback source", "127.0.0.1", kAll, "G2", kAll, 1, 1, 87, 87},
      {"an unknown interface", "*", 0, "G2", kAll, 77, 1, 87, 1168},
      {"another's interface", "*", 0, "G2", kAll, 2, 1, 87, 87},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(MgmAddGroupMembershipEntry(world.handle("P1"), Address::Of(row.source), row.source_mask,
                                         Address::Of(row.group), row.group_mask, row.interface, 0, row.flags),
              row.add_code)
        << row.what;
    EXPECT_EQ(MgmDeleteGroupMembershipEntry(world.handle("P1"), Address::Of(row.source), row.source_mask,
                                            Address::Of(row.group), row.group_mask, row.interface, 0, row.flags),
              row.delete_code)
        << row.what;
  }
  EXPECT_EQ(world.Delete("P1", "*", "G2", 1), ERROR_NOT_FOUND) << "nothing joined";
  EXPECT_EQ(world.Delete("P1", "*", "G", 1), ERROR_NOT_FOUND) << "joined by another, elsewhere";
  EXPECT_EQ(world.Delete("P1", "*", "G", 1, 3), ERROR_NOT_FOUND);
}

// What cannot be a packet's source is none in any call; least of all a name for a wildcard entry,
// whose key has its length where (S,G) has the source.
TEST(BadSource, IsRefusedByEveryCallAndChangesNothing) {
  MgmWorld world;
  for (const char* client : {"P1", "P2"}) {
    world.Register(client);
    world.Take(client, client[1] - '0');
  }
  world.hooks("P1").rpf = [](PDWORD iif, PMGM_EXT_ROUTE) { *iif = 1; };
  ASSERT_EQ(world.Add("P1", "*", "G", 1, kProactive), NO_ERROR);
  ASSERT_EQ(world.Add("P2", "*", "G", 2), NO_ERROR);
  const auto before = world.table();
  const auto walked = world.Walk().size();
  const auto upstream = world.GetMfe("*", "G")->mfe.dwUpStrmNgbr;
  world.TakeEvents();
  constexpr DWORD kAll = ~DWORD{0};
  for (const char* source : {"0.0.0.1", "0.0.0.4", "0.0.0.31", "0.0.0.32", "0.0.0.33", "0.255.255.255", "127.0.0.1",
                             "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.254", "255.255.255.255"}) {
    const DWORD s = Address::Of(source);
    const DWORD g = Address::Of("G");
    for (const DWORD flags : {MGM_JOIN_STATE_FLAG, MGM_FORWARD_STATE_FLAG, 3u, kProactive}) {
      EXPECT_EQ(MgmAddGroupMembershipEntry(world.handle("P1"), s, kAll, g, kAll, 1, 0, flags), ERROR_INVALID_PARAMETER)
          << source;
      EXPECT_EQ(MgmDeleteGroupMembershipEntry(world.handle("P1"), s, kAll, g, kAll, 1, 0, flags),
                ERROR_INVALID_PARAMETER)
          << source;
    }
    MIB_IPMCAST_MFE mfe = {};
    mfe.dwSource = s;
    mfe.dwSrcMask = kAll;
    mfe.dwGroup = g;
    mfe.dwUpStrmNgbr = Address::Of("10.0.0.99");
    std::array<BYTE, 512> buffer;
    DWORD size = buffer.size();
    DWORD count = 0;
    EXPECT_EQ(MgmGetMfe(&mfe, &size, buffer.data()), ERROR_INVALID_PARAMETER) << source;
    EXPECT_EQ(MgmGetNextMfe(&mfe, &size, buffer.data(), &count), ERROR_INVALID_PARAMETER) << source;
    for (const DWORD form : {MGM_MFE_STATS_0, MGM_MFE_STATS_1}) {
      EXPECT_EQ(MgmGetMfeStats(&mfe, &size, buffer.data(), form), ERROR_INVALID_PARAMETER) << source;
      EXPECT_EQ(MgmGetNextMfeStats(&mfe, &size, buffer.data(), &count, form), ERROR_INVALID_PARAMETER) << source;
    }
    EXPECT_EQ(MgmSetMfe(world.handle("P1"), &mfe), ERROR_INVALID_PARAMETER) << source;
    EXPECT_EQ(MgmExtNewPacket(s, g, 1, 0, 0, nullptr), ERROR_INVALID_PARAMETER) << source;
    EXPECT_EQ(size, buffer.size());
    EXPECT_EQ(count, 0u);
  }
  EXPECT_THAT(world.TakeEvents(), ::testing::IsEmpty());
  EXPECT_EQ(world.table().size(), before.size());
  EXPECT_EQ(world.Walk().size(), walked);
  EXPECT_EQ(world.GetMfe("*", "G")->mfe.dwUpStrmNgbr, upstream);
  EXPECT_THAT(world.Enumerate("P1", ALL_SOURCES), ::testing::ElementsAre("(*,G)"));
}

TEST_F(BadInput, BuffersTooSmallHugeAndOddFlags) {
  MIB_IPMCAST_MFE key = {};
  key.dwSource = Address::Of("S");
  key.dwGroup = Address::Of("G");
  std::array<BYTE, 256> buffer;
  for (DWORD room : {0u, 1u, 59u, 75u}) {
    DWORD size = room;
    EXPECT_EQ(MgmGetMfe(&key, &size, buffer.data()), ERROR_INSUFFICIENT_BUFFER) << room;
    EXPECT_EQ(size, SIZEOF_MIB_MFE(1));
    size = room;
    DWORD count = 9;
    EXPECT_EQ(MgmGetFirstMfe(&size, room == 0 ? nullptr : buffer.data(), &count), ERROR_INSUFFICIENT_BUFFER);
    EXPECT_EQ(size, SIZEOF_MIB_MFE(1));
    EXPECT_EQ(count, 0u);
  }
  DWORD size = 0xFFFFFFFF;  // a lie, but no byte after the 76 is touched
  EXPECT_EQ(MgmGetMfe(&key, &size, buffer.data()), NO_ERROR);
  for (const DWORD flags : {0u, 3u, 4u}) {
    size = 256;
    DWORD count = 9;
    EXPECT_EQ(MgmGetMfeStats(&key, &size, buffer.data(), flags), ERROR_INVALID_PARAMETER);
    EXPECT_EQ(MgmGetFirstMfeStats(&size, buffer.data(), &count, flags), ERROR_INVALID_PARAMETER);
    EXPECT_EQ(MgmGetNextMfeStats(&key, &size, buffer.data(), &count, flags), ERROR_INVALID_PARAMETER);
  }
  HANDLE enumeration = nullptr;
  for (const DWORD type : {2u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFFu}) {
    EXPECT_EQ(MgmGroupEnumerationStart(world.handle("P1"), static_cast<MGM_ENUM_TYPES>(type), &enumeration),
              ERROR_INVALID_PARAMETER)
        << type;
  }
  EXPECT_EQ(enumeration, nullptr);
}

TEST_F(BadInput, Packets) {
  for (const auto& [source, group] :
       {std::pair("127.0.0.1", "G2"), std::pair("239.1.1.1", "G2"), std::pair("0.0.0.0", "G2"),
        std::pair("S", "10.0.0.1"), std::pair("S", "224.0.0.5")}) {
    EXPECT_EQ(MgmExtNewPacket(Address::Of(source), Address::Of(group), 1, 0, 0, nullptr), ERROR_INVALID_PARAMETER)
        << source << " " << group;
  }
  EXPECT_EQ(world.Packet("S", "G2", 9), ERROR_INVALID_PARAMETER) << "nobody's interface";
}

// SetMfe is for the owner of the iif, and of the new one.
TEST_F(BadInput, SetMfeOfAnother) {
  MIB_IPMCAST_MFE mfe = {};
  mfe.dwSource = Address::Of("S");
  mfe.dwGroup = Address::Of("G");
  EXPECT_EQ(MgmSetMfe(world.handle("P2"), &mfe), ERROR_INVALID_PARAMETER);
  mfe.dwInIfIndex = 2;
  EXPECT_EQ(MgmSetMfe(world.handle("P1"), &mfe), ERROR_INVALID_PARAMETER);
  mfe.dwInIfIndex = 0;
  mfe.dwUpStrmNgbr = Address::Of("10.0.0.99");
  EXPECT_EQ(MgmSetMfe(world.handle("P1"), &mfe), NO_ERROR);
  EXPECT_EQ(world.GetMfe("S", "G")->mfe.dwUpStrmNgbr, Address::Of("10.0.0.99"));
  mfe.dwGroup = Address::Of("G9");
  EXPECT_EQ(MgmSetMfe(world.handle("P1"), &mfe), ERROR_NOT_FOUND);
}

TEST(NoManager, EveryCallSaysSo) {
  ROUTING_PROTOCOL_CONFIG config = {};
  HANDLE handle = nullptr;
  DWORD number = 0;
  EXPECT_EQ(MgmRegisterMProtocol(&config, 1, 1, &handle), ERROR_CAN_NOT_COMPLETE);
  EXPECT_EQ(MgmRegisterMProtocol(nullptr, 1, 1, &handle), ERROR_CAN_NOT_COMPLETE) << "checked before the pointers";
  EXPECT_EQ(MgmDeRegisterMProtocol(handle), ERROR_CAN_NOT_COMPLETE);
  EXPECT_EQ(MgmGetFirstMfe(&number, nullptr, &number), ERROR_CAN_NOT_COMPLETE);
  EXPECT_EQ(MgmExtChangeMemberships(handle, nullptr, 1, nullptr), ERROR_CAN_NOT_COMPLETE);
  EXPECT_EQ(MgmExtStop(), ERROR_CAN_NOT_COMPLETE);
  EXPECT_EQ(MgmExtPoll(&number), ERROR_CAN_NOT_COMPLETE);
  EXPECT_EQ(MgmExtPollFd(), -1);
}

// A handle of a manager that was stopped is dead in the next one.
TEST(TwoManagers, HandlesDieWithTheirManager) {
  HANDLE old = nullptr;
  {
    MgmWorld world;
    ASSERT_EQ(world.Register("P1"), NO_ERROR);
    old = world.handle("P1");
  }
  MgmWorld world;
  ASSERT_EQ(world.Register("P1"), NO_ERROR);
  EXPECT_EQ(MgmTakeInterfaceOwnership(old, 1, 0), ERROR_INVALID_PARAMETER);
}

}  // namespace
}  // namespace mgmd
