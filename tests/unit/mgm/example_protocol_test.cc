#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "control/protocols/module/mgmd_protocol.h"
#include "tests/fakes/mgm_world.h"

// The example protocol beside another client, from start (T1) to shutdown (T7).

namespace mgmd {
namespace {

using fakes::MgmWorld;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> said;

class ExampleProtocol : public ::testing::Test {
 protected:
  ExampleProtocol() {
    said.clear();
    world.Register("P2");
    world.Take("P2", 2);
    world.SetRoute("S", 1);
    world.Add("P2", "*", "G", 2);
    world.TakeEvents();
    arguments.dwVersion = MGMD_PROTOCOL_VERSION;
    arguments.szName = "example";
    arguments.dwComponentId = 1;
    arguments.dwOptionCount = 2;
    arguments.pOptions = options;
    arguments.dwInterfaceCount = 4;
    arguments.pInterfaces = interfaces;
    arguments.pfnLog = [](const char*, const char* text) { said.push_back(text); };
  }
  const MGMD_PROTOCOL_OPTION options[2] = {{"interfaces", "up0 taken dn1"}, {"groups", "239.1.1.7 239.1.1.8"}};
  const MGMD_PROTOCOL_INTERFACE interfaces[4] = {
      {"up0", 1, 0, 0}, {"taken", 2, 0, 0}, {"dn1", 3, 0, 0}, {"unlisted", 4, 0, 0}};
  MGMD_PROTOCOL_ARGUMENTS arguments{};
  MgmWorld world;
};

TEST_F(ExampleProtocol, StartsJoinsAnswersAndShutsDown) {
  const MGMD_PROTOCOL* protocol = MgmdProtocol();
  ASSERT_EQ(protocol->dwVersion, MGMD_PROTOCOL_VERSION);
  ASSERT_EQ(protocol->pfnStart(&arguments), 0u);
  DWORD id = 0;
  DWORD component = 0;
  EXPECT_EQ(MgmGetProtocolOnInterface(1, 0, &id, &component), NO_ERROR);
  EXPECT_EQ(MgmGetProtocolOnInterface(3, 0, &id, &component), NO_ERROR);
  EXPECT_EQ(MgmGetProtocolOnInterface(4, 0, &id, &component), ERROR_NOT_FOUND);
  EXPECT_THAT(said, ElementsAre("would join upstream (*,239.1.1.1)")) << "learned by enumeration";
  EXPECT_THAT(world.TakeEvents(), ElementsAre("J P2 (*,G7) T", "J P2 (*,G8) T"));

  said.clear();
  EXPECT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
  EXPECT_EQ(world.Packet("S", "G7", 1), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G7"), "i1 -> {i3}");
  EXPECT_EQ(world.Delete("P2", "*", "G", 2), NO_ERROR);
  EXPECT_THAT(said, ElementsAre("would graft (10.0.0.1,239.1.1.1)", "forwards (10.0.0.1,239.1.1.7)",
                                "would leave upstream (*,239.1.1.1)", "would prune (10.0.0.1,239.1.1.1)"));
  EXPECT_EQ(world.GetMfe("S", "G")->mfe.ulTimeOut, 60u);

  world.TakeEvents();
  protocol->pfnStop();
  EXPECT_THAT(world.table(), IsEmpty());
  EXPECT_EQ(MgmGetProtocolOnInterface(1, 0, &id, &component), ERROR_NOT_FOUND);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("U P2 (*,G7) T", "U P2 (*,G8) T"));
  ASSERT_EQ(protocol->pfnStart(&arguments), 0u) << "the registration is free again";
  protocol->pfnStop();
}

TEST_F(ExampleProtocol, LeavesNothingWhereItCannotStart) {
  arguments.dwInterfaceCount = 0;
  EXPECT_EQ(MgmdProtocol()->pfnStart(&arguments), 1u);
  arguments.dwInterfaceCount = 4;
  EXPECT_EQ(MgmdProtocol()->pfnStart(&arguments), 0u);
  MgmdProtocol()->pfnStop();
}

}  // namespace
}  // namespace mgmd
