// T25 to T27: walking MFEs and groups; the whole scenario over three routers' worth of calls.

#include <cstring>

#include "tests/conformance/conformance.h"

namespace mgmd::conformance {
namespace {

TYPED_TEST(ThreeProtocols, T25_MfeWalk) {
  for (const char* source : {"S", "S2"}) this->world.SetRoute(source, 1);
  ASSERT_EQ(this->world.Packet("S", "G2", 1), NO_ERROR);
  ASSERT_EQ(this->world.Packet("S2", "G", 1), NO_ERROR);
  ASSERT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);

  using C = fakes::CFunctions<TypeParam>;
  using World = typename TestFixture::World;
  constexpr DWORD kOne = World::MfeSize(0);
  BYTE buffer[2 * kOne];
  DWORD size = sizeof(buffer);
  DWORD count = 99;
  EXPECT_EQ(C::GetFirstMfe(&size, buffer, &count), ERROR_MORE_DATA) << "[DOC]";
  EXPECT_EQ(count, 2u) << "[DOC]";
  EXPECT_EQ(size, sizeof(buffer)) << "[DOC] unchanged";
  typename World::Values::Mfe last = {};
  std::memcpy(&last, buffer + kOne, kOne);
  EXPECT_EQ(World::Address::Name(mgm::Source(last)), "S2") << "[DOC] by group, then by source";
  EXPECT_EQ(World::Address::Name(mgm::Group(last)), "G") << "[DOC]";
  EXPECT_EQ(C::GetNextMfe(&last, &size, buffer, &count), ERROR_NO_MORE_ITEMS) << "[DOC]";
  EXPECT_EQ(count, 1u) << "[DOC] and they are to be processed";

  size = 1;
  EXPECT_EQ(C::GetFirstMfe(&size, buffer, &count), ERROR_INSUFFICIENT_BUFFER) << "[DOC]";
  EXPECT_EQ(size, kOne) << "[DOC] the exact size";
  EXPECT_EQ(count, 0u) << "[DOC]";
  EXPECT_EQ(C::GetFirstMfe(&size, buffer, &count), ERROR_MORE_DATA) << "[DOC] the retry succeeds";
  EXPECT_EQ(count, 1u) << "[DOC]";

  mgm::Group(last) = World::Address::Of("G9");
  size = sizeof(buffer);
  EXPECT_EQ(C::GetNextMfe(&last, &size, buffer, &count), ERROR_NO_MORE_ITEMS) << "[REC] after the last";
  EXPECT_EQ(count, 0u) << "[REC]";
}

TYPED_TEST(ThreeProtocols, T26_GroupWalk) {
  ASSERT_EQ(this->world.Add("P1", "*", "G", 1), NO_ERROR);
  ASSERT_EQ(this->world.Add("P2", "*", "G", 2), NO_ERROR);
  ASSERT_EQ(this->world.Add("P2", "S", "G", 2), NO_ERROR);
  ASSERT_EQ(this->world.Add("P2", "S", "G2", 2), NO_ERROR);
  ASSERT_EQ(this->world.Add("P3", "*", "*", 3), NO_ERROR);
  using C = fakes::CFunctions<TypeParam>;
  using Record = typename TestFixture::Values::Record;
  for (const DWORD records : {1, 2, 256}) {
    const DWORD room = records * sizeof(Record);
    EXPECT_THAT(this->world.Enumerate("P1", ALL_SOURCES, room),
                UnorderedElementsAre("(*,*)", "(*,G)", "(S,G)", "(S,G2)"))
        << "[DOC] one record for each entry; (*,*) [REC]";
    EXPECT_THAT(this->world.Enumerate("P1", ANY_SOURCE, room), UnorderedElementsAre("(*,*)", "(*,G)", "(*,G2)"))
        << "[REC] one record for each group";
  }
  HANDLE enumeration = nullptr;
  ASSERT_EQ(C::EnumerationStart(this->world.handle("P1"), ALL_SOURCES, &enumeration), NO_ERROR) << "[DOC]";
  ASSERT_EQ(this->world.Delete("P1", "*", "G", 1), NO_ERROR);
  ASSERT_EQ(this->world.Delete("P2", "*", "G", 2), NO_ERROR);
  Record entries[8];
  DWORD size = 1;
  DWORD count = 99;
  EXPECT_EQ(C::EnumerationGetNext(enumeration, &size, reinterpret_cast<PBYTE>(entries), &count),
            ERROR_INSUFFICIENT_BUFFER)
      << "[DOC]";
  EXPECT_EQ(size, sizeof(Record)) << "[DOC]";
  size = sizeof(entries);
  EXPECT_EQ(C::EnumerationGetNext(enumeration, &size, reinterpret_cast<PBYTE>(entries), &count), ERROR_NO_MORE_ITEMS)
      << "[DOC]";
  EXPECT_EQ(count, 4u) << "[REC] as it was at the start, and nothing skipped by the failure before";
  EXPECT_EQ(C::EnumerationGetNext(enumeration, &size, reinterpret_cast<PBYTE>(entries), &count), ERROR_NO_MORE_ITEMS)
      << "[REC] for ever";
  EXPECT_EQ(count, 0u) << "[REC]";
  EXPECT_EQ(C::EnumerationEnd(enumeration), NO_ERROR) << "[DOC]";
  EXPECT_EQ(C::EnumerationEnd(enumeration), ERROR_INVALID_PARAMETER) << "[DOC]";
  EXPECT_EQ(C::EnumerationGetNext(enumeration, &size, reinterpret_cast<PBYTE>(entries), &count),
            ERROR_INVALID_PARAMETER)
      << "[DOC]";
}

// Router 1 of the documented scenario: P3 there faces router 3, P1 the source's side, P2 router 2.
TYPED_TEST(ThreeProtocols, T27_EndToEnd) {
  // Router 3: the host joins; IGMP tells the manager, which tells the protocol.
  ASSERT_EQ(this->world.Register("I"), NO_ERROR);
  ASSERT_EQ(this->world.Take("I", 4), NO_ERROR);
  ASSERT_EQ(this->world.Add("I", "*", "G", 4), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents("J"), ElementsAre("J P1 (*,G) T", "J P2 (*,G) T", "J P3 (*,G) T"))
      << "[DOC] P3 hears of the host and tells its peer on router 1";
  ASSERT_EQ(this->world.Delete("I", "*", "G", 4), NO_ERROR);
  this->world.TakeEvents();
  // Router 1: the peer's message makes P3 add the membership towards router 3.
  ASSERT_EQ(this->world.Add("P3", "*", "G", 3), NO_ERROR);
  EXPECT_THAT(this->world.TakeEvents("J"), ElementsAre("J P1 (*,G) T", "J P2 (*,G) T", "J I (*,G) T"))
      << "[DOC] the other protocols are alerted; P2 may tell router 2";
  // Data flows from router 2 to router 3.
  this->world.SetRoute("S", 2);
  ASSERT_EQ(this->world.Packet("S", "G", 2), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i2 -> {i3}") << "[DOC]";
}

}  // namespace
}  // namespace mgmd::conformance
