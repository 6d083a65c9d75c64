// Invariant: whatever octets are in a text, what is written is JSON.

#include "control/api/json_text.h"

#include <gtest/gtest.h>

#include <string>

namespace mgmd::api {
namespace {

using Json = nlohmann::ordered_json;

TEST(JsonText, OctetsThatAreNoUtf8AreReplaced) {
  EXPECT_EQ(JsonText({{"a", "x\xff"}}), "{\"a\":\"x\ufffd\"}");
  EXPECT_EQ(JsonText({{"a", "\u20ac"}}), "{\"a\":\"\u20ac\"}");
  EXPECT_EQ(JsonText({{"a", std::string("\u20ac").substr(0, 2)}}), "{\"a\":\"\ufffd\"}");
  EXPECT_EQ(JsonText({{"\xff", 1}}), "{\"\ufffd\":1}");
  EXPECT_EQ(JsonText(Json::array({"\xff"}), 1), "[\n \"\ufffd\"\n]");
}

TEST(JsonText, EveryOctetGivesWhatParses) {
  for (int first = 1; first < 256; ++first) {
    for (int second = 1; second < 256; ++second) {
      const std::string octets{static_cast<char>(first), static_cast<char>(second)};
      EXPECT_TRUE(Json::accept(JsonText({{"a", octets}}))) << first << " " << second;
    }
  }
}

}  // namespace
}  // namespace mgmd::api
