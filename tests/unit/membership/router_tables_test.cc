// What each record makes of each state (RFC 9776 section 6.4), what it has the querier ask, and what then becomes of
// it: as rows, in both families. What hosts want is told by the calls that go to the Group Manager.

#include <gtest/gtest.h>

#include <sstream>

#include "tests/unit/membership/router_world.h"

namespace mgmd::membership {
namespace {

struct Row {
  int number;
  const char* before;
  const char* heard;  // "TO_EX(a,b)", "IS_IN(a) @0.5"
  const char* sent;
  const char* after;  // "E270 X{a:2} Y{b} @0"; several, in order
  const char* calls;
};

// "A; B" taken apart.
std::vector<std::string> Parts(const std::string& text) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, ';');) {
    part.erase(0, part.find_first_not_of(' '));
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}
// Takes the time off its end: "A @0.5". None is 0.
double TakeTime(std::string& part) {
  const size_t at = part.find(" @");
  if (at == std::string::npos) return 0;
  const double time = std::stod(part.substr(at + 2));
  part.erase(at);
  return time;
}

const Row kRows[] = {
    {12, "", "IS_EX()", "", "E270 @0", "+* @0"},
    {13, "", "IS_IN(); TO_IN(); BLOCK(a); ALLOW()", "", " @0", ""},
    {14, "", "IS_IN(a,b)", "", "I{a:270,b:270} @0", "+a @0; +b @0"},
    {15, "I{a:260,b:260}", "ALLOW(b,c)", "", "I{a:260,b:270,c:270} @0", "+c @0"},
    {16, "I{a:100,b:100}", "IS_EX(b,c)", "", "E270 X{b:100} Y{c} @0", "+* @0; !c @0; -a @0; -b @0"},
    {17, "E100 X{a:50} Y{b}", "IS_IN(a,b,c)", "", "E100 X{a:270,b:270,c:270} @0", "^b @0"},
    {18, "E100 X{a:50,b:60} Y{c,d}", "IS_EX(b,c,e)", "", "E270 X{b:60,e:270} Y{c} @0", "^d @0"},
    {19, "E100 X{a:5}", "", "", "E95 Y{a} @5", "!a @5"},
    {20, "E5 X{a:50} Y{b}", "", "", "I{a:45} @5", "+a @5; -* @5"},
    {21, "E5 Y{b}", "", "", " @5", "-* @5"},
    {22, "I{a:5,b:50}", "", "", "I{b:45} @5; @50", "-a @5; -b @50"},
    {23, "I{a:100,b:100}", "BLOCK(a)", "Qa @0; Qa @1", "I{a:2,b:100} @0; I{b:98} @2", "-a @2"},
    {24, "I{a:100,b:100}", "BLOCK(a); IS_IN(a) @0.5", "Qa @0; Qa/S @1", "I{a:270,b:99.5} @0.5; I{a:260.5,b:90} @10",
     ""},
    {25, "I{a:100,b:100}", "BLOCK(a); BLOCK(b) @0.4", "Qa @0; Qab @0.4; Qb @1.4", "I{b:0.4} @2; @2.4",
     "-a @2; -b @2.4"},
    {26, "I{a:100,b:100}", "BLOCK(a); BLOCK(a) @0.3", "Qa @0; Qa @1", "I{a:1.7,b:99.7} @0.3; I{b:98} @2", "-a @2"},
    {27, "I{a:100,b:100,c:50}", "TO_IN(c)", "Qab @0; Qab @1", "I{a:2,b:2,c:270} @0; I{c:268} @2", "-a @2; -b @2"},
    {28, "I{a:100}", "TO_EX(a,b)", "Qa @0; Qa @1", "E270 X{a:2} Y{b} @0; E268 Y{a,b} @2", "+* @0; !b @0; -a @0; !a @2"},
    {29, "E200 X{a:100} Y{b}", "BLOCK(a,b,c)", "Qac @0; Qac @1", "E200 X{a:2,c:2} Y{b} @0; E198 Y{a,b,c} @2",
     "!a @2; !c @2"},
    {30, "E200 X{a:100} Y{b}", "TO_EX(b,c)", "Qc @0; Qc @1", "E270 X{c:2} Y{b} @0; E268 Y{b,c} @2", "!c @2"},
    {30, "N E200 X{a:100} Y{b}", "TO_EX(b,c)", "", "E270 X{c:200} Y{b} @0", ""},
    {31, "E200 X{a:100} Y{b}", "TO_IN(b)", "Q @0; Qa @0; Q @1; Qa @1", "E2 X{a:2,b:270} @0; I{b:268} @2",
     "^b @0; +b @2; -* @2"},
    {32, "E200", "TO_IN()", "Q @0; Q @1", "E2 @0; @2", "-* @2"},
    {33, "E200", "TO_IN(); IS_EX() @0.7", "Q @0; Q/S @1", "E270 @0.7", ""},
    {34, "E200", "TO_IN(); TO_IN() @0.4", "Q @0; Q @1", "E1.6 @0.4; @2", "-* @2"},
    {35, "N E200", "TO_IN()", "", "E200 @0", ""},
    {67, "N E200 X{a:100} Y{b}", "BLOCK(c); Qc @0.1", "", "E200 X{a:100,c:200} Y{b} @0; E199.9 X{a:99.9,c:2} Y{b} @0.1",
     "!c @2.1"},
};

template <class Family>
void Check(const Row& row) {
  SCOPED_TRACE("row " + std::to_string(row.number) + " of " + std::string(Family::kName));
  struct Step {
    double at;
    std::string heard, state;
  };
  std::vector<Step> steps;
  for (std::string part : Parts(row.heard)) {
    const double at = TakeTime(part);
    steps.push_back({at, part, ""});
  }
  for (std::string part : Parts(row.after)) {
    if (part[0] == '@') part.insert(0, " ");  // nothing is left
    const double at = TakeTime(part);
    steps.push_back({at, "", part});
  }
  std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.at < b.at; });

  RouterWorld<Family> world;
  world.Before(row.before);
  for (const Step& step : steps) {
    if (step.heard.empty()) {
      world.RunTo(step.at);
      EXPECT_EQ(world.State(), step.state) << "at " << step.at;
    } else if (step.heard[0] == 'Q') {
      world.AskedAbout(step.at, step.heard.substr(1));
    } else {
      world.Hear(step.at, step.heard);
    }
  }
  world.RunTo(std::max(10.0, world.now()));
  EXPECT_EQ(world.sent(), row.sent);
  EXPECT_EQ(world.calls(), row.calls);
}

TEST(RouterTables, IgmpRows) {
  for (const Row& row : kRows) Check<Ipv4>(row);
}
TEST(RouterTables, MldRows) {
  for (const Row& row : kRows) Check<Ipv6>(row);
}

}  // namespace
}  // namespace mgmd::membership
