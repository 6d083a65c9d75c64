#ifndef MGMD_TESTS_UNIT_CONFIG_BAD_FILE_H_
#define MGMD_TESTS_UNIT_CONFIG_BAD_FILE_H_

// Tables of configuration files with errors, and the exact errors they get.
//
// A row's text stands at the beginning of the file, so that its first line is line 1, and its table's base after it.
// Texts open with a newline, which is not part of the file.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "control/config/config.h"

namespace mgmd::config {

inline constexpr std::string_view kDpdkBase = R"(
[dpdk]
workers = [1]
)";

inline constexpr std::string_view kRouterBase = R"(
[dpdk]
workers = [1]
[[interface]]
name = "up0"
device = "net_null0"
addresses = ["10.0.0.254/24"]
[[interface]]
name = "dn1"
device = "net_null1"
addresses = ["10.1.0.254/24"]
boundary = ["239.128.0.0/16"]
[[interface]]
name = "dn1v100"
parent = "dn1"
vlan = 100
)";

struct BadFile {
  std::string_view what;
  std::string text;
  std::vector<std::string> errors;  // without the file's name before the line

  friend void PrintTo(const BadFile& file, std::ostream* out) { *out << file.what; }
};

// "a worker twice" as a test's name.
inline std::string TestName(const testing::TestParamInfo<BadFile>& info) {
  std::string name(info.param.what);
  for (char& letter : name) {
    if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
  }
  return name;
}

inline void ExpectErrors(const BadFile& file, std::string_view base, const BuiltRooms& rooms) {
  const std::string text = file.text.substr(1) + std::string(base.empty() ? "" : base.substr(1));
  std::vector<std::string> expected;
  for (const std::string& error : file.errors) expected.push_back("x.toml:" + error);
  std::vector<std::string> found;
  for (const Error& error : Parse(text, "x.toml", {.eal_args = {}, .rooms = rooms}).errors)
    found.push_back(error.ToString());
  EXPECT_THAT(found, testing::ElementsAreArray(expected));
}

}  // namespace mgmd::config

#endif  // MGMD_TESTS_UNIT_CONFIG_BAD_FILE_H_
