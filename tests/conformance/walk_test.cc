// T25 to T27: walking MFEs and groups; the whole scenario over three routers' worth of calls.

#include <cstring>

#include "tests/conformance/conformance.h"

namespace mgmd::conformance {
namespace {

TEST_F(ThreeProtocols, T25_MfeWalk) {
  for (const char* source : {"S", "S2"}) world.SetRoute(source, 1);
  ASSERT_EQ(world.Packet("S", "G2", 1), NO_ERROR);
  ASSERT_EQ(world.Packet("S2", "G", 1), NO_ERROR);
  ASSERT_EQ(world.Packet("S", "G", 1), NO_ERROR);

  BYTE buffer[2 * SIZEOF_MIB_MFE(0)];
  DWORD size = sizeof(buffer);
  DWORD count = 99;
  EXPECT_EQ(MgmGetFirstMfe(&size, buffer, &count), ERROR_MORE_DATA) << "[DOC]";
  EXPECT_EQ(count, 2u) << "[DOC]";
  EXPECT_EQ(size, sizeof(buffer)) << "[DOC] unchanged";
  MIB_IPMCAST_MFE last = {};
  std::memcpy(&last, buffer + SIZEOF_MIB_MFE(0), SIZEOF_BASIC_MIB_MFE);
  EXPECT_EQ(last.dwSource, fakes::Address::Of("S2")) << "[DOC] by group, then by source";
  EXPECT_EQ(last.dwGroup, fakes::Address::Of("G")) << "[DOC]";
  EXPECT_EQ(MgmGetNextMfe(&last, &size, buffer, &count), ERROR_NO_MORE_ITEMS) << "[DOC]";
  EXPECT_EQ(count, 1u) << "[DOC] and they are to be processed";

  size = 1;
  EXPECT_EQ(MgmGetFirstMfe(&size, buffer, &count), ERROR_INSUFFICIENT_BUFFER) << "[DOC]";
  EXPECT_EQ(size, SIZEOF_MIB_MFE(0)) << "[DOC] the exact size";
  EXPECT_EQ(count, 0u) << "[DOC]";
  EXPECT_EQ(MgmGetFirstMfe(&size, buffer, &count), ERROR_MORE_DATA) << "[DOC] the retry succeeds";
  EXPECT_EQ(count, 1u) << "[DOC]";

  last.dwGroup = fakes::Address::Of("G9");
  size = sizeof(buffer);
  EXPECT_EQ(MgmGetNextMfe(&last, &size, buffer, &count), ERROR_NO_MORE_ITEMS) << "[REC] after the last";
  EXPECT_EQ(count, 0u) << "[REC]";
}

TEST_F(ThreeProtocols, T26_GroupWalk) {
  ASSERT_EQ(world.Add("P1", "*", "G", 1), NO_ERROR);
  ASSERT_EQ(world.Add("P2", "*", "G", 2), NO_ERROR);
  ASSERT_EQ(world.Add("P2", "S", "G", 2), NO_ERROR);
  ASSERT_EQ(world.Add("P2", "S", "G2", 2), NO_ERROR);
  ASSERT_EQ(world.Add("P3", "*", "*", 3), NO_ERROR);
  for (const DWORD room : {16u, 32u, 4096u}) {
    EXPECT_THAT(world.Enumerate("P1", ALL_SOURCES, room), UnorderedElementsAre("(*,*)", "(*,G)", "(S,G)", "(S,G2)"))
        << "[DOC] one record for each entry; (*,*) [REC]";
    EXPECT_THAT(world.Enumerate("P1", ANY_SOURCE, room), UnorderedElementsAre("(*,*)", "(*,G)", "(*,G2)"))
        << "[REC] one record for each group";
  }
  HANDLE enumeration = nullptr;
  ASSERT_EQ(MgmGroupEnumerationStart(world.handle("P1"), ALL_SOURCES, &enumeration), NO_ERROR) << "[DOC]";
  ASSERT_EQ(world.Delete("P1", "*", "G", 1), NO_ERROR);
  ASSERT_EQ(world.Delete("P2", "*", "G", 2), NO_ERROR);
  SOURCE_GROUP_ENTRY entries[8];
  DWORD size = 1;
  DWORD count = 99;
  EXPECT_EQ(MgmGroupEnumerationGetNext(enumeration, &size, reinterpret_cast<PBYTE>(entries), &count),
            ERROR_INSUFFICIENT_BUFFER)
      << "[DOC]";
  EXPECT_EQ(size, sizeof(SOURCE_GROUP_ENTRY)) << "[DOC]";
  size = sizeof(entries);
  EXPECT_EQ(MgmGroupEnumerationGetNext(enumeration, &size, reinterpret_cast<PBYTE>(entries), &count),
            ERROR_NO_MORE_ITEMS)
      << "[DOC]";
  EXPECT_EQ(count, 4u) << "[REC] as it was at the start, and nothing skipped by the failure before";
  EXPECT_EQ(MgmGroupEnumerationGetNext(enumeration, &size, reinterpret_cast<PBYTE>(entries), &count),
            ERROR_NO_MORE_ITEMS)
      << "[REC] for ever";
  EXPECT_EQ(count, 0u) << "[REC]";
  EXPECT_EQ(MgmGroupEnumerationEnd(enumeration), NO_ERROR) << "[DOC]";
  EXPECT_EQ(MgmGroupEnumerationEnd(enumeration), ERROR_INVALID_PARAMETER) << "[DOC]";
  EXPECT_EQ(MgmGroupEnumerationGetNext(enumeration, &size, reinterpret_cast<PBYTE>(entries), &count),
            ERROR_INVALID_PARAMETER)
      << "[DOC]";
}

// Router 1 of the documented scenario: P3 there faces router 3, P1 the source's side, P2 router 2.
TEST_F(ThreeProtocols, T27_EndToEnd) {
  // Router 3: the host joins; IGMP tells the manager, which tells the protocol.
  ASSERT_EQ(world.Register("I"), NO_ERROR);
  ASSERT_EQ(world.Take("I", 4), NO_ERROR);
  ASSERT_EQ(world.Add("I", "*", "G", 4), NO_ERROR);
  EXPECT_THAT(world.TakeEvents("J"), ElementsAre("J P1 (*,G) T", "J P2 (*,G) T", "J P3 (*,G) T"))
      << "[DOC] P3 hears of the host and tells its peer on router 1";
  ASSERT_EQ(world.Delete("I", "*", "G", 4), NO_ERROR);
  world.TakeEvents();
  // Router 1: the peer's message makes P3 add the membership towards router 3.
  ASSERT_EQ(world.Add("P3", "*", "G", 3), NO_ERROR);
  EXPECT_THAT(world.TakeEvents("J"), ElementsAre("J P1 (*,G) T", "J P2 (*,G) T", "J I (*,G) T"))
      << "[DOC] the other protocols are alerted; P2 may tell router 2";
  // Data flows from router 2 to router 3.
  world.SetRoute("S", 2);
  ASSERT_EQ(world.Packet("S", "G", 2), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i2 -> {i3}") << "[DOC]";
}

}  // namespace
}  // namespace mgmd::conformance
