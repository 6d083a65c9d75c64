// How queries are answered: each gets its answer in the time that it allows, from the state as it is by then, and what
// is asked before that is answered together.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/membership/host_rig.h"

namespace mgmd::membership {
namespace {

template <class Family>
class HostQueries : public ::testing::Test {};
TYPED_TEST_SUITE(HostQueries, BothFamilies);

struct AnswerRow {
  const char* state;
  std::vector<const char*> asked;  // "ab": about these sources; "": about the group; "*": general
  const char* answer;
};

const AnswerRow kAnswerRows[] = {
    {"I:ab", {"*"}, "IS_IN(ab)"},
    {"E:", {"*"}, "IS_EX()"},
    {"E:ab", {"*"}, "IS_EX(ab)"},
    {"I:ab", {""}, "IS_IN(ab)"},
    {"E:a", {""}, "IS_EX(a)"},
    {"I:ab", {"bc"}, "IS_IN(b)"},
    {"I:ab", {"cd"}, ""},
    {"E:a", {"ac"}, "IS_IN(c)"},
    {"E:a", {"a"}, ""},
    {"E:", {"cb"}, "IS_IN(bc)"},
    // What is asked together is answered together.
    {"I:abc", {"a", "b", "ad"}, "IS_IN(ab)"},
    {"E:a", {"a", "c"}, "IS_IN(c)"},
    {"I:abc", {"a", ""}, "IS_IN(abc)"},
    {"I:abc", {"", "a"}, "IS_IN(abc)"},
    {"I:abc", {"a", "*"}, "IS_IN(abc)"},
    {"I:abc", {"*", "a"}, "IS_IN(abc)"},
    {"E:", {"*", "", "*"}, "IS_EX()"},
    {"I:", {"*", "", "a"}, ""},
};

TYPED_TEST(HostQueries, AreAnsweredWithWhatIsWanted) {
  for (const AnswerRow& row : kAnswerRows) {
    HostRig<TypeParam> rig;
    rig.WantAndSettle(FilterOf<TypeParam>(row.state));
    std::string asked = row.state;
    for (const std::string letters : row.asked) {
      asked += " Q{" + letters + "}";
      letters == "*" ? rig.HearGeneral() : rig.Ask(letters);
    }
    EXPECT_EQ(rig.Said(), "") << asked << ", at once";
    rig.RunFor(10s);
    EXPECT_EQ(rig.Said(), row.answer) << asked;
    EXPECT_EQ(rig.host.NextDeadline(), Time::max()) << asked;
    // What was asked once is forgotten with its answer.
    rig.Ask("a");
    rig.RunFor(1s);
    const bool wants_a = rig.host.StateOf(TestGroup<TypeParam>(1)).Passes(SourceLetter<TypeParam>('a'));
    EXPECT_EQ(rig.Said(), wants_a ? "IS_IN(a)" : "") << asked;
  }
}

TYPED_TEST(HostQueries, AreAnsweredWithinTheTimeThatTheyAllow) {
  std::set<Duration> delays;
  HostRig<TypeParam> rig;
  rig.WantAndSettle(Excluding<TypeParam>(""));
  for (int i = 0; i < 100; ++i) {
    const Time asked = rig.now;
    i % 2 == 0 ? rig.Ask("") : rig.HearGeneral(1s);
    const Duration delay = rig.host.NextDeadline() - asked;
    EXPECT_GT(delay, 0s);
    EXPECT_LE(delay, 1s);
    delays.insert(delay);
    rig.RunFor(1s);
    EXPECT_EQ(rig.Said(), "IS_EX()");
  }
  EXPECT_EQ(delays.size(), 100u);
  EXPECT_LT(*delays.begin(), 200ms);
  EXPECT_GT(*delays.rbegin(), 800ms);
  rig.Ask("", 0ms);
  rig.RunFor(1ns);
  EXPECT_EQ(rig.Said(), "IS_EX()") << "no time at all: at once";
}

TYPED_TEST(HostQueries, AreAnsweredAtTheEarliestTimeAndOnce) {
  const auto hear = [](HostRig<TypeParam>& rig, bool general, std::chrono::milliseconds max_response) {
    general ? rig.HearGeneral(max_response) : rig.Ask("a", max_response);
    return rig.host.NextDeadline();
  };
  for (const bool first : {false, true}) {
    for (const bool second : {false, true}) {
      HostRig<TypeParam> rig;
      rig.WantAndSettle(Including<TypeParam>("a"));
      const Time later = hear(rig, first, 3000s);
      const Time sooner = hear(rig, second, 100ms);
      EXPECT_LE(sooner, rig.now + 100ms);
      EXPECT_LT(sooner, later);
      EXPECT_EQ(hear(rig, first, 3000s), sooner);
      rig.RunFor(1h);
      EXPECT_EQ(rig.Said(), "IS_IN(a)");
    }
  }
}

TYPED_TEST(HostQueries, AreAnsweredFromTheStateOfThatTime) {
  HostRig<TypeParam> rig;
  rig.WantAndSettle(Excluding<TypeParam>(""));
  rig.WantAndSettle(Excluding<TypeParam>(""), TestGroup<TypeParam>(2));
  rig.HearGeneral(3000s);
  rig.Want(Including<TypeParam>("a"));
  rig.Want({}, TestGroup<TypeParam>(2));
  rig.RunFor(2s);
  EXPECT_EQ(rig.Said(), "TO_IN(a); TO_IN#2(); TO_IN(a); TO_IN#2()");
  rig.Ask("");
  rig.Hear({.group = TestGroup<TypeParam>(2), .max_response = 1s});
  rig.Hear({.group = TestGroup<TypeParam>(3), .max_response = 1s});
  rig.RunFor(1h);
  EXPECT_EQ(rig.Said(), "IS_IN(a)");
}

TYPED_TEST(HostQueries, AboutMoreSourcesThanAreRememberedAreAnsweredWithAllThatIsWanted) {
  HostRig<TypeParam> rig;
  rig.WantAndSettle(Including<TypeParam>("az"));
  Query<TypeParam> query{.group = TestGroup<TypeParam>(1), .max_response = 1s};
  for (int source = 1; source <= 'a'; ++source) query.sources.push_back(SourceNumber<TypeParam>(source));
  rig.Hear(query);
  rig.RunFor(1s);
  EXPECT_EQ(rig.Said(), "IS_IN(a)");
  for (int more = 0; more < 4; ++more) {
    query.sources.clear();
    for (int source = 1; source <= 300; ++source) {
      query.sources.push_back(SourceNumber<TypeParam>(1000 + more * 300 + source));
    }
    rig.Hear(query);
  }
  rig.RunFor(1s);
  EXPECT_EQ(rig.Said(), "IS_IN(az)");
}

// 300 groups of which nothing is left to say.
template <class Family>
void WantMany(HostRig<Family>& rig) {
  for (int group = 1; group <= 300; ++group) {
    ASSERT_TRUE(rig.host.SetWant(0, TestGroup<Family>(group), Excluding<Family>(""), rig.now));
  }
  rig.RunFor(30s);
  rig.said.clear();
}

template <class Family>
std::multiset<typename Family::Address> GroupsOf(const std::vector<SaidMessage<Family>>& messages) {
  std::multiset<typename Family::Address> groups;
  std::vector<typename Family::Address> buffer;
  for (const auto& message : messages) {
    ForEachRecord<Family>(message.message, buffer, [&](const Record<Family>& record) { groups.insert(record.group); });
  }
  return groups;
}

TYPED_TEST(HostQueries, AboutManyGroupsAreAnsweredInFullMessagesSpreadOverTheTime) {
  HostRig<TypeParam> rig;
  WantMany(rig);
  const Duration asked = rig.now - rig.kBegin;
  rig.HearGeneral();
  rig.RunFor(10s);
  const std::vector<size_t> records =
      TypeParam::kAddressBits == 32 ? std::vector<size_t>{183, 117} : std::vector<size_t>{72, 72, 72, 72, 12};
  ASSERT_EQ(rig.said.size(), records.size());
  const Duration delay = rig.said.back().at - asked;
  EXPECT_GT(delay, 0s);
  EXPECT_LT(delay, 10s);
  const auto messages = static_cast<Duration::rep>(records.size());
  for (Duration::rep k = 0; k < messages; ++k) {
    const auto& message = rig.said[static_cast<size_t>(k)];
    EXPECT_EQ(message.records(), records[static_cast<size_t>(k)]);
    EXPECT_EQ(message.at - asked, delay * (k + 1) / messages);
  }
  EXPECT_EQ(GroupsOf<TypeParam>(rig.said).size(), 300u);
}

TYPED_TEST(HostQueries, AmidAnAnswerAreAnsweredWhole) {
  HostRig<TypeParam> rig;
  WantMany(rig);
  rig.HearGeneral();
  rig.now = rig.host.NextDeadline();
  rig.host.Tick(rig.now);
  ASSERT_EQ(rig.said.size(), 1u);
  rig.said.clear();
  // A router that has just come has not heard what went before.
  rig.HearGeneral();
  const Time asked = rig.now;
  rig.RunFor(10s);
  const auto groups = GroupsOf<TypeParam>(rig.said);
  EXPECT_EQ(std::set(groups.begin(), groups.end()).size(), 300u);
  EXPECT_EQ(groups.size(), 300u);
  EXPECT_LE(rig.said.back().at, asked - rig.kBegin + 10s);
}

TYPED_TEST(HostQueries, AfterANewGroupAreAnsweredForItToo) {
  HostRig<TypeParam> rig;
  rig.WantAndSettle(Excluding<TypeParam>(""));
  rig.HearGeneral(100s);
  rig.Want(Excluding<TypeParam>(""), TestGroup<TypeParam>(2));
  rig.RunFor(1s);
  rig.said.clear();
  rig.HearGeneral(3000s);
  rig.RunFor(1h);
  const auto groups = GroupsOf<TypeParam>(rig.said);
  EXPECT_EQ(groups, (std::multiset{TestGroup<TypeParam>(1), TestGroup<TypeParam>(2)}));
}

TYPED_TEST(HostQueries, WithoutEndDoNotKeepAnyGroupFromItsAnswer) {
  HostRig<TypeParam> rig;
  WantMany(rig);
  for (int query = 0; query < 1000; ++query) {
    rig.HearGeneral();
    rig.RunFor(10ms);
  }
  const auto groups = GroupsOf<TypeParam>(rig.said);
  EXPECT_EQ(std::set(groups.begin(), groups.end()).size(), 300u);
}

TYPED_TEST(HostQueries, AreAnsweredAtTimesThatDifferFromHostToHostAndNotFromRunToRun) {
  const auto times = [](const typename TypeParam::Address& own) {
    HostRig<TypeParam> rig({}, HostRig<TypeParam>::Up(own));
    rig.WantAndSettle(Excluding<TypeParam>(""));
    for (int i = 0; i < 3; ++i) {
      rig.HearGeneral();
      rig.RunFor(10s);
    }
    std::vector<Duration> at;
    for (const auto& message : rig.said) at.push_back(message.at);
    return at;
  };
  const auto one = times(SourceNumber<TypeParam>(1));
  EXPECT_EQ(one, times(SourceNumber<TypeParam>(1)));
  EXPECT_NE(one, times(SourceNumber<TypeParam>(2)));
}

}  // namespace
}  // namespace mgmd::membership
