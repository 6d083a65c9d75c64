// Invariant: docs/dataplane-rules.md says of every drop reason what the code says of it, every test
// that it names is there and counts the reason, and every case of a rule stands in that rule's row.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/drop_reason.h"
#include "tests/pipeline/case_files.h"

namespace mgmd::pipeline {
namespace {

const std::filesystem::path kRoot = MGMD_ROOT;
const std::filesystem::path kCases = kRoot / "tests/pipeline/cases";

std::string Trim(const std::string& text) {
  const size_t begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

using Row = std::vector<std::string>;

// The rows of the table under a heading, without its head.
std::vector<Row> Table(const std::string& heading) {
  std::ifstream file(kRoot / "docs/dataplane-rules.md");
  std::vector<Row> rows;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) inside = line == "## " + heading;
    if (!inside || !line.starts_with("| ")) continue;
    Row row;
    size_t begin = 1;
    for (size_t end; (end = line.find('|', begin)) != std::string::npos; begin = end + 1) {
      row.push_back(Trim(line.substr(begin, end - begin)));
    }
    rows.push_back(row);
  }
  if (!rows.empty()) rows.erase(rows.begin());
  return rows;
}

// What stands in backticks.
std::vector<std::string> Names(const std::string& cell) {
  std::vector<std::string> names;
  for (size_t begin = cell.find('`'); begin != std::string::npos;) {
    const size_t end = cell.find('`', begin + 1);
    names.push_back(cell.substr(begin + 1, end - begin - 1));
    begin = cell.find('`', end + 1);
  }
  return names;
}

bool IsFile(const std::string& test) { return test.starts_with("tests/"); }

std::string ScopeName(DropScope scope) {
  switch (scope) {
    case DropScope::kPacket:
      return "packet";
    case DropScope::kCopy:
      return "copy";
    case DropScope::kDevice:
      return "device";
  }
  return "";
}

void ExpectTestIsThere(const std::string& test) {
  if (IsFile(test)) {
    EXPECT_TRUE(std::filesystem::is_regular_file(kRoot / test));
  } else {
    EXPECT_TRUE(std::filesystem::is_directory(kCases / test));
  }
}

TEST(RulesTableTest, SaysOfEveryDropReasonWhatTheCodeSays) {
  const std::vector<Row> rows = Table("Drop reasons");
  ASSERT_EQ(rows.size(), kDropReasons);
  for (size_t i = 0; i < kDropReasons; ++i) {
    const DropReasonInfo& info = Info(DropReason(i));
    SCOPED_TRACE(info.name);
    ASSERT_EQ(rows[i].size(), 5U);
    EXPECT_EQ(rows[i][0], "`" + std::string(info.name) + "`");
    EXPECT_EQ(rows[i][1], ScopeName(info.scope));
    EXPECT_EQ(rows[i][2], info.rule);
    EXPECT_EQ(rows[i][3], info.description);
  }
}

TEST(RulesTableTest, NamesForEveryDropReasonATestThatCountsIt) {
  for (const Row& row : Table("Drop reasons")) {
    const std::string reason = Names(row[0]).at(0);
    SCOPED_TRACE(reason);
    // The devices of the tests lose nothing.
    EXPECT_EQ(Names(row[4]).empty(), row[1] == "device");
    for (const std::string& test : Names(row[4])) {
      SCOPED_TRACE(test);
      ExpectTestIsThere(test);
      if (IsFile(test)) continue;
      EXPECT_TRUE(ReadCase(kCases / test).summary.at("drops").contains(reason));
    }
  }
}

TEST(RulesTableTest, NamesForEveryRuleTestsThatAreThere) {
  std::set<std::string> reasons;
  for (size_t i = 0; i < kDropReasons; ++i) reasons.emplace(Name(DropReason(i)));
  for (const Row& row : Table("Rules")) {
    SCOPED_TRACE("rule " + row.at(0));
    ASSERT_EQ(row.size(), 5U);
    EXPECT_FALSE(Names(row[3]).empty());
    for (const std::string& test : Names(row[3])) {
      SCOPED_TRACE(test);
      ExpectTestIsThere(test);
    }
    for (const std::string& reason : Names(row[4])) EXPECT_TRUE(reasons.contains(reason)) << reason;
  }
}

TEST(RulesTableTest, HasEveryCaseOfARuleInItsRow) {
  std::map<std::string, std::set<std::string>> tests;  // by rule
  for (const Row& row : Table("Rules")) {
    for (const std::string& test : Names(row[3])) tests[row[0]].insert(test);
  }
  for (const std::string& name : CaseNames(kCases)) {
    if (!name.starts_with("rule-")) continue;
    const std::string rule = std::to_string(std::stoi(name.substr(5, 2)));
    // The other family's stands for itself.
    const std::string both = name.ends_with("-ipv6") ? name.substr(0, name.size() - 5) : name;
    EXPECT_TRUE(tests[rule].contains(both)) << name;
  }
}

}  // namespace
}  // namespace mgmd::pipeline
