#ifndef MGMD_CONTROL_CONFIG_COMMAND_LINE_H_
#define MGMD_CONTROL_CONFIG_COMMAND_LINE_H_

// mgmd's command line:
//
//   mgmd --config FILE [--check] [--exit-when-idle MS] [--summary FILE] [--events FILE] [-- EAL-ARGS]

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mgmd::config {

struct CommandLine {
  std::string config;
  bool check = false;                                       // only read the configuration and say what is wrong
  std::optional<std::chrono::milliseconds> exit_when_idle;  // stop when no packet arrived for that long
  std::string summary;                                      // path; empty: none
  std::string events;                                       // path; empty: none
  std::vector<std::string> eal_args;                        // what follows `--`, as it is
};

// Nothing to run: mgmd prints `text` and exits with `status`. Help and version go to standard output with status 0,
// a mistake goes to standard error with kUsageStatus.
struct Quit {
  std::string text;
  int status = 0;
};

// Exit statuses, as --help tells them.
inline constexpr int kSuccessStatus = 0;
inline constexpr int kFailureStatus = 1;  // the configuration has errors, or mgmd could not start
inline constexpr int kUsageStatus = 2;    // the command line has a mistake

std::variant<CommandLine, Quit> ParseCommandLine(int argc, const char* const* argv);

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_COMMAND_LINE_H_
