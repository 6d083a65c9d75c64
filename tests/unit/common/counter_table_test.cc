// Invariant: the table of everything counted is whole: no two counters of one thing have the same name, every row says
// what it counts in a text that telemetry holds, and what is a sign of trouble says what helps.

#include "common/counter_table.h"

#include <gtest/gtest.h>

#include <cctype>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/drop_reason.h"
#include "common/local_class.h"
#include "common/punt.h"

namespace mgmd {
namespace {

std::vector<std::string_view> NamesOf(CounterOf of) {
  std::vector<std::string_view> names;
  for (const CounterInfo& counter : EveryCounter()) {
    if (counter.of == of) names.push_back(counter.name);
  }
  return names;
}

TEST(CounterTable, HasEachNameOnceForEachThing) {
  std::set<std::pair<CounterOf, std::string_view>> seen;
  for (const CounterInfo& counter : EveryCounter()) {
    EXPECT_TRUE(seen.emplace(counter.of, counter.name).second) << counter.name;
    EXPECT_FALSE(counter.name.empty());
    for (const char letter : counter.name) {
      EXPECT_TRUE(std::islower(letter) || std::isdigit(letter) || letter == '_') << counter.name;
    }
    EXPECT_FALSE(Name(counter.of).empty()) << counter.name;
  }
}

TEST(CounterTable, SaysWhatIsCountedInTextsThatTelemetryHolds) {
  constexpr size_t kMostText = 127;
  for (const CounterInfo& counter : EveryCounter()) {
    SCOPED_TRACE(counter.name);
    for (const std::string_view text : {counter.unit, counter.help, counter.cause, counter.remedy}) {
      EXPECT_FALSE(text.empty());
      EXPECT_LE(text.size(), kMostText) << text;
      EXPECT_EQ(text.find('|'), std::string_view::npos) << "it would end a cell of docs/counters.md: " << text;
    }
    EXPECT_EQ(counter.cause == "-", counter.remedy == "-") << "a cause has a remedy, and the other way round";
  }
}

TEST(CounterTable, HasTheReasonsInTheOrderOfTheirEnumerations) {
  const auto drops = NamesOf(CounterOf::kDrops);
  ASSERT_EQ(drops.size(), kDropReasons);
  for (size_t reason = 0; reason < kDropReasons; ++reason) EXPECT_EQ(drops[reason], Name(DropReason(reason)));
  std::vector punts(kPuntReasonNames.begin(), kPuntReasonNames.end());
  punts.insert(punts.end(), kLocalClassNames.begin(), kLocalClassNames.end());
  EXPECT_EQ(NamesOf(CounterOf::kPunts), punts);
}

TEST(CounterTable, SaysOfEveryLossWhyItHappensAndWhatHelps) {
  size_t drops = 0;
  for (const CounterInfo& counter : EveryCounter()) {
    if (counter.of != CounterOf::kDrops) continue;
    ++drops;
    EXPECT_NE(counter.cause, "-") << counter.name;
    EXPECT_NE(counter.remedy, "-") << counter.name;
  }
  EXPECT_EQ(drops, kDropReasons);
}

TEST(CounterTable, KnowsWhatGoesDownAgain) {
  std::set<std::string_view> gauges;
  for (const CounterInfo& counter : EveryCounter()) {
    if (counter.type == CounterType::kGauge) gauges.insert(counter.name);
  }
  EXPECT_EQ(gauges, (std::set<std::string_view>{"held_packets", "held_streams", "longest_turn_us", "memberships",
                                                "mfes_as_iif", "mfes_as_oif"}));
}

}  // namespace
}  // namespace mgmd
