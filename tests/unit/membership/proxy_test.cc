// What a proxy asks its upstream for: the merge of what hosts of all its links want, said as a host says it, and
// nothing while it is suspended (RFC 4605 section 4.1).

#include "control/membership/proxy.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/membership/host_rig.h"
#include "tests/unit/membership/router_world.h"

namespace mgmd::membership {
namespace {

template <class Family>
struct ProxyRig : HostRig<Family> {
  using Address = typename Family::Address;

  explicit ProxyRig(AccessList<Family> acl = {}) : proxy(this->host, 7, std::move(acl)) {}

  // "E:ab" on the link of that number, in a control turn of its own.
  void OnLink(WanterId link, std::string_view filter, const Address& group = TestGroup<Family>(1)) {
    proxy.SetWant(link, group, FilterOf<Family>(filter), this->now);
    this->host.Tick(this->now);
  }
  void Settle() {
    this->RunFor(30s);
    this->said.clear();
  }

  Proxy<Family> proxy;
};

template <class Family>
class ProxyDatabase : public ::testing::Test {};
TYPED_TEST_SUITE(ProxyDatabase, BothFamilies);

struct MergeStep {
  WanterId link;
  const char* wants;
  const char* said;
};
const std::vector<std::vector<MergeStep>> kMerges = {
    {{1, "E:", "TO_EX()"}, {2, "I:ab", ""}, {1, "I:", "TO_IN(ab)"}, {2, "I:", "BLOCK(ab)"}},
    {{1, "E:ab", "TO_EX(ab)"}, {2, "E:bc", "ALLOW(a)"}, {3, "I:b", "ALLOW(b)"}},
    // A leave while other links have members.
    {{1, "E:", "TO_EX()"}, {2, "E:", ""}, {1, "I:", ""}, {2, "I:", "TO_IN()"}},
    {{1, "I:ab", "ALLOW(ab)"}, {2, "I:bc", "ALLOW(c)"}, {1, "I:", "BLOCK(a)"}},
};

TYPED_TEST(ProxyDatabase, IsTheMergeOfItsLinks) {
  for (const auto& steps : kMerges) {
    ProxyRig<TypeParam> rig;
    for (const auto& [link, wants, said] : steps) {
      rig.OnLink(link, wants);
      EXPECT_EQ(rig.Said(), said) << "link " << link << " " << wants;
      rig.Settle();
    }
  }
}

TYPED_TEST(ProxyDatabase, KeepsNothingThatNobodyWants) {
  ProxyRig<TypeParam> rig;
  rig.OnLink(1, "I:");
  EXPECT_EQ(rig.proxy.groups(), 0U);
  rig.OnLink(1, "E:a");
  EXPECT_EQ(rig.proxy.WantedOf(TestGroup<TypeParam>(1)), Excluding<TypeParam>("a"));
  rig.OnLink(1, "I:");
  EXPECT_EQ(rig.proxy.groups(), 0U);
  EXPECT_EQ(rig.proxy.WantedOf(TestGroup<TypeParam>(1)), Filter<TypeParam>());
}

TYPED_TEST(ProxyDatabase, SaysNothingOfOtherLinksToOldRouters) {
  ProxyRig<TypeParam> rig;
  rig.HearGeneral(10s, Version::kV2);
  rig.OnLink(1, "I:a");
  EXPECT_EQ(rig.Said(), "report");
  rig.Settle();
  rig.OnLink(2, "E:");
  rig.OnLink(1, "I:");
  EXPECT_EQ(rig.Said(), "");
  rig.OnLink(2, "I:");
  EXPECT_EQ(rig.Said(), "leave");
}

// A link that is no more.
TYPED_TEST(ProxyDatabase, ForgetsALink) {
  ProxyRig<TypeParam> rig;
  rig.OnLink(1, "E:");
  rig.OnLink(2, "I:a", TestGroup<TypeParam>(2));
  rig.OnLink(1, "I:b", TestGroup<TypeParam>(2));
  rig.Settle();
  rig.proxy.Withdraw(1, rig.now);
  rig.host.Tick(rig.now);
  EXPECT_EQ(rig.Said(), "TO_IN() BLOCK#2(b)");
  EXPECT_EQ(rig.proxy.groups(), 1U);
}

TYPED_TEST(ProxyDatabase, HasWhatItsListPermits) {
  using Rule = AccessRule<TypeParam>;
  const auto only = [](const auto& address) { return typename TypeParam::Prefix(address, TypeParam::kAddressBits); };
  const auto group = TestGroup<TypeParam>(1), other = TestGroup<TypeParam>(2);
  ProxyRig<TypeParam> rig(AccessList<TypeParam>(
      {Rule{false, only(group), only(SourceLetter<TypeParam>('a'))}, Rule{true, only(group), {}}}));
  rig.OnLink(1, "I:ab");
  EXPECT_EQ(rig.Said(), "ALLOW(b)");
  rig.OnLink(1, "I:a");
  EXPECT_EQ(rig.Said(), "BLOCK(b)");
  rig.OnLink(1, "E:", other);
  EXPECT_EQ(rig.Said(), "") << "no rule permits it";
}

// Who may want a source-specific group of all sources has no way to say so (RFC 4604 section 2).
TYPED_TEST(ProxyDatabase, AsksForSourceSpecificGroupsBySourcesAlone) {
  ProxyRig<TypeParam> rig;
  rig.OnLink(1, "I:a", SsmGroup<TypeParam>());
  EXPECT_EQ(rig.Said(), "ALLOW#99(a)");
  rig.Settle();
  rig.OnLink(2, "E:", SsmGroup<TypeParam>());
  EXPECT_EQ(rig.Said(), "BLOCK#99(a)");
}

TYPED_TEST(ProxyDatabase, IsSuspendedWhileAProtocolHasTheUpstream) {
  ProxyRig<TypeParam> rig;
  rig.Want(Excluding<TypeParam>(""), TestGroup<TypeParam>(3), 1);  // somebody else's, of the router itself
  rig.OnLink(1, "E:");
  rig.OnLink(1, "I:ab", TestGroup<TypeParam>(2));
  rig.Settle();
  rig.proxy.SetOwned(true, rig.now);
  rig.host.Tick(rig.now);
  EXPECT_EQ(rig.Said(), "TO_IN() BLOCK#2(ab)");
  rig.Settle();
  rig.OnLink(1, "I:b", TestGroup<TypeParam>(2));
  rig.OnLink(1, "E:", TestGroup<TypeParam>(3));
  EXPECT_EQ(rig.Said(), "");
  EXPECT_EQ(rig.proxy.groups(), 3U);
  rig.proxy.SetOwned(false, rig.now);
  rig.host.Tick(rig.now);
  EXPECT_EQ(rig.Said(), "TO_EX() ALLOW#2(b)");
}

TYPED_TEST(ProxyDatabase, IsSuspendedWhileItsOwnQuestionsComeInUpstream) {
  ProxyRig<TypeParam> rig;
  rig.OnLink(1, "E:");
  rig.Settle();
  EXPECT_EQ(rig.proxy.NextDeadline(), rig.proxy.kNever);
  rig.proxy.HearOwnQuery(255s, rig.now);
  rig.host.Tick(rig.now);
  EXPECT_EQ(rig.Said(), "TO_IN()");
  rig.RunFor(200s);
  rig.said.clear();
  rig.proxy.HearOwnQuery(255s, rig.now);
  const Time end = rig.now + 255s;
  EXPECT_EQ(rig.proxy.NextDeadline(), end) << "counted from the last one";
  rig.proxy.Tick(end - 1s);
  EXPECT_TRUE(rig.proxy.is_suspended());
  rig.proxy.SetOwned(true, rig.now);
  rig.RunFor(255s);
  rig.proxy.Tick(rig.now);
  EXPECT_FALSE(rig.proxy.is_looped());
  rig.host.Tick(rig.now);
  EXPECT_EQ(rig.Said(), "") << "a protocol has it still";
  rig.proxy.SetOwned(false, rig.now);
  rig.host.Tick(rig.now);
  EXPECT_EQ(rig.Said(), "TO_EX()");
}

// --- What hosts of one link want.

template <class Family>
std::string WantedText(RouterWorld<Family>& world, double at) {
  world.RunTo(at);
  const auto filter = WantedOfLink(world.router(), RouterWorld<Family>::Group("G"), world.Now());
  std::string text = filter.mode == FilterMode::kExclude ? "E:" : "I:";
  for (const auto& source : filter.sources) {
    for (char name = 'a'; name <= 'e'; ++name) {
      if (source == RouterWorld<Family>::Source(name)) text += name;
    }
  }
  return text;
}

TYPED_TEST(ProxyDatabase, OfALinkIsWhatIsForwardedThere) {
  for (const auto& [state, wanted] : std::vector<std::pair<const char*, const char*>>{
           {"", "I:"},
           {"I{a:100,b:100}", "I:ab"},
           {"E200 X{a:50} Y{b,c}", "E:bc"},
           {"N E200 X{a:50} Y{b,c}", "E:bc"},  // not the querier's link
       }) {
    RouterWorld<TypeParam> world;
    world.Before(state);
    EXPECT_EQ(WantedText(world, 0), wanted) << state;
  }
}

TYPED_TEST(ProxyDatabase, OfOldHostsIsAllSources) {
  RouterWorld<TypeParam> world;
  world.HearOld(0, Version::kV2);
  world.Hear(1, "ALLOW(a)");
  world.AskedAbout(2, "a");
  EXPECT_EQ(WantedText(world, 10), "E:") << "as long as its hosts are taken for old ones";
  EXPECT_FALSE(world.router().Wants(world.Source('a'), world.Group("G"))) << "what is forwarded is another thing";
}

TYPED_TEST(ProxyDatabase, OfALinkHasItsStaticMembers) {
  using World = RouterWorld<TypeParam>;
  RouterSettings<TypeParam> settings;
  settings.static_members = {{World::Group("G"), World::Source('b')}};
  World world(settings);
  EXPECT_EQ(WantedText(world, 0), "I:b");
  world.Hear(0, "IS_EX(b,c)");
  EXPECT_EQ(WantedText(world, 0), "E:c");
}

}  // namespace
}  // namespace mgmd::membership
