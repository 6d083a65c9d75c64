// Invariant: each option arrives as its value, what comes after "--" arrives untouched, a mistake is told with its
// reason.

#include "control/config/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mgmd::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::variant<CommandLine, Quit> Read(std::vector<const char*> args) {
  args.insert(args.begin(), "build/control/mgmd");
  return ParseCommandLine(static_cast<int>(args.size()), args.data());
}

CommandLine Good(const std::vector<const char*>& args) {
  const auto read = Read(args);
  if (const auto* quit = std::get_if<Quit>(&read)) {
    ADD_FAILURE() << quit->text;
    return {};
  }
  return std::get<CommandLine>(read);
}

TEST(CommandLine, NeedsOnlyTheConfiguration) {
  const CommandLine line = Good({"--config", "mgmd.toml"});
  EXPECT_EQ(line.config, "mgmd.toml");
  EXPECT_FALSE(line.check);
  EXPECT_EQ(line.exit_when_idle, std::nullopt);
  EXPECT_EQ(line.summary, "");
  EXPECT_EQ(line.events, "");
  EXPECT_THAT(line.eal_args, IsEmpty());
}

TEST(CommandLine, TakesEachOptionInAnyOrder) {
  const CommandLine line =
      Good({"--events=e.jsonl", "--check", "--summary", "s.json", "--exit-when-idle", "250", "--config=c"});
  EXPECT_EQ(line.config, "c");
  EXPECT_TRUE(line.check);
  EXPECT_EQ(line.exit_when_idle, std::chrono::milliseconds(250));
  EXPECT_EQ(line.summary, "s.json");
  EXPECT_EQ(line.events, "e.jsonl");
}

TEST(CommandLine, HandsOnWhatIsBehindTheDashesAsItIs) {
  EXPECT_THAT(Good({"--config", "c", "--", "-l", "0-1", "--help", "--config", "--", ""}).eal_args,
              ElementsAre("-l", "0-1", "--help", "--config", "--", ""));
  EXPECT_THAT(Good({"--config", "c", "--"}).eal_args, IsEmpty());
}

TEST(CommandLine, HelpTellsTheOptionsExamplesAndStatuses) {
  for (const char* option : {"--help", "-h"}) {
    const auto quit = std::get<Quit>(Read({option}));
    EXPECT_EQ(quit.status, kSuccessStatus);
    for (const char* text :
         {"Usage: mgmd --config FILE [OPTION]... [-- EAL-ARGS]\n", "--config FILE ", "--check ", "--exit-when-idle MS ",
          "--summary FILE ", "--events FILE ", "--version ", "-- EAL-ARGS ", "Examples:\n", "Exit status:\n"}) {
      EXPECT_THAT(quit.text, HasSubstr(text));
    }
  }
}

TEST(CommandLine, HelpFitsAScreenOf100Columns) {
  const std::string text = std::get<Quit>(Read({"--help"})).text;
  size_t column = 0;
  for (const char letter : text) {
    column = letter == '\n' ? 0 : column + 1;
    ASSERT_LE(column, 100U) << text;
  }
  EXPECT_EQ(text.back(), '\n');
}

TEST(CommandLine, TellsItsVersion) {
  const auto quit = std::get<Quit>(Read({"--version"}));
  EXPECT_EQ(quit.status, kSuccessStatus);
  EXPECT_THAT(quit.text, testing::MatchesRegex("mgmd [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(CommandLine, RefusesMistakesWithAReason) {
  const struct {
    std::vector<const char*> args;
    const char* reason;
  } rows[] = {
      {{}, "--config is required"},
      {{"--check"}, "--config is required"},
      {{"--config"}, "--config: 1 required FILE missing"},
      {{"--config", "--"}, "--config: 1 required FILE missing"},
      {{"c"}, "--config is required"},
      {{"--config", "c", "--exit-when-idle", "0"}, "--exit-when-idle: Value 0 not in range 1 to 86400000"},
      {{"--config", "c", "--exit-when-idle", "-5"}, "--exit-when-idle: Value -5 not in range 1 to 86400000"},
      {{"--config", "c", "--exit-when-idle", "soon"}, "--exit-when-idle: Value soon not in range 1 to 86400000"},
  };
  for (const auto& row : rows) {
    const auto read = Read(row.args);
    const auto* quit = std::get_if<Quit>(&read);
    ASSERT_NE(quit, nullptr) << row.reason;
    EXPECT_EQ(quit->status, kUsageStatus);
    EXPECT_EQ(quit->text, "mgmd: " + std::string(row.reason) + "\nmgmd --help tells more.\n");
  }
}

TEST(CommandLine, TellsWhereArgumentsForDpdkGo) {
  for (const auto& [args, what] : {std::pair<std::vector<const char*>, std::string>{{"--chekc"}, "--chekc"},
                                   {{"-l", "0-1"}, "-l 0-1"},
                                   {{"extra"}, "extra"}}) {
    std::vector<const char*> all = {"--config", "c"};
    all.insert(all.end(), args.begin(), args.end());
    const auto quit = std::get<Quit>(Read(all));
    EXPECT_EQ(quit.status, kUsageStatus);
    EXPECT_EQ(quit.text,
              "mgmd: not expected: " + what + "\nArguments for DPDK go after \"--\". mgmd --help tells more.\n");
  }
}

}  // namespace
}  // namespace mgmd::config
