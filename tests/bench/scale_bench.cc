// How what control does grows with the number of streams, interfaces, oifs, memberships and clients: everything that
// somebody may ask for or wait for, at three sizes or more, and a line for what does not grow about linearly.
//
//   scale_bench [--case NAME] [--most SIZE] [--json]
//   scale_bench --run NAME SIZE      one case at one size, as lines (used by itself)
//
// "growth" is the exponent between the two largest sizes: 1 is linear. NOT LINEAR stands where it is above 1.2 and the
// time matters. Where something is done in turns of control, the table has the 99th percentile and the longest of them.

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/bench/scale_cases.h"

namespace mgmd::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kLinear = 1.2;
constexpr double kMatters = 0.002;  // seconds: below, noise and fixed costs say more than growth

double Percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<size_t>(share * static_cast<double>(values.size())))];
}

// One case at one size, in this process.
int RunOne(const ScaleCase& scale_case, uint32_t size) {
  // Standard output is for the figures.
  spdlog::set_default_logger(spdlog::stderr_logger_mt("scale_bench"));
  spdlog::set_level(spdlog::level::err);
  Figures figures;
  scale_case.run(size, figures);
  Json times = Json::array();
  for (const Figures::Time& time : figures.times()) {
    Json one = {{"name", time.name}, {"seconds", time.seconds}};
    if (!time.turns.empty()) {
      one["turns"] = time.turns.size();
      one["p99"] = Percentile(time.turns, 0.99);
      one["longest"] = *std::max_element(time.turns.begin(), time.turns.end());
    }
    times.push_back(one);
  }
  Json amounts = Json::array();
  for (const Figures::Amount& amount : figures.amounts())
    amounts.push_back({{"name", amount.name}, {"value", amount.value}});
  std::printf("%s\n", Json({{"times", times}, {"amounts", amounts}}).dump().c_str());
  return 0;
}

// The same in a process of its own, so that neither memory nor devices are left over. Null: it failed.
Json RunApart(const ScaleCase& scale_case, uint32_t size) {
  char self[4096] = {};
  if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0) return nullptr;
  const std::string command = std::string(self) + " --run " + scale_case.name + " " + std::to_string(size);
  FILE* const output = popen(command.c_str(), "r");
  if (output == nullptr) return nullptr;
  std::string text;
  char piece[4096];
  while (const size_t read = fread(piece, 1, sizeof(piece), output)) text.append(piece, read);
  if (pclose(output) != 0) return nullptr;
  return Json::parse(text, nullptr, false);
}

std::string Text(double seconds) {
  char text[32];
  if (seconds < 1e-3) {
    std::snprintf(text, sizeof(text), "%.0f us", seconds * 1e6);
  } else if (seconds < 1) {
    std::snprintf(text, sizeof(text), "%.1f ms", seconds * 1e3);
  } else {
    std::snprintf(text, sizeof(text), "%.2f s", seconds);
  }
  return text;
}

// The rows of one case; returns them as JSON, with what is not linear.
Json Report(const ScaleCase& scale_case, uint32_t most, bool print) {
  std::vector<uint32_t> sizes;
  std::vector<Json> runs;
  for (const uint32_t size : scale_case.sizes) {
    if (size > most) continue;
    Json run = RunApart(scale_case, size);
    if (!run.is_object()) {
      std::fprintf(stderr, "scale_bench: %s failed at %u\n", scale_case.name, size);
      std::exit(1);
    }
    sizes.push_back(size);
    runs.push_back(std::move(run));
  }
  Json rows = Json::array();
  if (runs.empty()) return rows;
  if (print) {
    std::printf("\n%s\n%-36s", scale_case.of, "");
    for (const uint32_t size : sizes) std::printf("%12u", size);
    std::printf("%9s%12s%12s\n", "growth", "turn p99", "longest");
  }
  for (size_t row = 0; row < runs.back()["times"].size(); ++row) {
    const Json& largest = runs.back()["times"][row];
    Json line = {{"case", scale_case.name}, {"name", largest["name"]}, {"seconds", Json::array()}};
    for (const Json& run : runs) line["seconds"].push_back(run["times"][row]["seconds"]);
    line["sizes"] = sizes;
    if (print) {
      std::printf("%-36s", largest["name"].get<std::string>().c_str());
      for (const Json& seconds : line["seconds"]) std::printf("%12s", Text(seconds).c_str());
    }
    bool linear = true;
    if (runs.size() > 1) {
      const double before = runs[runs.size() - 2]["times"][row]["seconds"];
      const double growth = std::log(largest["seconds"].get<double>() / before) /
                            std::log(static_cast<double>(sizes.back()) / sizes[sizes.size() - 2]);
      linear = growth <= kLinear || largest["seconds"].get<double>() < kMatters;
      line["growth"] = growth;
      line["linear"] = linear;
      if (print) std::printf("%9.2f", growth);
    }
    if (largest.contains("turns")) {
      line["p99"] = largest["p99"];
      line["longest"] = largest["longest"];
      if (print) std::printf("%12s%12s", Text(largest["p99"]).c_str(), Text(largest["longest"]).c_str());
    }
    if (print) std::printf("%s\n", linear ? "" : "  NOT LINEAR");
    rows.push_back(std::move(line));
  }
  for (size_t row = 0; row < runs.back()["amounts"].size(); ++row) {
    Json line = {{"case", scale_case.name}, {"name", runs.back()["amounts"][row]["name"]}, {"amounts", Json::array()}};
    for (const Json& run : runs) line["amounts"].push_back(run["amounts"][row]["value"]);
    line["sizes"] = sizes;
    if (print) {
      std::printf("%-36s", line["name"].get<std::string>().c_str());
      for (const Json& amount : line["amounts"]) std::printf("%12.1f", amount.get<double>());
      std::printf("\n");
    }
    rows.push_back(std::move(line));
  }
  std::fflush(stdout);
  return rows;
}

const ScaleCase* FindCase(const std::string& name) {
  for (const ScaleCase& scale_case : ScaleCases()) {
    if (name == scale_case.name) return &scale_case;
  }
  std::fprintf(stderr, "scale_bench: no case %s\n", name.c_str());
  return nullptr;
}

int Main(int argc, char** argv) {
  std::string only;
  uint32_t most = UINT32_MAX;
  bool json = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--run" && i + 2 < argc) {
      const ScaleCase* scale_case = FindCase(argv[i + 1]);
      return scale_case == nullptr ? 2 : RunOne(*scale_case, static_cast<uint32_t>(std::atol(argv[i + 2])));
    }
    if (word == "--case" && i + 1 < argc) {
      only = argv[++i];
      if (FindCase(only) == nullptr) return 2;
    } else if (word == "--most" && i + 1 < argc) {
      most = static_cast<uint32_t>(std::atol(argv[++i]));
    } else if (word == "--json") {
      json = true;
    } else {
      std::fprintf(stderr, "usage: scale_bench [--case NAME] [--most SIZE] [--json]\n");
      return 2;
    }
  }
  Json rows = Json::array();
  for (const ScaleCase& scale_case : ScaleCases()) {
    if (!only.empty() && only != scale_case.name) continue;
    for (Json& row : Report(scale_case, most, !json)) rows.push_back(std::move(row));
  }
  if (json) std::printf("%s\n", rows.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace mgmd::bench

int main(int argc, char** argv) { return mgmd::bench::Main(argc, argv); }
