// Invariant: what is allowed and silently does something else than it seems to say is told, with
// the lines of both sides.

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "control/config/config.h"

namespace mgmd::config {
namespace {

constexpr const char* kBase = R"([dpdk]
workers = [1]
[[interface]]
name = "a"
device = "net_null0"
[[interface]]
name = "b"
device = "net_null1"
[[interface]]
name = "c"
device = "net_null2"
[protocol.static]
interfaces = ["a", "b", "c"]
)";  // 13 lines; the first mroute is at line 14

std::string Mroute(const std::string& from, const std::string& group, const std::string& to,
                   const std::string& source = "") {
  std::string text =
      absl::StrCat("[[protocol.static.mroute]]\nfrom = \"", from, "\"\ngroup = \"", group, "\"\nto = [", to, "]\n");
  if (!source.empty()) absl::StrAppend(&text, "source = \"", source, "\"\n");
  return text;
}

std::string Warnings(const std::string& mroutes) {
  const Result result = Parse(kBase + mroutes, "x.toml");
  EXPECT_EQ(result.ErrorText(), "");
  return result.WarningText();
}

TEST(Warning, ARouteTheOtherWayInsideARangeNamesBoth) {
  constexpr const char* kSays =
      " only, and no more from \"a\" as 239.0.0.0/8 at line 14 says; a route with a source leaves "
      "other sources as "
      "they are\n";
  const std::string wide = Mroute("a", "239.0.0.0/8", "\"b\"");
  EXPECT_EQ(Warnings(wide + Mroute("b", "239.1.1.1", "\"a\"")),
            absl::StrCat("x.toml:18:1: protocol.static.mroute: warning: 239.1.1.1 is taken from \"b\"", kSays));
  // To somewhere else, or from where the range does not go.
  EXPECT_EQ(Warnings(wide + Mroute("b", "239.1.0.0/16", "\"c\"")),
            absl::StrCat("x.toml:18:1: protocol.static.mroute: warning: 239.1.0.0/16 is taken from \"b\"", kSays));
  EXPECT_EQ(Warnings(wide + Mroute("c", "239.1.1.1", "\"a\"")),
            absl::StrCat("x.toml:18:1: protocol.static.mroute: warning: 239.1.1.1 is taken from \"c\"", kSays));
  // Whichever comes first.
  EXPECT_EQ(Warnings(Mroute("b", "239.1.1.1", "\"a\"") + wide),
            "x.toml:14:1: protocol.static.mroute: warning: 239.1.1.1 is taken from \"b\" only, and no "
            "more from \"a\" as "
            "239.0.0.0/8 at line 18 says; a route with a source leaves other sources as they are\n");
}

TEST(Warning, TheNearestRangeIsTheOneThatLosesTheGroup) {
  EXPECT_EQ(Warnings(Mroute("a", "239.0.0.0/8", "\"b\"") + Mroute("c", "239.1.0.0/16", "\"b\"") +
                     Mroute("b", "239.1.1.1", "\"c\"")),
            "x.toml:22:1: protocol.static.mroute: warning: 239.1.1.1 is taken from \"b\" only, and no "
            "more from \"c\" as "
            "239.1.0.0/16 at line 18 says; a route with a source leaves other sources as they are\n");
}

TEST(Warning, ARangeThatEndsBeforeTheGroupIsNotTheNearest) {
  EXPECT_EQ(Warnings(Mroute("a", "239.0.0.0/8", "\"b\"") + Mroute("a", "239.1.0.0/16", "\"b\"") +
                     Mroute("a", "239.1.1.0/24", "\"b\"") + Mroute("b", "239.2.1.1", "\"a\"")),
            "x.toml:26:1: protocol.static.mroute: warning: 239.2.1.1 is taken from \"b\" only, and no "
            "more from \"a\" as "
            "239.0.0.0/8 at line 14 says; a route with a source leaves other sources as they are\n");
}

TEST(Warning, NoneWhereTheNarrowRouteSaysWhatItDoes) {
  const std::string wide = Mroute("a", "239.0.0.0/8", "\"b\"");
  EXPECT_EQ(Warnings(wide + Mroute("a", "239.1.1.1", "\"c\"")), "");              // the same way
  EXPECT_EQ(Warnings(wide + Mroute("c", "239.1.1.1", "\"b\"")), "");              // another input
  EXPECT_EQ(Warnings(wide + Mroute("b", "239.1.1.1", "\"a\"", "10.0.0.1")), "");  // one source
  EXPECT_EQ(Warnings(wide + Mroute("b", "238.1.1.1", "\"a\"")), "");              // outside
}

}  // namespace
}  // namespace mgmd::config
