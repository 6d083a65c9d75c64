#include "control/config/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/str_join.h"

namespace mgmd::config {
namespace {

constexpr const char* kDescription =
    "mgmd is a multicast router: DPDK worker cores replicate multicast packets to the interfaces\n"
    "behind which their receivers are, and a control thread runs the Multicast Group Manager and\n"
    "the routing protocols.\n";

constexpr const char* kFooter =
    R"(  -- EAL-ARGS               Arguments for DPDK, after those of [dpdk] eal_args

Examples:
  mgmd --config mgmd.toml --check
      Say what is wrong with the configuration, a line "file:line:column: key: ..." an error.
  mgmd --config mgmd.toml --summary summary.json
      Forward until SIGINT or SIGTERM, then write the summary. SIGUSR1 writes it at any time.
  mgmd --config mgmd.toml --exit-when-idle 1000 --events /dev/stdout -- --file-prefix=second
      Forward until no packet has come for a second, telling each event as a line of JSON.

Exit status:
  0  stopped as asked; with --check: the configuration has no errors
  1  the configuration has errors, DPDK or a device would not start, the stop was cut short, or
     the summary was not written at the end
  2  the command line has a mistake)";

class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(28); }
  std::string make_usage(const CLI::App*, std::string) const override {
    return "Usage: mgmd --config FILE [OPTION]... [-- EAL-ARGS]\n";
  }
  // Without what CLI11 adds of its own, such as "REQUIRED".
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_type_name().empty() ? "" : " " + option->get_type_name();
  }
};

struct Separated {
  std::vector<std::string> own;
  std::vector<std::string> eal;
};

// Everything after the first "--" is EAL's, whatever it looks like.
Separated Separate(int argc, const char* const* argv) {
  const auto* end = argv + argc;
  const auto* dashes = std::find_if(argv + 1, end, [](const char* each) { return std::strcmp(each, "--") == 0; });
  return {{argv + 1, dashes}, {std::min(dashes + 1, end), end}};
}

}  // namespace

std::variant<CommandLine, Quit> ParseCommandLine(int argc, const char* const* argv) {
  CommandLine line;
  Separated arguments = Separate(argc, argv);
  line.eal_args = std::move(arguments.eal);
  int64_t idle = 0;

  CLI::App app(kDescription, "mgmd");
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(kFooter);
  app.set_help_flag("-h,--help", "Print this and exit");
  app.set_version_flag("--version", "mgmd " MGMD_VERSION, "Print the version and exit");
  app.add_option("--config", line.config, "The configuration, a TOML file")->type_name("FILE")->required();
  app.add_flag("--check", line.check, "Only check the configuration; neither DPDK nor a device is touched");
  CLI::Option* idle_option =
      app.add_option("--exit-when-idle", idle, "Stop when no packet has arrived for that many milliseconds")
          ->type_name("MS")
          ->check(CLI::Range(int64_t{1}, int64_t{86'400'000}).description(""));
  app.add_option("--summary", line.summary, "Write routes, ports and drops as JSON here at the end and on SIGUSR1")
      ->type_name("FILE");
  app.add_option("--events", line.events, "Write each event as a line of JSON here as it happens")->type_name("FILE");

  try {
    std::reverse(arguments.own.begin(), arguments.own.end());  // as CLI11 wants them
    app.parse(arguments.own);
  } catch (const CLI::CallForHelp&) {
    return Quit{app.help(), kSuccessStatus};
  } catch (const CLI::CallForVersion& version) {
    return Quit{std::string(version.what()) + "\n", kSuccessStatus};
  } catch (const CLI::ExtrasError&) {
    return Quit{"mgmd: not expected: " + absl::StrJoin(app.remaining(), " ") +
                    "\nArguments for DPDK go after \"--\". mgmd --help tells more.\n",
                kUsageStatus};
  } catch (const CLI::ParseError& error) {
    return Quit{std::string("mgmd: ") + error.what() + "\nmgmd --help tells more.\n", kUsageStatus};
  }
  if (idle_option->count() > 0) line.exit_when_idle = std::chrono::milliseconds(idle);
  return line;
}

}  // namespace mgmd::config
