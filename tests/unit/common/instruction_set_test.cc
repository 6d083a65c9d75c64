// Invariant: each instruction set has a name of its own, the portable one runs everywhere, and the best one runs here.

#include "common/instruction_set.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace mgmd {
namespace {

TEST(InstructionSets, NamesAreUniqueAndTheBestOneRuns) {
  std::set<std::string_view> names;
  for (const InstructionSet set : kInstructionSets) EXPECT_TRUE(names.insert(Name(set)).second);
  EXPECT_TRUE(Supported(InstructionSet::kPortable));
  EXPECT_TRUE(Supported(BestInstructionSet()));
}

}  // namespace
}  // namespace mgmd
