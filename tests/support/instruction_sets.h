#ifndef MGMD_TESTS_SUPPORT_INSTRUCTION_SETS_H_
#define MGMD_TESTS_SUPPORT_INSTRUCTION_SETS_H_

// The instruction sets that a test can try here.

#include <vector>

#include "common/instruction_set.h"

namespace mgmd::testing {

inline std::vector<InstructionSet> SupportedInstructionSets() {
  std::vector<InstructionSet> sets;
  for (const InstructionSet set : kInstructionSets) {
    if (Supported(set)) sets.push_back(set);
  }
  return sets;
}

}  // namespace mgmd::testing

#endif  // MGMD_TESTS_SUPPORT_INSTRUCTION_SETS_H_
