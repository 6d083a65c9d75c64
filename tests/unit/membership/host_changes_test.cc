// What is said of changes: each is said as often as the robustness variable says, also where others come between, in
// as few messages as there is room for.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/unit/membership/host_rig.h"

namespace mgmd::membership {
namespace {

template <class Family>
class HostChanges : public ::testing::Test {};
TYPED_TEST_SUITE(HostChanges, BothFamilies);

struct ChangeRow {
  const char* from;
  const char* to;
  const char* said;  // each of two times
};

const ChangeRow kChangeRows[] = {
    {"I:", "E:", "TO_EX()"},       {"I:", "E:ab", "TO_EX(ab)"},
    {"I:", "I:ab", "ALLOW(ab)"},   {"I:a", "I:abc", "ALLOW(bc)"},
    {"I:abc", "I:b", "BLOCK(ac)"}, {"I:ab", "I:bc", "ALLOW(c) BLOCK(a)"},
    {"I:ab", "I:", "BLOCK(ab)"},   {"E:", "E:a", "BLOCK(a)"},
    {"E:ab", "E:b", "ALLOW(a)"},   {"E:ab", "E:bc", "ALLOW(a) BLOCK(c)"},
    {"I:ab", "E:bc", "TO_EX(bc)"}, {"E:ab", "I:bc", "TO_IN(bc)"},
    {"E:ab", "I:", "TO_IN()"},
};

TYPED_TEST(HostChanges, AreTheDifferenceOfOldAndNew) {
  for (const ChangeRow& row : kChangeRows) {
    HostRig<TypeParam> rig;
    rig.WantAndSettle(FilterOf<TypeParam>(row.from));
    rig.Want(FilterOf<TypeParam>(row.to));
    EXPECT_EQ(rig.Said(), row.said) << row.from << " " << row.to;
    rig.RunFor(1s);
    EXPECT_EQ(rig.Said(), row.said) << row.from << " " << row.to << ", repeated";
    rig.RunFor(1min);
    EXPECT_EQ(rig.Said(), "") << row.from << " " << row.to;
    rig.Want(FilterOf<TypeParam>(row.to));
    EXPECT_EQ(rig.Said(), "") << row.to << " as before";
    EXPECT_EQ(rig.host.NextDeadline(), Time::max());
    EXPECT_EQ(rig.host.groups(), row.to == std::string("I:") ? 0u : 1u) << "what is over is forgotten";
  }
}

TYPED_TEST(HostChanges, AreRepeatedAsOftenAsConfiguredAndEachTimeWithinASecond) {
  for (int robustness = 1; robustness <= 7; ++robustness) {
    HostRig<TypeParam> rig({.robustness = robustness});
    rig.Want(Excluding<TypeParam>(""));
    rig.RunFor(1min);
    ASSERT_EQ(rig.said.size(), static_cast<size_t>(robustness));
    EXPECT_EQ(rig.said[0].at, 0s);
    for (int i = 1; i < robustness; ++i) {
      EXPECT_GT(rig.said[size_t(i)].at, rig.said[size_t(i) - 1].at);
      EXPECT_LE(rig.said[size_t(i)].at, rig.said[size_t(i) - 1].at + 1s);
    }
  }
}

TYPED_TEST(HostChanges, AreRepeatedAsOftenAsTheQuerierSays) {
  HostRig<TypeParam> rig({.robustness = 3});
  rig.Hear({.robustness = 4});
  rig.Want(Excluding<TypeParam>(""));
  rig.RunFor(1min);
  EXPECT_EQ(rig.said.size(), 4u);
  rig.Hear({.robustness = 0});  // it does not say
  rig.Want({});
  rig.RunFor(1min);
  EXPECT_EQ(rig.said.size(), 4u + 3u);
}

struct MergeStep {
  const char* state;
  const char* said;
};
struct MergeRow {
  const char* from;
  std::vector<MergeStep> steps;  // each before the first repeat of the one before
  const char* rest;
};

const MergeRow kMergeRows[] = {
    {"I:a", {{"I:ab", "ALLOW(b)"}, {"I:b", "ALLOW(b) BLOCK(a)"}}, "BLOCK(a)"},
    {"I:", {{"E:", "TO_EX()"}, {"E:a", "TO_EX(a)"}}, "BLOCK(a)"},
    // What is given up again is not asked for.
    {"I:a", {{"I:ab", "ALLOW(b)"}, {"I:a", "BLOCK(b)"}}, "BLOCK(b)"},
    {"E:a", {{"E:", "ALLOW(a)"}, {"E:a", "BLOCK(a)"}}, "BLOCK(a)"},
    // A mode carries the whole list, and so everything that was left to say before.
    {"I:ab", {{"I:a", "BLOCK(b)"}, {"E:c", "TO_EX(c)"}}, "TO_EX(c)"},
    {"E:", {{"I:a", "TO_IN(a)"}, {"I:b", "TO_IN(b)"}, {"E:", "TO_EX()"}}, "TO_EX()"},
    {"E:", {{"I:a", "TO_IN(a)"}, {"I:b", "TO_IN(b)"}, {"I:bc", "ALLOW(bc) BLOCK(a)"}}, "ALLOW(c)"},
    // A group that ends, and comes back.
    {"I:", {{"E:", "TO_EX()"}, {"I:", "TO_IN()"}, {"E:a", "TO_EX(a)"}}, "TO_EX(a)"},
    {"I:ab", {{"I:", "BLOCK(ab)"}, {"I:b", "ALLOW(b) BLOCK(a)"}}, "ALLOW(b)"},
    {"E:", {{"I:", "TO_IN()"}, {"I:a", "TO_IN(a)"}}, "ALLOW(a)"},
};

TYPED_TEST(HostChanges, CarryAlongWhatIsLeftOfEarlierOnes) {
  for (const MergeRow& row : kMergeRows) {
    HostRig<TypeParam> rig;
    rig.WantAndSettle(FilterOf<TypeParam>(row.from));
    for (const MergeStep& step : row.steps) {
      rig.Want(FilterOf<TypeParam>(step.state));
      EXPECT_EQ(rig.Said(), step.said) << row.from << " " << step.state;
      // As long as nothing is repeated: a nanosecond is the shortest time to the next.
    }
    rig.RunFor(1min);
    EXPECT_EQ(rig.Said(), row.rest) << row.from;
  }
}

TYPED_TEST(HostChanges, OfOneTurnAreOne) {
  HostRig<TypeParam> rig;
  rig.WantAndSettle(Including<TypeParam>("a"));
  ASSERT_TRUE(rig.host.SetWant(0, TestGroup<TypeParam>(1), Including<TypeParam>("ab"), rig.now));
  ASSERT_TRUE(rig.host.SetWant(0, TestGroup<TypeParam>(2), Excluding<TypeParam>(""), rig.now));
  ASSERT_TRUE(rig.host.SetWant(0, TestGroup<TypeParam>(1), Including<TypeParam>("bc"), rig.now));
  EXPECT_EQ(rig.Said(), "");
  EXPECT_EQ(rig.host.NextDeadline(), rig.now);
  rig.host.Tick(rig.now);
  EXPECT_EQ(rig.Said(), "ALLOW(bc) BLOCK(a) TO_EX#2()");
}

TYPED_TEST(HostChanges, AreOfWhatAllWantersWantTogether) {
  HostRig<TypeParam> rig;
  const auto group = TestGroup<TypeParam>(1);
  rig.Want(Excluding<TypeParam>(""), group, 1);
  EXPECT_EQ(rig.Said(), "TO_EX()");
  rig.RunFor(1s);
  rig.Said();
  rig.Want(Including<TypeParam>("ab"), group, 2);
  EXPECT_EQ(rig.Said(), "");
  rig.host.Withdraw(1, group, rig.now);
  rig.host.Tick(rig.now);
  EXPECT_EQ(rig.Said(), "TO_IN(ab)");
  EXPECT_EQ(rig.host.StateOf(group), Including<TypeParam>("ab"));
  rig.Want(Including<TypeParam>("x"), TestGroup<TypeParam>(2), 2);
  rig.Want(Including<TypeParam>("y"), TestGroup<TypeParam>(2), 3);
  rig.RunFor(1min);
  rig.Said();
  rig.host.WithdrawAll(2, rig.now);
  rig.host.Tick(rig.now);
  EXPECT_EQ(rig.Said(), "BLOCK(ab) BLOCK#2(x)");
  rig.host.Withdraw(2, group, rig.now);
  rig.host.Withdraw(2, TestGroup<TypeParam>(5), rig.now);
  EXPECT_EQ(rig.host.StateOf(TestGroup<TypeParam>(5)), Filter<TypeParam>());
}

TYPED_TEST(HostChanges, OfManyGroupsFillMessages) {
  HostRig<TypeParam> rig;
  for (int group = 1; group <= 300; ++group) {
    ASSERT_TRUE(rig.host.SetWant(0, TestGroup<TypeParam>(group), Excluding<TypeParam>(""), rig.now));
  }
  rig.host.Tick(rig.now);
  std::vector<size_t> records;
  for (const auto& message : rig.said) {
    EXPECT_EQ(message.source, rig.Own());
    EXPECT_EQ(message.destination, Protocol<TypeParam>::kAllReports);
    EXPECT_LE(message.message.size(), MessageRoom<TypeParam>(1500));
    records.push_back(message.records());
  }
  const bool is_v4 = TypeParam::kAddressBits == 32;
  EXPECT_EQ(records, is_v4 ? std::vector<size_t>({183, 117}) : std::vector<size_t>({72, 72, 72, 72, 12}));
  const Traffic& reports = rig.counters.of({MessageType::kReport, Version::kV3});
  EXPECT_EQ(reports.sent, records.size());
  EXPECT_EQ(reports.sent_octets, 8 * records.size() + 300 * (is_v4 ? 8 : 20));
  rig.RunFor(1s);
  EXPECT_EQ(reports.sent, 2 * records.size()) << "what is said together is repeated together";
}

// Sources 1 to 400 of version 3's records in a message's room of 365, of IPv6 89.
template <class Family>
std::vector<std::vector<int>> SourcesOf(const std::vector<SaidMessage<Family>>& messages) {
  std::vector<std::vector<int>> all;
  std::vector<typename Family::Address> buffer;
  for (const auto& message : messages) {
    EXPECT_LE(message.message.size(), MessageRoom<Family>(1500));
    ForEachRecord<Family>(message.message, buffer, [&](const Record<Family>& record) {
      std::vector<int>& numbers = all.emplace_back();
      for (const auto& source : record.sources) numbers.push_back(LowestOctets(source));
    });
  }
  return all;
}

TYPED_TEST(HostChanges, WithMoreSourcesThanFitAreSplit) {
  constexpr int kMost = TypeParam::kAddressBits == 32 ? 365 : 89;
  constexpr int kSources = 400;
  HostRig<TypeParam> rig;
  Filter<TypeParam> filter;
  for (int source = 1; source <= kSources; ++source) filter.sources.push_back(SourceNumber<TypeParam>(source));
  rig.Want(filter);
  std::vector<std::vector<int>> expected;
  for (int source = 1; source <= kSources; ++source) {
    if ((source - 1) % kMost == 0) expected.emplace_back();
    expected.back().push_back(source);
  }
  EXPECT_EQ(SourcesOf<TypeParam>(rig.said), expected);
  rig.RunFor(1min);
  rig.said.clear();
  rig.HearGeneral();
  rig.RunFor(10s);
  EXPECT_EQ(SourcesOf<TypeParam>(rig.said), expected) << "an answer, too";
  EXPECT_EQ(rig.counters.of(Counter::kExcludeCut), 0u);
}

TYPED_TEST(HostChanges, ThatExcludeMoreThanFitsSayTheLowestSources) {
  constexpr int kMost = TypeParam::kAddressBits == 32 ? 365 : 89;
  HostRig<TypeParam> rig;
  Filter<TypeParam> filter{FilterMode::kExclude, {}};
  std::vector<int> expected;
  for (int source = 1; source <= 400; ++source) {
    filter.sources.push_back(SourceNumber<TypeParam>(source));
    if (source <= kMost) expected.push_back(source);
  }
  rig.Want(filter);
  EXPECT_EQ(SourcesOf<TypeParam>(rig.said), std::vector<std::vector<int>>{expected});
  EXPECT_EQ(rig.counters.of(Counter::kExcludeCut), 400u - kMost);
  rig.RunFor(1min);
  rig.said.clear();
  // Beside others, which do not take its room.
  rig.Want(Excluding<TypeParam>(""), TestGroup<TypeParam>(0));
  rig.RunFor(1min);
  rig.said.clear();
  rig.HearGeneral();
  rig.RunFor(10s);
  EXPECT_EQ(SourcesOf<TypeParam>(rig.said), (std::vector<std::vector<int>>{{}, expected}));
}

TYPED_TEST(HostChanges, OfWhatEveryHostHearsAreNotReported) {
  HostRig<TypeParam> rig;
  rig.Want(Excluding<TypeParam>(""), Protocol<TypeParam>::kAllHosts);
  if constexpr (TypeParam::kAddressBits == 128) {
    rig.Want(Excluding<TypeParam>(""), Six("ff01::5"));
    rig.Want(Excluding<TypeParam>(""), Six("ff10::5"));
  }
  EXPECT_EQ(rig.Said(), "");
  rig.HearGeneral();
  rig.RunFor(1min);
  EXPECT_EQ(rig.Said(), "");
  // The group of reports is, though it never leaves the link.
  rig.Want(Excluding<TypeParam>(""), Protocol<TypeParam>::kAllReports);
  EXPECT_EQ(rig.said.size(), 1u);
}

TYPED_TEST(HostChanges, ThatNoHostCanSayAreRefused) {
  HostRig<TypeParam> rig;
  EXPECT_FALSE(rig.host.SetWant(0, SourceLetter<TypeParam>('a'), Excluding<TypeParam>(""), rig.now));
  EXPECT_FALSE(rig.host.SetWant(0, SsmGroup<TypeParam>(), Excluding<TypeParam>(""), rig.now));
  EXPECT_EQ(rig.host.groups(), 0u);
  rig.Want(Including<TypeParam>("a"), SsmGroup<TypeParam>());
  EXPECT_EQ(rig.Said(), "ALLOW#99(a)");
  EXPECT_FALSE(rig.host.SetWant(0, SsmGroup<TypeParam>(), Excluding<TypeParam>("a"), rig.now));
  EXPECT_EQ(rig.host.StateOf(SsmGroup<TypeParam>()), Including<TypeParam>("a")) << "as before";
}

TYPED_TEST(HostChanges, ThatCannotLeaveAreNotCountedAndAreRepeated) {
  HostRig<TypeParam> rig;
  rig.refuses = true;
  rig.Want(Excluding<TypeParam>(""));
  EXPECT_EQ(rig.counters.of({MessageType::kReport, Version::kV3}).sent, 0u);
  rig.refuses = false;
  rig.RunFor(1s);
  EXPECT_EQ(rig.Said(), "TO_EX()");
  EXPECT_EQ(rig.counters.of({MessageType::kReport, Version::kV3}).sent, 1u);
}

}  // namespace
}  // namespace mgmd::membership
