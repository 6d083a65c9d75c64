// Invariant: what EAL's arguments say about lcores is read as EAL reads it, and what cannot be read is unknown.

#include "control/config/eal_lcores.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mgmd::config {
namespace {

using Args = std::vector<std::string>;
using Set = std::set<uint32_t>;

struct Row {
  Args args;
  std::optional<Set> lcores;
  std::optional<uint32_t> main;
};

TEST(EalLcores, AreReadInEachFormThatEalTakes) {
  const Row rows[] = {
      {{}, {}, {}},
      {{"--no-pci", "-n", "4"}, {}, {}},
      {{"-l", "0-1"}, Set{0, 1}, 0},
      {{"-l0-1"}, Set{0, 1}, 0},
      {{"-l 2,4-6"}, Set{2, 4, 5, 6}, 2},
      {{"-l", "3-1"}, Set{1, 2, 3}, 1},
      {{"-c", "0xA"}, Set{1, 3}, 1},
      {{"-c3f"}, Set{0, 1, 2, 3, 4, 5}, 0},
      {{"-c", "100000000"}, Set{32}, 32},
      {{"--lcores", "1,3"}, Set{1, 3}, 1},
      {{"--lcores=(0,1)@0"}, Set{0, 1}, 0},
      {{"--lcores=1,2@(5-7),(3-5)@(0,2),(0,6),7-8"}, Set{0, 1, 2, 3, 4, 5, 6, 7, 8}, 0},
      {{"--lcores=5@0, 6@1"}, Set{5, 6}, 5},
      {{"-l", "0-3", "--main-lcore", "2"}, Set{0, 1, 2, 3}, 2},
      {{"--main-lcore=2"}, {}, 2},
  };
  for (const Row& row : rows) {
    const EalLcores found = ReadLcores(row.args);
    const std::string what = testing::PrintToString(row.args);
    EXPECT_EQ(found.lcores, row.lcores) << what;
    EXPECT_EQ(found.main, row.main) << what;
  }
}

TEST(EalLcores, AreUnknownWhereEalWillRefuse) {
  const Args rows[] = {
      {"-l"}, {"-l", ""}, {"-l", "a"}, {"-l", "1-"}, {"-l", "0-99999999"}, {"--lcores=(0"}, {"-c", "0x"}, {"-c", "zz"},
  };
  for (const Args& row : rows) {
    EXPECT_EQ(ReadLcores(row).lcores, std::nullopt) << testing::PrintToString(row);
    EXPECT_EQ(ReadLcores(row).main, std::nullopt) << testing::PrintToString(row);
  }
}

}  // namespace
}  // namespace mgmd::config
