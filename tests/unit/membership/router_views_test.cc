// What an operator is shown of the router part: who asks, since when and until when; groups and sources in order from
// any place on, each once, static ones among them; and how many there are, whatever has come and gone.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/membership/router_world.h"

namespace mgmd::membership {
namespace {

template <class Family>
class RouterViews : public ::testing::Test {
 protected:
  using World = RouterWorld<Family>;
  using Address = typename Family::Address;

  // Of which F and G are static, G for source d alone.
  static RouterSettings<Family> Settings() {
    RouterSettings<Family> settings;
    settings.static_members = {{World::Group("F"), World::Source('a')}, {World::Group("G"), World::Source('d')}};
    return settings;
  }
  std::vector<Address> GroupsFrom(const Address& from, size_t most = SIZE_MAX) {
    std::vector<Address> groups;
    world_.router().ForEachGroupFrom(from, [&](const Address& group) {
      groups.push_back(group);
      return groups.size() < most;
    });
    return groups;
  }
  // "a.b*": names, a star behind those without a state.
  std::string SourcesFrom(std::string_view group, const Address& from, size_t most = SIZE_MAX) {
    std::string sources;
    size_t count = 0;
    world_.router().ForEachSourceFrom(World::Group(group), from, [&](const Address& source, const Timer* timer) {
      for (char name = 'a'; name <= 'e'; ++name) {
        if (World::Source(name) == source) sources += name;
      }
      if (timer == nullptr) sources += '*';
      return ++count < most;
    });
    return sources;
  }

  World world_{Settings(), 0};
};
using Families = ::testing::Types<Ipv4, Ipv6>;
TYPED_TEST_SUITE(RouterViews, Families);

TYPED_TEST(RouterViews, GroupsAreInOrderEachOnce) {
  using World = RouterWorld<TypeParam>;
  this->world_.Hear(1, "IS_EX() G2");
  this->world_.Hear(1, "ALLOW(a) G");
  const auto f = World::Group("F"), g = World::Group("G"), g2 = World::Group("G2");
  // IPv4's F is below G, IPv6's above.
  const std::vector all = f < g ? std::vector{f, g, g2} : std::vector{g, g2, f};
  EXPECT_EQ(this->GroupsFrom({}), all);
  EXPECT_EQ(this->GroupsFrom(all[1]), (std::vector{all[1], all[2]}));
  EXPECT_EQ(this->GroupsFrom({}, 2), (std::vector{all[0], all[1]}));
  EXPECT_TRUE(this->world_.router().IsStatic(g, World::Source('d')));
  EXPECT_FALSE(this->world_.router().IsStatic(g, World::Source('a')));
  EXPECT_FALSE(this->world_.router().IsStaticOfAny(g));
}

TYPED_TEST(RouterViews, SourcesAreInOrderEachOnce) {
  using World = RouterWorld<TypeParam>;
  this->world_.Hear(1, "ALLOW(e,b,d)");
  EXPECT_EQ(this->SourcesFrom("G", {}), "bde");
  EXPECT_EQ(this->SourcesFrom("G", World::Source('c')), "de");
  EXPECT_EQ(this->SourcesFrom("G", {}, 2), "bd");
  EXPECT_EQ(this->SourcesFrom("F", {}), "a*") << "static alone";
  EXPECT_EQ(this->SourcesFrom("G2", {}), "");
}

TYPED_TEST(RouterViews, SourcesAreCountedWhileTheyAreThere) {
  const auto& router = this->world_.router();
  this->world_.Hear(0, "ALLOW(a,b)");
  this->world_.Hear(0, "IS_EX(c) G2");
  EXPECT_EQ(router.sources(), 3u);
  this->world_.Hear(10, "ALLOW(a)");
  EXPECT_EQ(router.sources(), 3u);
  this->world_.RunTo(275);
  EXPECT_EQ(router.sources(), 1u) << "a is left";
  this->world_.RunTo(285);
  EXPECT_EQ(router.sources(), 0u);
  EXPECT_EQ(router.groups(), 0u);
}

TYPED_TEST(RouterViews, WhoAsksSinceWhenAndUntilWhen) {
  using World = RouterWorld<TypeParam>;
  const auto& querier = this->world_.router().querier();
  EXPECT_EQ(querier.since(), World::At(0));
  EXPECT_EQ(querier.last_heard(), Time::max());
  this->world_.RunTo(40);
  EXPECT_EQ(querier.next_query(), World::At(156.25));
  this->world_.AskedBy(50, 5);
  this->world_.AskedBy(60, 5);
  EXPECT_EQ(querier.address(), World::Router(5));
  EXPECT_EQ(querier.since(), World::At(50));
  EXPECT_EQ(querier.last_heard(), World::At(60));
  EXPECT_EQ(querier.other_until(), World::At(60 + 255));
  EXPECT_EQ(querier.next_query(), Time::max());
  this->world_.AskedBy(70, 1);
  EXPECT_EQ(querier.since(), World::At(70)) << "another one";
  this->world_.RunTo(400);
  EXPECT_EQ(querier.address(), World::Router(10));
  EXPECT_EQ(querier.since(), World::At(70 + 255));
}

TYPED_TEST(RouterViews, AGroupsAgeAndQuestions) {
  using World = RouterWorld<TypeParam>;
  this->world_.Hear(5, "IS_EX()");
  this->world_.Hear(50, "IS_EX()");
  const auto* const entry = this->world_.router().Find(World::Group("G"));
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->since, World::At(5));
  EXPECT_EQ(entry->group.repeats(), 0);
  this->world_.Hear(60, "TO_IN()");
  EXPECT_EQ(entry->group.repeats(), 1) << "one has been sent";
  this->world_.RunTo(61);
  EXPECT_EQ(entry->group.repeats(), 0);
}

}  // namespace
}  // namespace mgmd::membership
