#include <algorithm>

#include "control/config/eal_lcores.h"
#include "control/config/sections.h"

namespace mgmd::config {
namespace {

constexpr int64_t kHighestLcore = 127;  // RTE_MAX_LCORE of Debian's DPDK is 128

// The lcores that may be workers, in words.
std::string AllowedWorkers(const EalLcores& lcores) {
  constexpr int kShown = 32;
  std::string text;
  int shown = 0;
  for (const uint32_t lcore : lcores.lcores.value_or(std::set<uint32_t>{})) {
    if (lcore == lcores.main) continue;
    if (++shown > kShown) return text + " ...";
    text += (text.empty() ? "" : ", ") + std::to_string(lcore);
  }
  return text.empty() ? "another lcore; eal_args must have it" : text;
}

void ReadWorker(const Field& field, const EalLcores& lcores, std::vector<LcoreId>* workers) {
  const auto number = field.Integer(0, kHighestLcore);
  if (!number) return;
  const auto lcore = static_cast<uint32_t>(*number);
  const std::string words = "lcore " + std::to_string(lcore);
  if (lcores.main == lcore) {
    field.Fail(words + " is the main lcore, which runs the control thread", AllowedWorkers(lcores));
  } else if (lcores.lcores && !lcores.lcores->contains(lcore)) {
    field.Fail(words + " is not among the lcores of eal_args", AllowedWorkers(lcores));
  } else if (std::find(workers->begin(), workers->end(), LcoreId{lcore}) != workers->end()) {
    field.Fail(words + " is there already", "each lcore once");
  } else {
    workers->push_back(LcoreId{lcore});
  }
}

}  // namespace

void ReadDpdk(Table& root, const Options& options, Dpdk* dpdk) {
  constexpr const char* kWorkers = "an array of lcores, at least one and not the main lcore";
  auto table = root.Require("dpdk").AsTable();
  if (!table) return;
  for (const Field& element : table->Get("eal_args").List("an array of strings")) {
    if (const auto arg = element.String()) dpdk->eal_args.push_back(*arg);
  }
  dpdk->eal_args.insert(dpdk->eal_args.end(), options.eal_args.begin(), options.eal_args.end());

  const EalLcores lcores = ReadLcores(dpdk->eal_args);
  const Field workers = table->Require("workers");
  const std::vector<Field> elements = workers.List(kWorkers);
  if (workers.is_list() && elements.empty()) workers.Fail("the array is empty", kWorkers);
  for (const Field& element : elements) ReadWorker(element, lcores, &dpdk->workers);

  static constexpr std::pair<std::string_view, Memory> kMemory[] = {{"auto", Memory::kAuto}};
  Assign(&dpdk->memory, table->Get("memory").Choice<Memory>(kMemory));
  table->Finish();
}

}  // namespace mgmd::config
