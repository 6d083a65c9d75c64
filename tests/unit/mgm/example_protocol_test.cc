#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "control/protocols/module/mgmd_protocol.h"
#include "tests/fakes/mgm_world.h"
#include "tests/support/families.h"

// The example protocol beside another client, from start (T1) to shutdown (T7), in each family and in both.

namespace mgmd {
namespace {

using fakes::MgmWorldOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> said;

constexpr uint32_t kBoth = MGMD_PROTOCOL_IPV4 | MGMD_PROTOCOL_IPV6;

// What the example is started with, beside P2, who has interface 2 and G there.
template <class Family>
class ExampleProtocol : public ::testing::Test {
 protected:
  static constexpr uint32_t kFamily = std::is_same_v<Family, Ipv4> ? MGMD_PROTOCOL_IPV4 : MGMD_PROTOCOL_IPV6;
  using C = typename MgmWorldOf<Family>::C;

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
  // "would graft (10.0.0.1,239.1.1.1)"
  static std::string Said(const std::string& what, const std::string& source, const std::string& group) {
    const auto text = [](const std::string& name) {
      return name == "*" ? name : mgm::CValues<Family>::FromC(fakes::AddressOf<Family>::Of(name)).ToString();
    };
    return what + " (" + text(source) + "," + text(group) + ")";
  }
  static DWORD OwnerOf(DWORD interface) {
    DWORD id = 0;
    DWORD component = 0;
    return MgmWorldOf<Family>::GetProtocol(interface, {}, &id, &component);
  }

  const MGMD_PROTOCOL_OPTION options[2] = {{"interfaces", "up0 taken dn1"},
                                           {"groups", "239.1.1.7 239.1.1.8 ff0e::7 ff0e::8"}};
  MGMD_PROTOCOL_INTERFACE interfaces[4] = {{"up0", 1, kFamily, 0, nullptr, 0, nullptr},
                                           {"taken", 2, kFamily, 0, nullptr, 0, nullptr},
                                           {"dn1", 3, kFamily, 0, nullptr, 0, nullptr},
                                           {"unlisted", 4, kFamily, 0, nullptr, 0, nullptr}};
  MGMD_PROTOCOL_ARGUMENTS arguments{};
  MgmWorldOf<Family> world;
};

TYPED_TEST_SUITE(ExampleProtocol, BothFamilies);

TYPED_TEST(ExampleProtocol, StartsJoinsAnswersAndShutsDown) {
  auto& world = this->world;
  const MGMD_PROTOCOL* protocol = MgmdProtocol();
  ASSERT_EQ(protocol->dwVersion, MGMD_PROTOCOL_VERSION);
  ASSERT_EQ(protocol->pfnStart(&this->arguments), 0u);
  EXPECT_EQ(this->OwnerOf(1), NO_ERROR);
  EXPECT_EQ(this->OwnerOf(3), NO_ERROR);
  EXPECT_EQ(this->OwnerOf(4), ERROR_NOT_FOUND);
  EXPECT_THAT(said, ElementsAre(this->Said("would join upstream", "*", "G"))) << "learned by enumeration";
  EXPECT_THAT(world.TakeEvents(), ElementsAre("J P2 (*,G7) T", "J P2 (*,G8) T"));

  said.clear();
  EXPECT_EQ(world.Packet("S", "G", 1), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {i2}");
  EXPECT_EQ(world.Packet("S", "G7", 1), NO_ERROR);
  EXPECT_EQ(world.Entry("S", "G7"), "i1 -> {i3}");
  EXPECT_EQ(world.Delete("P2", "*", "G", 2), NO_ERROR);
  EXPECT_THAT(said, ElementsAre(this->Said("would graft", "S", "G"), this->Said("forwards", "S", "G7"),
                                this->Said("would leave upstream", "*", "G"), this->Said("would prune", "S", "G")));
  EXPECT_EQ(world.GetMfe("S", "G")->mfe.ulTimeOut, 60u);

  world.TakeEvents();
  protocol->pfnStop();
  EXPECT_THAT(world.table(), IsEmpty());
  EXPECT_EQ(this->OwnerOf(1), ERROR_NOT_FOUND);
  EXPECT_THAT(world.TakeEvents(), ElementsAre("U P2 (*,G7) T", "U P2 (*,G8) T"));
  ASSERT_EQ(protocol->pfnStart(&this->arguments), 0u) << "the registration is free again";
  protocol->pfnStop();
}

TYPED_TEST(ExampleProtocol, LeavesNothingWhereItCannotStart) {
  this->arguments.dwInterfaceCount = 0;
  EXPECT_EQ(MgmdProtocol()->pfnStart(&this->arguments), 1u);
  this->arguments.dwInterfaceCount = 4;
  EXPECT_EQ(MgmdProtocol()->pfnStart(&this->arguments), 0u);
  MgmdProtocol()->pfnStop();
}

using ExampleProtocolOfBoth = ExampleProtocol<Ipv6>;  // whose manager has IPv4 as well

TEST_F(ExampleProtocolOfBoth, TakesEachInterfaceInTheFamiliesThatItIsToldOf) {
  interfaces[0].dwFamilies = kBoth;
  interfaces[2].dwFamilies = MGMD_PROTOCOL_IPV4;
  ASSERT_EQ(MgmdProtocol()->pfnStart(&arguments), 0u);
  EXPECT_EQ(OwnerOf(1), NO_ERROR);
  EXPECT_EQ(OwnerOf(3), ERROR_NOT_FOUND);
  DWORD id = 0;
  DWORD component = 0;
  for (const DWORD interface : {1u, 3u}) EXPECT_EQ(MgmGetProtocolOnInterface(interface, 0, &id, &component), NO_ERROR);
  EXPECT_EQ(MgmGetProtocolOnInterface(2, 0, &id, &component), ERROR_NOT_FOUND);
  MgmdProtocol()->pfnStop();
  EXPECT_EQ(OwnerOf(1), ERROR_NOT_FOUND);
  EXPECT_EQ(MgmGetProtocolOnInterface(1, 0, &id, &component), ERROR_NOT_FOUND);
}

}  // namespace
}  // namespace mgmd
