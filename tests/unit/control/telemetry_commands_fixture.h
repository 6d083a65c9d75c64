#ifndef MGMD_TESTS_UNIT_CONTROL_TELEMETRY_COMMANDS_FIXTURE_H_
#define MGMD_TESTS_UNIT_CONTROL_TELEMETRY_COMMANDS_FIXTURE_H_

// Telemetry commands over a source that a test fills. Every answer is held against DPDK's limits, and every page
// against what control reads in one turn.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/api/telemetry_commands.h"
#include "tests/fakes/fake_source.h"
#include "tests/support/telemetry_value.h"

namespace mgmd::api {

using fakes::FakeSource;
using plane::TelemetryAnswer;
using support::Value;
using Numbers = std::vector<uint64_t>;
using Strings = std::vector<std::string>;

inline void ExpectFits(const TelemetryAnswer& answer) {
  EXPECT_LE(answer.octets(), TelemetryAnswer::kMostOctets);
  EXPECT_LE(answer.members().size(), TelemetryAnswer::kMostMembers);
  for (const TelemetryAnswer::Member& member : answer.members()) {
    EXPECT_LE(member.name.size(), TelemetryAnswer::kMostText);
    if (const auto* text = std::get_if<std::string>(&member.value)) {
      EXPECT_LE(text->size(), TelemetryAnswer::kMostText);
    }
    if (const auto* texts = std::get_if<Strings>(&member.value)) {
      EXPECT_LE(texts->size(), TelemetryAnswer::kMostItems);
      for (const std::string& text : *texts) EXPECT_LE(text.size(), TelemetryAnswer::kMostText) << text;
    }
    if (const auto* numbers = std::get_if<Numbers>(&member.value)) {
      EXPECT_LE(numbers->size(), TelemetryAnswer::kMostItems);
    }
  }
}

class Commands : public ::testing::Test {
 protected:
  config::Config MakeConfig() {
    config::Config config;
    for (uint32_t index = 1; index <= 2000; ++index) {
      config::Interface interface;
      interface.name = "dn" + std::to_string(index);
      interface.id = {index, {}};
      config.interfaces.push_back(interface);
    }
    return config;
  }
  TelemetryAnswer Ask(const std::string& line) {
    const size_t comma = line.find(',');
    for (const TelemetryCommands::Command& command : commands.All()) {
      EXPECT_LT(command.help.size(), 64u) << "DPDK takes no longer help";
      if (command.name != line.substr(0, comma)) continue;
      source.ResetLimits();
      TelemetryAnswer answer = command.run(comma == std::string::npos ? "" : line.substr(comma + 1));
      ExpectFits(answer);
      EXPECT_LE(source.most_rows(), views::kMostRows);
      return answer;
    }
    ADD_FAILURE() << "no command " << line;
    return {};
  }
  // All pages from the command on; at most `most` of them.
  std::vector<TelemetryAnswer> Pages(std::string line, size_t most = 100000) {
    std::vector<TelemetryAnswer> pages;
    while (!line.empty() && pages.size() < most) {
      pages.push_back(Ask(line));
      line = Value<std::string>(pages.back(), "next");
    }
    EXPECT_EQ(line, "") << "there is no end";
    return pages;
  }
  template <class T>
  std::vector<T> Column(const std::vector<TelemetryAnswer>& pages, std::string_view name) {
    std::vector<T> column;
    for (const TelemetryAnswer& page : pages) {
      const auto rows = Value<std::vector<T>>(page, name);
      column.insert(column.end(), rows.begin(), rows.end());
    }
    return column;
  }

  FakeSource source;
  const views::InterfaceNames names{MakeConfig()};
  // What is answered to a release and a shutdown.
  absl::StatusOr<std::vector<views::Release>> releases = std::vector<views::Release>{{.interface = InterfaceId{1, {}}}};
  absl::StatusOr<views::Shutdown> shutdown = views::Shutdown();
  std::optional<std::string> released_family;  // that of the last release
  TelemetryCommands commands{source,
                             names,
                             {.release =
                                  [this](std::string_view, std::string_view, std::string_view family) {
                                    released_family = family;
                                    return releases;
                                  },
                              .shut_down = [this](std::string_view) { return shutdown; }}};
};

}  // namespace mgmd::api

#endif  // MGMD_TESTS_UNIT_CONTROL_TELEMETRY_COMMANDS_FIXTURE_H_
