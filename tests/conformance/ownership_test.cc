// T1 to T7: start-up, ownership, IGMP on a shared interface, shutdown.

#include "tests/conformance/conformance.h"

namespace mgmd::conformance {
namespace {

template <class Family>
class Ownership : public ::testing::Test {};
TYPED_TEST_SUITE(Ownership, BothFamilies, FamilyName);

TYPED_TEST(Ownership, T1_StartUpOfAProtocol) {
  MgmWorldOf<TypeParam> world;
  ASSERT_EQ(world.Register("P2"), NO_ERROR) << "[DOC]";
  ASSERT_EQ(world.Take("P2", 2), NO_ERROR) << "[DOC]";
  ASSERT_EQ(world.Add("P2", "*", "G", 2), NO_ERROR) << "[DOC]";
  ASSERT_EQ(world.Register("I"), NO_ERROR) << "[DOC]";
  ASSERT_EQ(world.Take("I", 1), NO_ERROR) << "[DOC]";
  world.TakeEvents();

  EXPECT_EQ(world.Register("P1"), NO_ERROR) << "[DOC]";
  EXPECT_NE(world.handle("P1"), nullptr) << "[DOC]";
  DWORD protocol = 0;
  DWORD component = 0;
  EXPECT_EQ(world.GetProtocol(5, {}, &protocol, &component), ERROR_NOT_FOUND) << "[DOC]";
  EXPECT_EQ(world.GetProtocol(2, {}, &protocol, &component), NO_ERROR) << "[DOC]";
  EXPECT_EQ(protocol, PROTOCOL_ID(1, 0x137, 101)) << "[DOC]";
  EXPECT_EQ(component, 1u) << "[DOC]";
  EXPECT_THAT(world.TakeEvents(), IsEmpty()) << "[DOC] registering calls nobody back";
  EXPECT_EQ(world.Take("P1", 1), NO_ERROR) << "[DOC]";
  EXPECT_THAT(world.TakeEvents(), ElementsAre("D i1", "E i1")) << "[INF] both before Take returns";
  EXPECT_THAT(world.Enumerate("P1", ALL_SOURCES), ElementsAre("(*,G)")) << "[DOC]";
  EXPECT_THAT(world.TakeEvents(), IsEmpty()) << "[DOC] no alert for what was joined before";
  EXPECT_EQ(world.Add("P1", "*", "G2", 1), NO_ERROR) << "[DOC]";
}

TYPED_TEST(Ownership, T2_DuplicateRegistration) {
  MgmWorldOf<TypeParam> world;
  using C = fakes::CFunctions<TypeParam>;
  typename MgmWorldOf<TypeParam>::Values::Config config = {};
  HANDLE first = nullptr;
  HANDLE again = nullptr;
  HANDLE other = nullptr;
  EXPECT_EQ(C::Register(&config, 77, 1, &first), NO_ERROR) << "[DOC]";
  EXPECT_EQ(C::Register(&config, 77, 1, &again), ERROR_ALREADY_EXISTS) << "[DOC]";
  EXPECT_EQ(again, nullptr) << "[REC] untouched on failure";
  EXPECT_EQ(C::Register(&config, 77, 2, &other), NO_ERROR) << "[DOC]";
  EXPECT_NE(first, other) << "[DOC]";
}

TYPED_TEST(Ownership, T3_OwnershipConflict) {
  MgmWorldOf<TypeParam> world;
  for (const char* client : {"P1", "P2", "I"}) ASSERT_EQ(world.Register(client), NO_ERROR);
  ASSERT_EQ(world.Take("P1", 1), NO_ERROR) << "[DOC]";
  EXPECT_EQ(world.Take("P2", 1), ERROR_ALREADY_EXISTS) << "[DOC]";
  EXPECT_THAT(world.TakeEvents(), IsEmpty()) << "[DOC] no DISABLE, no ENABLE";
  EXPECT_EQ(world.Take("P1", 1), ERROR_ALREADY_EXISTS) << "[EVT] 50014";
  EXPECT_EQ(world.Take("I", 1), NO_ERROR) << "[DOC]";
  EXPECT_THAT(world.TakeEvents(), IsEmpty()) << "[REC] nothing when IGMP arrives";
  DWORD protocol = 0;
  DWORD component = 0;
  EXPECT_EQ(world.GetProtocol(1, {}, &protocol, &component), NO_ERROR) << "[DOC]";
  EXPECT_EQ(protocol, PROTOCOL_ID(1, 0x137, 100)) << "[REC] the owner wins over IGMP";
}

TYPED_TEST(Ownership, T4_NextHops) {
  MgmWorldOf<TypeParam> world;
  for (const char* client : {"P1", "P2"}) ASSERT_EQ(world.Register(client), NO_ERROR);
  const auto a = fakes::AddressOf<TypeParam>::Of("N1");
  const auto b = fakes::AddressOf<TypeParam>::Of("N2");
  EXPECT_EQ(world.Take("P1", 7, a), NO_ERROR) << "[DOC]";
  EXPECT_EQ(world.Take("P2", 7, b), NO_ERROR) << "[DOC]";
  EXPECT_EQ(world.Release("P1", 7, a), NO_ERROR) << "[DOC]";
  DWORD protocol = 0;
  DWORD component = 0;
  EXPECT_EQ(world.GetProtocol(7, a, &protocol, &component), ERROR_NOT_FOUND) << "[DOC]";
  EXPECT_EQ(world.GetProtocol(7, b, &protocol, &component), NO_ERROR) << "[DOC]";
}

TYPED_TEST(Ownership, T5_ProtocolArrivesOnIgmpsInterface) {
  MgmWorldOf<TypeParam> world;
  for (const char* client : {"P1", "P2", "I"}) ASSERT_EQ(world.Register(client), NO_ERROR);
  ASSERT_EQ(world.Take("I", 1), NO_ERROR);
  ASSERT_EQ(world.Add("I", "*", "G", 1), NO_ERROR);
  world.TakeEvents();
  DWORD during_disable = NO_ERROR;
  DWORD during_enable = NO_ERROR;
  world.hooks("I").disable = [&] { during_disable = world.Add("I", "*", "G2", 1); };
  world.hooks("I").enable = [&] { during_enable = world.Add("I", "*", "G", 1); };
  EXPECT_EQ(world.Take("P1", 1), NO_ERROR) << "[DOC]";
  EXPECT_THAT(world.TakeEvents(), ElementsAre("D i1", "E i1", "U P1 (*,G) T", "U P2 (*,G) T"))
      << "[DOC] D, then E, before the return; [REC] IGMP's memberships end, with their alerts (A9)";
  EXPECT_EQ(during_disable, ERROR_CAN_NOT_COMPLETE) << "[REC]";
  EXPECT_EQ(during_enable, ERROR_CAN_NOT_COMPLETE) << "[REC] never a hang";
  EXPECT_THAT(world.Enumerate("P1", ALL_SOURCES), IsEmpty()) << "[REC]";
  EXPECT_EQ(world.Add("I", "*", "G", 1), NO_ERROR) << "[DOC] re-added from outside";
  EXPECT_EQ(world.Add("I", "*", "G3", 1), NO_ERROR) << "[DOC]";
  EXPECT_THAT(world.TakeEvents("LJ"), ElementsAre("LJ P1 (*,G) i1", "LJ P1 (*,G3) i1")) << "[DOC]";
}

// A9 with both settings of its option: a stream of P2's goes out of i1 by IGMP's membership there.
struct GraceCase {
  const char* name;
  DWORD grace_ms;
  Lines take;    // until Take has returned
  Lines re_add;  // when IGMP adds its entry again
  Lines rest;    // of the entry that does not come back, after the grace time
};

const GraceCase kGraceCases[] = {
    {"off",
     0,
     {"D i1", "E i1", "U P1 (*,G) T", "U P2 (*,G) T", "U P1 (*,G2) T", "U P2 (*,G2) T", "U P2 (S,G) F",
      "U P2 (S,G2) F"},
     {"CREATION I (S,G) i2 {i1}", "LJ P1 (*,G) i1", "J P2 (*,G) T", "J P2 (S,G) F"},  // A26
     {}},
    {"half a second",
     500,
     {"D i1", "E i1"},
     {"CREATION I (S,G) i2 {i1}", "LJ P1 (*,G) i1", "U P1 (*,G) T"},  // it counts for P1 itself now (A1)
     {"U P1 (*,G2) T", "U P2 (*,G2) T", "U P2 (S,G2) F"}},
};

template <class Family>
void ReAddEntries(const GraceCase& expected) {
  SCOPED_TRACE(expected.name);
  MgmWorldOf<Family> world(0, 0, 0, expected.grace_ms);
  for (const char* client : {"P1", "P2", "I"}) ASSERT_EQ(world.Register(client), NO_ERROR);
  ASSERT_EQ(world.Take("P2", 2), NO_ERROR);
  ASSERT_EQ(world.Take("I", 1), NO_ERROR);
  world.SetRoute("S", 2);
  for (const char* group : {"G", "G2"}) {
    ASSERT_EQ(world.Add("I", "*", group, 1), NO_ERROR);
    ASSERT_EQ(world.Packet("S", group, 2), NO_ERROR);
    ASSERT_EQ(world.Entry("S", group), "i2 -> {i1}");
  }
  world.TakeEvents();
  EXPECT_EQ(world.Take("P1", 1), NO_ERROR) << "[DOC]";
  EXPECT_EQ(world.TakeEvents(), expected.take) << "[REC]";
  EXPECT_EQ(world.Entry("S", "G"), "i2 -> {}") << "[REC] dropped, whatever is told";
  EXPECT_THAT(world.Enumerate("P2", ALL_SOURCES), IsEmpty()) << "[REC]";
  EXPECT_EQ(world.Add("I", "*", "G", 1), NO_ERROR) << "[DOC]";
  EXPECT_EQ(world.TakeEvents(), expected.re_add) << "[REC]";
  EXPECT_EQ(world.Entry("S", "G"), "i2 -> {i1}") << "[REC]";
  world.Advance(0.4);
  EXPECT_THAT(world.TakeEvents(), IsEmpty()) << "[REC]";
  world.Advance(0.2);
  EXPECT_EQ(world.TakeEvents(), expected.rest) << "[REC]";
  world.Advance(5);
  EXPECT_THAT(world.TakeEvents(), IsEmpty()) << "[REC] and that is all";
}

TYPED_TEST(Ownership, T5_ReAddedEntries) {
  for (const GraceCase& expected : kGraceCases) ReAddEntries<TypeParam>(expected);
}

TYPED_TEST(Ownership, T6_ProtocolLeavesASharedInterface) {
  MgmWorldOf<TypeParam> world;
  for (const char* client : {"P1", "P2", "I"}) ASSERT_EQ(world.Register(client), NO_ERROR);
  ASSERT_EQ(world.Take("P1", 1), NO_ERROR);
  ASSERT_EQ(world.Take("P2", 2), NO_ERROR);
  ASSERT_EQ(world.Take("I", 1), NO_ERROR);
  world.SetRoute("S", 1);
  ASSERT_EQ(world.Add("P2", "*", "G", 2), NO_ERROR);
  ASSERT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  ASSERT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
  world.TakeEvents();
  std::string during_disable;
  std::string during_enable;
  world.hooks("I").disable = [&] { during_disable = world.Entry("S", "G"); };
  world.hooks("I").enable = [&] { during_enable = world.Entry("S", "G"); };
  EXPECT_EQ(world.Release("P1", 1), NO_ERROR) << "[DOC]";
  EXPECT_THAT(world.TakeEvents(), ElementsAre("D i1", "E i1")) << "[DOC]";
  EXPECT_EQ(during_disable, "i1 -> {i2}") << "[DOC] all changes come between D and E";
  EXPECT_EQ(during_enable, "none") << "[DOC]";
  EXPECT_FALSE(world.GetMfe("S", "G").has_value()) << "[DOC]";
  EXPECT_EQ(world.Add("I", "*", "G", 1), NO_ERROR) << "[DOC]";
  EXPECT_THAT(world.TakeEvents("LJ"), IsEmpty()) << "[DOC] no owner, no LOCAL_JOIN";
}

TYPED_TEST(ThreeProtocols, T7_Shutdown) {
  ASSERT_EQ(this->world.Take("P1", 4), NO_ERROR);
  EXPECT_EQ(this->world.DeRegister("P1"), ERROR_CAN_NOT_COMPLETE) << "[DOC] still on interfaces";
  EXPECT_EQ(this->world.Add("P1", "*", "G", 1), NO_ERROR) << "[DOC] the handle is still good";
  EXPECT_EQ(this->world.Release("P1", 1), NO_ERROR) << "[DOC]";
  EXPECT_EQ(this->world.DeRegister("P1"), ERROR_CAN_NOT_COMPLETE) << "[DOC]";
  EXPECT_EQ(this->world.Release("P1", 4), NO_ERROR) << "[DOC]";
  EXPECT_EQ(this->world.Release("P1", 4), ERROR_INVALID_PARAMETER) << "[DOC] not ERROR_NOT_FOUND";
  EXPECT_EQ(this->world.DeRegister("P1"), NO_ERROR) << "[DOC]";
  HANDLE enumeration = nullptr;
  EXPECT_EQ(this->world.DeRegister("P1"), ERROR_INVALID_PARAMETER) << "[DOC]";
  EXPECT_EQ(this->world.Take("P1", 1), ERROR_INVALID_PARAMETER) << "[DOC]";
  EXPECT_EQ(this->world.Release("P1", 1), ERROR_INVALID_PARAMETER) << "[DOC]";
  EXPECT_EQ(this->world.Add("P1", "*", "G", 1), ERROR_INVALID_PARAMETER) << "[DOC]";
  EXPECT_EQ(this->world.Delete("P1", "*", "G", 1), ERROR_INVALID_PARAMETER) << "[DOC]";
  EXPECT_EQ(fakes::CFunctions<TypeParam>::EnumerationStart(this->world.handle("P1"), ANY_SOURCE, &enumeration),
            ERROR_INVALID_PARAMETER)
      << "[DOC]";
}

}  // namespace
}  // namespace mgmd::conformance
