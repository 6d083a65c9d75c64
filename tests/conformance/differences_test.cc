#include <array>
#include <cstring>

#include "tests/conformance/conformance.h"

// The rows of docs/mgm.md's table of differences that no other test holds. Of IPv4, as the table is.

namespace mgmd::conformance {
namespace {

using fakes::Address;

class Differences : public ThreeProtocols<Ipv4> {};

// pbRoute is an MGM_EXT_ROUTE: what the routing table says, zeros for a wildcard; what the callee
// makes of network, mask and protocol is what the MFE reports.
TEST_F(Differences, PbRouteOfRpfIsTheRouteInAndOut) {
  MGM_EXT_ROUTE seen = {};
  world.hooks("P1").rpf = [&](PDWORD iif, PMGM_EXT_ROUTE route) {
    seen = *route;
    route->dwNetwork = Address::Of("10.0.0.0");
    route->dwMask = Address::Of("255.0.0.0");
    route->dwProtocol = 17;
    if (*iif == 0) *iif = 1;
  };
  world.SetRoute("S", 1);
  ASSERT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_EQ(seen.dwNetwork, Address::Of("S"));
  EXPECT_EQ(seen.dwMask, ~DWORD{0});
  EXPECT_EQ(seen.dwProtocol, 3u);
  EXPECT_EQ(seen.dwIfIndex, 1u);
  const MIB_IPMCAST_MFE mfe = world.GetMfe("S", "G")->mfe;
  EXPECT_EQ(mfe.dwRouteNetwork, Address::Of("10.0.0.0"));
  EXPECT_EQ(mfe.dwRouteMask, Address::Of("255.0.0.0"));
  EXPECT_EQ(mfe.dwRouteProtocol, 17u);
  seen.dwNetwork = 4711;
  ASSERT_EQ(world.Add("P1", "*", "G2", 1, kProactive), NO_ERROR);
  EXPECT_EQ(seen.dwNetwork, 0u);
  EXPECT_EQ(seen.dwMask, 0u);
  EXPECT_EQ(world.GetMfe("*", "G2")->mfe.dwRouteMask, 0u) << "there is no route to report";
}

// RPF comes whenever a stream is decided: by its first packet, by a proactive membership, and each
// time again.
TEST_F(Differences, RpfComesWheneverAStreamIsDecided) {
  world.SetRoute("S", 1);
  world.SetRoute("S2", 1);
  world.Add("P2", "*", "G", 2);
  world.TakeEvents();
  world.Packet("S", "G", 1);
  EXPECT_THAT(world.TakeEvents("RPF"), ElementsAre("RPF P1 (S,G) i1"));
  world.Packet("S", "G", 1);
  EXPECT_THAT(world.TakeEvents("RPF"), IsEmpty()) << "it is decided";
  world.Add("P2", "S2", "G", 2, kProactive);
  EXPECT_THAT(world.TakeEvents("RPF"), ElementsAre("RPF P1 (S2,G) i1"));
  world.SetFlowing("S", "G", true);
  world.Advance(890);
  world.Advance(10);
  EXPECT_THAT(world.TakeEvents("RPF"), UnorderedElementsAre("RPF P1 (S,G) i1", "RPF P1 (S2,G) i1"));
  world.SetRoute("S", 3);
  world.RoutesChanged("S");
  EXPECT_THAT(world.TakeEvents("RPF"), ElementsAre("RPF P3 (S,G) i3"));
}

// Where IGMP is alone on the interface towards the source nobody is asked, and IGMP's ids are the
// interface's.
TEST_F(Differences, WhereIgmpIsAloneTheInterfaceIsItsOwn) {
  world.Register("I");
  world.Take("I", 4);
  world.SetRoute("S", 4);
  DWORD protocol = 0;
  DWORD component = 0;
  EXPECT_EQ(MgmGetProtocolOnInterface(4, 0, &protocol, &component), NO_ERROR);
  EXPECT_EQ(protocol, MS_IP_IGMP);
  EXPECT_EQ(component, 1u);
  world.Add("P2", "*", "G", 2);
  world.TakeEvents();
  EXPECT_EQ(world.Packet("S", "G", 4), NO_ERROR);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("CREATION P2 (S,G) i4 {i2}", "J I (S,G) F"));
  EXPECT_EQ(world.GetMfe("S", "G")->mfe.dwInIfProtocol, MS_IP_IGMP);
  world.Take("P1", 4);
  EXPECT_EQ(MgmGetProtocolOnInterface(4, 0, &protocol, &component), NO_ERROR);
  EXPECT_NE(protocol, MS_IP_IGMP) << "the owner's";
}

TEST_F(Differences, TakingOnesOwnInterfaceIsRefused) {
  world.Register("I");
  world.Take("I", 4);
  world.TakeEvents();
  EXPECT_EQ(world.Take("P1", 1), ERROR_ALREADY_EXISTS);
  EXPECT_EQ(world.Take("I", 4), ERROR_ALREADY_EXISTS);
  EXPECT_THAT(world.TakeEvents(), IsEmpty());
}

// LOCAL_JOIN names where the receivers are; PRUNE is told apart below.
TEST_F(Differences, LocalAlertsNameTheInterfaceOfTheReceivers) {
  world.Register("I");
  world.Take("P1", 4);
  world.Take("I", 4);
  world.SetRoute("S", 1);
  world.TakeEvents();
  world.Add("I", "S", "G", 4);
  EXPECT_THAT(world.TakeEvents("LJ"), ElementsAre("LJ P1 (S,G) i4")) << "not that of the source";
  world.Delete("I", "S", "G", 4);
  EXPECT_THAT(world.TakeEvents("LL"), ElementsAre("LL P1 (S,G) i4"));
}

// Joins of (S,G) are counted without those of the owner of the interface towards S.
TEST_F(Differences, SourceGroupCountsWithoutTheOwnerTowardsTheSource) {
  world.SetRoute("S", 1);
  world.Add("P1", "S", "G", 1);
  EXPECT_THAT(world.TakeEvents(), IsEmpty());
  world.Add("P2", "S", "G", 2);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("J P1 (S,G) T"));
  world.Delete("P1", "S", "G", 1);
  EXPECT_THAT(world.TakeEvents(), IsEmpty());
  world.Delete("P2", "S", "G", 2);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("U P1 (S,G) T"));
}

// (*,*) says everything about groups and ranges of groups, and nothing about (S,G); a range says
// nothing about a group.
TEST_F(Differences, EverythingCoversGroupsAndRangesOnly) {
  world.SetRoute("S", 1);
  world.Add("P2", "*", "*", 2);
  world.TakeEvents();
  const DWORD range = Address::Of("239.1.0.0");
  const DWORD mask = Address::Of("255.255.0.0");
  const auto add_range = [&](DWORD interface, const char* client) {
    return MgmAddGroupMembershipEntry(world.handle(client), 0, 0, range, mask, interface, 0, MGM_JOIN_STATE_FLAG);
  };
  ASSERT_EQ(add_range(2, "P2"), NO_ERROR);
  world.Add("P2", "*", "G", 2);
  EXPECT_THAT(world.TakeEvents(), IsEmpty());
  world.Add("P2", "S", "G", 2);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("J P1 (S,G) T"));
  world.Delete("P2", "*", "*", 2);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("U P1 (*,*) T", "U P3 (*,*) T", "J P1 (*,239.1.0.0/16) T",
                                              "J P3 (*,239.1.0.0/16) T", "J P1 (*,G) T", "J P3 (*,G) T"));
}

// The cursor is (dwGroup, dwSource, dwSrcMask) and needs no MFE there; a source of zero in a Get is
// (*,G), or else the narrowest range that begins at the group.
TEST_F(Differences, TheWalksCursorNeedsNoMfe) {
  world.hooks("P1").rpf = [](PDWORD iif, PMGM_EXT_ROUTE) {
    if (*iif == 0) *iif = 1;
  };
  world.SetRoute("S", 1);
  world.SetRoute("S3", 1);
  for (const char* source : {"S", "S3"}) world.Packet(source, "G", 1);
  for (const char* mask : {"255.255.0.0", "255.255.255.0"}) {
    ASSERT_EQ(MgmAddGroupMembershipEntry(world.handle("P1"), 0, 0, Address::Of("239.9.0.0"), Address::Of(mask), 1, 0,
                                         kProactive),
              NO_ERROR);
  }
  const auto next = [](DWORD source, DWORD group, DWORD mask) {
    MIB_IPMCAST_MFE cursor = {};
    cursor.dwSource = source;
    cursor.dwGroup = group;
    cursor.dwSrcMask = mask;
    std::array<BYTE, SIZEOF_MIB_MFE(1)> buffer{};
    DWORD size = buffer.size();
    DWORD count = 0;
    const DWORD code = MgmGetNextMfe(&cursor, &size, buffer.data(), &count);
    EXPECT_TRUE(code == ERROR_MORE_DATA || code == ERROR_NO_MORE_ITEMS) << code;
    if (count == 0) return std::string("none");
    MIB_IPMCAST_MFE mfe = {};
    std::memcpy(&mfe, buffer.data(), SIZEOF_BASIC_MIB_MFE);
    const bool range = mfe.dwSource == 0 && mfe.dwSrcMask != 0;
    return Address::Entry(mfe.dwSource, mfe.dwGroup, range ? mfe.dwSrcMask : ~DWORD{0});
  };
  EXPECT_EQ(next(Address::Of("S2"), Address::Of("G"), ~DWORD{0}), "(S3,G)") << "(S2,G) is not there";
  EXPECT_EQ(next(Address::Of("S3"), Address::Of("G"), ~DWORD{0}), "(*,239.9.0.0/16)");
  EXPECT_EQ(next(0, Address::Of("239.9.0.0"), Address::Of("255.255.0.0")), "(*,239.9.0.0/24)");
  EXPECT_EQ(next(0, Address::Of("239.9.0.0"), Address::Of("255.255.255.0")), "none");
  EXPECT_EQ(next(0, Address::Of("239.9.0.0"), 0), "none") << "the cursor is (*,239.9.0.0), after its ranges";
  EXPECT_EQ(world.GetMfe("*", "239.9.0.0")->mfe.dwSrcMask, Address::Of("255.255.255.0"));
}

// What others have joined before is told by no alert, neither at the registration nor at a take: it
// is enumerated. PRUNE comes for it all the same.
TEST_F(Differences, WhatWasJoinedBeforeIsEnumeratedAndPruned) {
  world.Add("P1", "*", "G", 1);
  world.TakeEvents();
  world.Register("P4");
  world.Take("P4", 4);
  EXPECT_THAT(world.TakeEvents(), IsEmpty());
  EXPECT_THAT(world.Enumerate("P4", ALL_SOURCES), ElementsAre("(*,G)"));
  world.Delete("P1", "*", "G", 1);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("U P2 (*,G) T", "U P3 (*,G) T", "U P4 (*,G) T"));
}

// An enumeration belongs to its client, and anybody who knows its handle reads on.
TEST_F(Differences, AnEnumerationDiesWithItsClient) {
  world.Register("P4");
  HANDLE enumeration = nullptr;
  ASSERT_EQ(MgmGroupEnumerationStart(world.handle("P4"), ALL_SOURCES, &enumeration), NO_ERROR);
  ASSERT_EQ(world.DeRegister("P4"), NO_ERROR);
  DWORD size = 0;
  DWORD count = 0;
  EXPECT_EQ(MgmGroupEnumerationGetNext(enumeration, &size, nullptr, &count), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmGroupEnumerationEnd(enumeration), ERROR_INVALID_PARAMETER);
}

// The structure has no next hop: of several interfaces of the caller's with one index, the first is
// meant.
TEST_F(Differences, SetMfeNamesAnInterfaceByItsIndex) {
  const DWORD first = Address::Of("10.9.0.1");
  const DWORD second = Address::Of("10.9.0.2");
  world.Take("P1", 7, second);
  world.Take("P1", 7, first);
  world.SetRoute("S", 1);
  world.Packet("S", "G", 1);
  MIB_IPMCAST_MFE mfe = {};
  mfe.dwSource = Address::Of("S");
  mfe.dwGroup = Address::Of("G");
  mfe.dwInIfIndex = 7;
  ASSERT_EQ(MgmSetMfe(world.handle("P1"), &mfe), NO_ERROR);
  EXPECT_EQ(world.GetMfe("S", "G")->mfe.dwInIfIndex, 7u);
  ASSERT_EQ(world.Release("P1", 7, second), NO_ERROR);
  EXPECT_TRUE(world.GetMfe("S", "G").has_value());
  ASSERT_EQ(world.Release("P1", 7, first), NO_ERROR);
  EXPECT_FALSE(world.GetMfe("S", "G").has_value()) << "it came in there";
}

}  // namespace
}  // namespace mgmd::conformance
