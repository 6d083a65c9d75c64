// Invariant: whatever a file holds, reading it ends, and each of its errors is one line with a place in the file.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "control/config/config.h"

namespace mgmd::config {
namespace {

class Mutations {
 public:
  explicit Mutations(uint32_t seed) : random_(seed) {}

  void Apply(std::string* text) {
    static constexpr const char* kPieces[] = {"\"", "[",  "]",  "[[",       "{",    "}",         "=",   ".",
                                              "'",  "#",  "0",  "-1",       "true", "inf",       "up0", "239.1.1.1",
                                              "/",  "\n", "\r", "\xC3\xA9", "\xFF", "1979-05-27"};
    const size_t place = Below(text->size());
    switch (Below(4)) {
      case 0:
        text->erase(place, 1 + Below(20));
        break;
      case 1:
        text->insert(place, kPieces[Below(std::size(kPieces))]);
        break;
      case 2:
        text->insert(place, text->substr(Below(text->size()), Below(200)));
        break;
      default:
        (*text)[place] = static_cast<char>(Below(256));
    }
  }

  size_t Below(size_t bound) { return random_() % bound; }

 private:
  std::mt19937 random_;
};

TEST(Mutations, OfAGoodFileGiveErrorsOnOneLineWithAPlace) {
  std::ifstream file(SOURCE_ROOT "/tests/unit/config/contract.toml");
  const std::string good{std::istreambuf_iterator<char>(file), {}};
  ASSERT_FALSE(good.empty());
  Mutations mutations(20250101);
  size_t refused = 0;
  for (int round = 0; round < 1000; ++round) {
    std::string text = good;
    for (size_t slips = 1 + mutations.Below(4); slips > 0; --slips) mutations.Apply(&text);
    const Result result = Parse(text, "x.toml", {.eal_args = {}, .rooms = kAllRooms});
    refused += result.ok() ? 0 : 1;
    for (const Error& error : result.errors) {
      ASSERT_EQ(error.ToString().find_first_of("\n\r"), std::string::npos) << error.ToString() << text;
      ASSERT_GE(error.line, 1) << error.ToString() << text;
      ASSERT_GE(error.column, 1) << error.ToString() << text;
      ASSERT_FALSE(error.key.empty()) << error.ToString() << text;
    }
  }
  EXPECT_GT(refused, 500U);
}

}  // namespace
}  // namespace mgmd::config
