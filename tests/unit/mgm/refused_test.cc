#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/fakes/mgm_world.h"
#include "tests/support/families.h"

// What was refused for want of room is counted and named while it waits to be tried again (A30), in each family.

namespace mgmd {
namespace {

using fakes::kProactive;
using fakes::MgmWorldOf;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

template <class Family>
class Refused : public ::testing::Test {
 protected:
  using World = MgmWorldOf<Family>;

  // Each as "REASON ENTRY", with room for so many.
  std::multiset<std::string> Read(DWORD room = 8) {
    std::vector<typename World::Values::Refused> some(room);
    code = World::C::GetRefused(some.data(), room, &count);
    std::multiset<std::string> named;
    for (DWORD i = 0; i < std::min(room, count); ++i) {
      const auto& [reason, source, source_mask, group, group_mask] = some[i];
      named.insert(std::to_string(reason) + " " + World::Address::Entry(source, group, group_mask));
    }
    return named;
  }
  DWORD code = NO_ERROR;
  DWORD count = 0;
};
TYPED_TEST_SUITE(Refused, BothFamilies);

TYPED_TEST(Refused, NamesWhatTheTableHasNoRoomFor) {
  MgmWorldOf<TypeParam> world;
  for (const char* client : {"P1", "P2"}) {
    world.Register(client);
    world.Take(client, client[1] - '0');
  }
  for (const char* source : {"S", "S2", "S3"}) world.SetRoute(source, 1);
  world.Packet("S3", "G", 1);
  EXPECT_THAT(this->Read(), IsEmpty());
  EXPECT_EQ(this->code, DWORD{NO_ERROR});
  world.RefuseEntries(true);
  world.Packet("S", "G", 1);
  world.Packet("S2", "G", 1);
  world.Add("P2", "S3", "G", 2);
  EXPECT_THAT(this->Read(), UnorderedElementsAre("1 (S,G)", "1 (S2,G)", "1 (S3,G)")) << "a change counts, too";
  EXPECT_EQ(this->code, DWORD{NO_ERROR});
  EXPECT_EQ(this->count, 3u);
  EXPECT_EQ(this->Read(2).size(), 2u);
  EXPECT_EQ(this->code, DWORD{ERROR_MORE_DATA});
  EXPECT_EQ(this->count, 3u) << "all of them";
  world.Release("P1", 1);
  EXPECT_THAT(this->Read(), IsEmpty()) << "their MFEs are gone";
  world.Take("P1", 1);
  world.Packet("S", "G", 1);
  EXPECT_EQ(this->Read().size(), 1u);
  world.RefuseEntries(false);
  world.Advance(0.02);
  EXPECT_THAT(this->Read(), IsEmpty());
  EXPECT_EQ(world.Entry("S", "G"), "i1 -> {}");
}

TYPED_TEST(Refused, NamesWhatMembershipsAskForInVain) {
  MgmWorldOf<TypeParam> world(0, 2);
  world.Register("P1");
  world.Take("P1", 1);
  world.Take("P1", 2);
  for (const char* source : {"S", "S2", "S3"}) world.SetRoute(source, 1);
  world.Add("P1", "*", "G", 2);
  for (const char* source : {"S", "S2"}) {
    world.SetFlowing(source, "G", true);
    world.Packet(source, "G", 1);
  }
  EXPECT_EQ(world.Add("P1", "S3", "G", 2, kProactive), NO_ERROR);
  EXPECT_THAT(this->Read(), UnorderedElementsAre("2 (S3,G)"));
  EXPECT_EQ(world.Delete("P1", "S3", "G", 2), NO_ERROR);
  EXPECT_THAT(this->Read(), IsEmpty()) << "nobody asks any more";
  world.Release("P1", 1);
  world.Take("P1", 1);
  world.hooks("P1").rpf = [](PDWORD iif, auto*) { *iif = 1; };
  EXPECT_EQ(world.Add("P1", "*", "G", 2, kProactive), NO_ERROR);
  EXPECT_THAT(this->Read(), IsEmpty());
  world.Release("P1", 1);
  EXPECT_THAT(this->Read(), UnorderedElementsAre("3 (*,G)")) << "it has to be named anew";
}

TYPED_TEST(Refused, ArgumentsAreChecked) {
  using C = fakes::CFunctions<TypeParam>;
  using Entry = typename MgmWorldOf<TypeParam>::Values::Refused;
  Entry entry{};
  DWORD count = 7;
  Entry* const none = nullptr;
  EXPECT_EQ(C::GetRefused(&entry, DWORD{1}, &count), DWORD{ERROR_CAN_NOT_COMPLETE}) << "no manager runs";
  MgmWorldOf<TypeParam> world;
  EXPECT_EQ(C::GetRefused(none, DWORD{1}, &count), DWORD{ERROR_INVALID_PARAMETER});
  EXPECT_EQ(C::GetRefused(&entry, DWORD{1}, PDWORD{}), DWORD{ERROR_INVALID_PARAMETER});
  EXPECT_EQ(count, 7u);
  EXPECT_EQ(C::GetRefused(none, DWORD{0}, &count), DWORD{NO_ERROR});
  EXPECT_EQ(count, 0u);
}

}  // namespace
}  // namespace mgmd
