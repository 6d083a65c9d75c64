// Invariant: an answer holds what it was given whole, or says what it left out; it never grows beyond what DPDK writes.

#include "control/plane/telemetry_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/telemetry_value.h"

namespace mgmd::plane {
namespace {

using support::Value;
using Kind = TelemetryAnswer::Kind;
using Strings = std::vector<std::string>;

TEST(TelemetryAnswer, GoesOnWithALongTextInAnArray) {
  for (const size_t size : {0u, 1u, 127u, 128u, 254u, 255u, 1000u}) {
    std::string text;
    for (size_t i = 0; i < size; ++i) text.push_back(static_cast<char>('a' + i % 26));
    TelemetryAnswer answer;
    answer.Add("text", text);
    std::string whole = Value<std::string>(answer, "text");
    EXPECT_LE(whole.size(), TelemetryAnswer::kMostText);
    if (size > TelemetryAnswer::kMostText) {
      for (const std::string& more : Value<Strings>(answer, "text_more")) {
        EXPECT_LE(more.size(), TelemetryAnswer::kMostText);
        whole += more;
      }
    } else {
      EXPECT_EQ(answer.members().size(), 1u);
    }
    EXPECT_EQ(whole, text);
  }
}

TEST(TelemetryAnswer, SaysHowMuchOfAnEndlessTextIsMissing) {
  TelemetryAnswer answer;
  answer.Add("text", std::string(100'000, '"'));
  EXPECT_LE(answer.octets(), TelemetryAnswer::kMostOctets);
  EXPECT_THAT(Value<Strings>(answer, "text_more").back(), testing::HasSubstr(" and 95925 octets more"));
}

TEST(TelemetryAnswer, ShowsWhatDpdkCannotWrite) {
  TelemetryAnswer answer;
  answer.Add("text", "a\xC3\xA9\n\"\\");
  EXPECT_EQ(Value<std::string>(answer, "text"), "a\\xc3\\xa9\\x0a\"\\");
}

TEST(TelemetryAnswer, TakesRowsUntilOneDoesNotFit) {
  for (const size_t width : {1u, 50u, 127u}) {
    TelemetryAnswer answer;
    answer.StartTable({{"number", Kind::kNumber}, {"text", Kind::kText}});
    size_t rows = 0;
    while (answer.AddRow({UINT64_MAX, std::string(width, '\\')})) ++rows;
    EXPECT_EQ(Value<std::vector<uint64_t>>(answer, "number").size(), rows);
    EXPECT_EQ(Value<Strings>(answer, "text").size(), rows);
    EXPECT_GE(rows, 50u);
    answer.Add("next", std::string(TelemetryAnswer::kMostText, '\\'));
    EXPECT_LE(answer.octets(), TelemetryAnswer::kMostOctets);
  }
  TelemetryAnswer answer;
  answer.StartTable({{"number", Kind::kNumber}});
  size_t rows = 0;
  while (answer.AddRow({uint64_t{1}})) ++rows;
  EXPECT_EQ(rows, TelemetryAnswer::kMostItems);
}

TEST(TelemetryAnswer, HasItsColumnsWithoutRowsToo) {
  TelemetryAnswer answer;
  answer.StartTable({{"number", Kind::kNumber}, {"text", Kind::kText}});
  EXPECT_TRUE(Value<std::vector<uint64_t>>(answer, "number").empty());
  EXPECT_TRUE(Value<Strings>(answer, "text").empty());
}

TEST(ListText, IsWholeOrSaysHowManyAreMissing) {
  EXPECT_EQ(ListText({}, "/mgm/route,G,S"), "");
  EXPECT_EQ(ListText({"dn1"}, "/mgm/route,G,S"), "dn1");
  EXPECT_EQ(ListText({"dn1", "dn2"}, "/mgm/route,G,S"), "dn1, dn2");
  const std::string command = "/mgm/route,255.255.255.255/32,255.255.255.255";
  for (size_t count = 1; count < 400; ++count) {
    Strings names;
    for (size_t i = 0; i < count; ++i) names.push_back("if" + std::to_string(i));
    const std::string text = ListText(names, command);
    EXPECT_LE(text.size(), TelemetryAnswer::kMostText);
    std::string whole;
    for (const std::string& name : names) whole += (whole.empty() ? "" : ", ") + name;
    if (whole.size() <= TelemetryAnswer::kMostText) {
      EXPECT_EQ(text, whole);
      continue;
    }
    // What is shown is a beginning of the list, and the rest is counted.
    const size_t and_at = text.find(" and ");
    ASSERT_NE(and_at, std::string::npos) << text;
    const std::string shown = text.substr(0, and_at);
    EXPECT_EQ(whole.substr(0, shown.size() + 2), shown + ", ");
    const auto commas = static_cast<size_t>(std::count(shown.begin(), shown.end(), ','));
    EXPECT_EQ(text.substr(and_at), " and " + std::to_string(count - commas - 1) + " more: " + command);
  }
}

TEST(ListText, LeavesOutWhatIsTooLongByItself) {
  EXPECT_EQ(ListText({std::string(200, 'x')}, "/mgm/x"), "1 more: /mgm/x");
}

}  // namespace
}  // namespace mgmd::plane
